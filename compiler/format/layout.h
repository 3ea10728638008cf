#pragma once

#include "format/writer.h"
#include "syntax/ast.h"

namespace kiln::format {

/// Walks the syntax tree and says where the lines of each construct may be broken. The tokens, their
/// parentheses and the comments come from the writer. One source file for each part of the language.
class Layout {
 public:
  explicit Layout(Writer& writer) : out_(writer) {}

  void file(const syntax::File& file);

 private:
  // Lists in brackets: on one line, or with a line for each item.
  enum class LastComma { allowed, not_allowed, needed };
  template <class List, class Item>
  void bracketed(const List& items, LastComma last_comma, Item item);
  template <class List, class Item>
  void separated(const List& items, Item item);
  void close(LastComma last_comma);
  void name(const syntax::QualifiedName& name);

  // Declarations.
  void import(const syntax::Import& import);
  void declaration(const syntax::Declaration& declaration);
  void annotations(const std::vector<syntax::Annotation>& annotations);
  void function(const syntax::Function& function);
  void signature(const syntax::Function& function, size_t first);
  void parameters(const std::vector<syntax::Parameter>& parameters);
  void parameter(const syntax::Parameter& parameter);
  void where(const std::vector<syntax::ExpressionPtr>& conditions);
  void function_body(const syntax::Block& body, bool is_one_line, bool is_after_lines);
  void model(const syntax::Model& model);
  void field(const syntax::Field& field);
  void rule(const syntax::Rule& rule);
  void rule_parameter(const syntax::RuleParameter& parameter);
  void type_declaration(const syntax::TypeDeclaration& declaration);
  void test(const syntax::Test& test);
  void type(const syntax::Type& type);
  void dim_item(const syntax::DimItem& item);

  // Statements.
  void block(const syntax::Block& block);
  void braces(const syntax::Block& block);
  bool must_break(const syntax::Block& block) const;
  void statement(const syntax::Statement& statement);
  void pattern(const syntax::Pattern& pattern);
  /// `if` and `else if`, of statements and of expressions.
  struct Arm {
    const syntax::Expression* condition;
    const syntax::Block* block;
  };
  void branch(const syntax::Branch& branch);
  void arms(const std::vector<Arm>& arms, const syntax::Block* rest);
  void loop(const syntax::Loop& loop);
  void while_loop(const syntax::WhileLoop& loop);
  void checkpoints(const std::optional<syntax::Checkpoints>& checkpoints);
  void assertion(const syntax::Assertion& assertion);
  void value(const syntax::Expression& value, int columns);

  // Expressions.
  void expression(const syntax::Expression& expression);
  void bare(const syntax::Expression& expression);
  void chain(const syntax::Expression& expression, int columns);
  void operands(const syntax::Binary& binary, int precedence, int columns);
  size_t wrappers(const syntax::Expression& expression) const;
  void binders(const syntax::Binders& binders);
  void binder(const syntax::Binder& binder);
  void clause(const char* word, const syntax::Expression* expression);
  void subscript(const syntax::Subscript& subscript);
  void subscript_item(const syntax::SubscriptItem& item);
  void arguments(const std::vector<syntax::Argument>& arguments);
  void tuple(const syntax::Tuple& tuple);
  void vector(const syntax::Vector& vector);
  void lambda(const syntax::Lambda& lambda);
  void derivative(const syntax::Derivative& derivative);
  void conditional(const syntax::Conditional& conditional);
  bool is_wrapped_twice() const;

  Writer& out_;
  bool blocks_break_ = false;  // those that are being laid out
};

template <class List, class Item>
void Layout::separated(const List& items, Item item) {
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out_.comma(), out_.line();
    item(items[i]);
  }
}

/// With the brackets.
template <class List, class Item>
void Layout::bracketed(const List& items, LastComma last_comma, Item item) {
  out_.begin();
  out_.piece();
  out_.after_opening();
  if (items.empty()) {
    out_.piece();
    return out_.end();
  }
  out_.indent();
  out_.soft_line();
  separated(items, item);
  close(last_comma);
  out_.end();
}

}  // namespace kiln::format
