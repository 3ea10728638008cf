#pragma once

#include "query/analysis.h"
#include "query/members.h"
#include "syntax/ast.h"

namespace kiln::query {

/// Finds what each name of the root file stands for: walks the tree under the rules of scope, and asks the
/// checker's types where a member is named. One source file for each part of the language:
/// resolve_declarations, resolve_statements, resolve_expressions, resolve_types.
class Resolver {
 public:
  explicit Resolver(Analysis& analysis) : analysis_(analysis) {}
  void resolve();

 private:
  /// A run of names that end together.
  class Block {
   public:
    Block(Resolver& resolver, Span span) : resolver_(resolver) { resolver_.open(span); }
    ~Block() { resolver_.close(); }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;

   private:
    Resolver& resolver_;
  };
  void open(Span span);
  void close();

  // Symbols and places.
  static Symbol named(SymbolKind kind, const syntax::Name& name, Span whole);
  SymbolId add(Symbol symbol);
  /// A name of the innermost block, with an occurrence where it stands.
  SymbolId declare(SymbolKind kind, const syntax::Name& name, Span whole, uint32_t visible_from);
  /// Makes a symbol that is there already known in the innermost block.
  void know(SymbolId id) { known(id, analysis_.symbols[id].name); }
  void known(SymbolId id, const std::string& name);
  void mark(Span span, SymbolId symbol, bool is_declaration = false, bool is_write = false);
  std::optional<SymbolId> find(const std::string& name) const;
  /// Names it if it is known.
  std::optional<SymbolId> refer(const syntax::Name& name, bool is_write = false);

  // Declarations.
  void declare_prelude();
  void declare_module(const sema::Module& module);
  void declare_declaration(const syntax::Declaration& declaration);
  void declare_function(const syntax::Function& function, SymbolKind kind);
  void declare_parameters(const std::vector<syntax::Parameter>& parameters);
  SymbolId declare_node(const void* node, SymbolKind kind, const syntax::Name& name, Span whole,
                        const syntax::Doc& doc);
  std::string header_of(const syntax::Declaration& declaration) const;
  void mark_parameter(SymbolId callee, const syntax::Name& name);
  void mark_declaration(const void* node, const syntax::Name& name);
  void visit_import(const syntax::Import& import);
  void visit(const syntax::Declaration& declaration);
  void visit_function(const syntax::Function& function, const syntax::Model* model);
  void visit_model(const syntax::Model& model);
  void visit_rule(const syntax::Rule& rule);
  void visit_parameters(const std::vector<syntax::Parameter>& parameters, bool may_quantify);
  std::optional<SymbolId> visit_qualified(const syntax::QualifiedName& name);

  // Types. `quantifies`: dims that nothing declares become symbols.
  void visit(const syntax::Type& type, bool quantifies);
  void visit_named(const syntax::NamedType& type, bool quantifies);
  void visit_dim_expression(const syntax::Expression& expression, bool quantifies);

  // Statements.
  void visit(const syntax::Block& block);
  void visit_statements(const syntax::Block& block);
  void visit(const syntax::Statement& statement);
  void visit_bind(const syntax::Bind& bind);
  void visit_assign(const syntax::Assign& assign);
  void visit_loop(const syntax::Loop& loop);
  void declare_pattern(const syntax::Pattern& pattern, const syntax::Bind& bind);
  void visit_binders(const syntax::Binders& binders);
  void visit_binder(const syntax::Binder& binder);
  const syntax::Binders* binders_of(const syntax::Pattern& pattern) const;
  void mark_binders_again(const syntax::Pattern& pattern, const syntax::Binders& declared);
  void declare_index(const syntax::Name& name, Span whole, bool has_open_range);
  void declare_indices(const syntax::SubscriptItem& item);
  void declare_indices(const syntax::Expression& expression);

  // Expressions.
  void visit(const syntax::Expression& expression, bool is_write = false);
  void visit_optional(const syntax::ExpressionPtr& expression) {
    if (expression) visit(*expression);
  }
  void visit_subscript(const syntax::Subscript& subscript, bool is_write);
  void visit_item(const syntax::SubscriptItem& item);
  void visit_member(const syntax::Member& member, bool is_write);
  void visit_call(const syntax::Call& call);
  void visit_arguments(const std::vector<syntax::Argument>& arguments, std::optional<SymbolId> callee);
  void visit_derivative(const syntax::Derivative& derivative);

  Analysis& analysis_;
  const sema::Module* module_ = nullptr;
  struct OpenBlock {
    size_t record;
    std::unordered_map<std::string, SymbolId> names;
  };
  std::vector<OpenBlock> blocks_;
  std::unordered_map<const syntax::Expression*, SymbolId> named_;  // what names and members stand for
  friend class Block;
};

}  // namespace kiln::query
