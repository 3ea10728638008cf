#pragma once

#include "source/source_file.h"
#include "syntax/ast.h"
#include "syntax/doc_comments.h"
#include "syntax/parse.h"
#include "syntax/syntax_messages.h"

namespace kiln::syntax {

/// Turns the parse tree of a file into the syntax tree, and reports what the grammar lets through. One source
/// file for each part of the language: build_declarations, build_types, build_statements, build_indices,
/// build_expressions, build_primaries, build_literals. Must not be given rules that the parser gave up
/// (`exception` is set), except in lists of declarations, model items and statements.
class TreeBuilder {
 public:
  using Parser = grammar::KilnParser;

  TreeBuilder(const TokenList& tokens, Reporter& reporter, SyntaxMessages& messages, DocComments& docs)
      : tokens_(tokens), reporter_(reporter), messages_(messages), docs_(docs) {}

  std::unique_ptr<File> file(Parser::FileContext* context, Kept kept);
  /// The same in parts, so that not all parse trees have to be there at once: the first token of the file,
  /// then what stands in it in order.
  std::unique_ptr<File> start(const antlr4::Token* first);
  void add(Parser::ImportDeclContext* context, File& file);
  void add(Parser::DeclContext* context, Kept kept, File& file);

 private:
  /// Counts the levels of the tree around what is being built.
  class Deeper {
   public:
    explicit Deeper(TreeBuilder& builder, size_t levels = 1) : depth_(builder.depth_), levels_(levels) {
      depth_ += levels_;
    }
    ~Deeper() { depth_ -= levels_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    size_t& depth_;
    size_t levels_;
  };
  /// Reports a tree that is too deep; what is there is then not built.
  bool too_deep(antlr4::ParserRuleContext* context);

  // Places and names.
  Span span(antlr4::Token* token) const { return tokens_.span(token); }
  Span span(antlr4::tree::TerminalNode* node) const { return tokens_.span(node->getSymbol()); }
  Span span(antlr4::ParserRuleContext* context) const;
  std::string_view text(Span place) const;
  Name name(antlr4::ParserRuleContext* ident_or_member) const;
  Name optional_name(antlr4::ParserRuleContext* ident_or_member) const;
  QualifiedName qualified_name(Parser::QnameContext* context) const;
  Doc doc(antlr4::ParserRuleContext* context) { return docs_.take(context->getStart()); }

  // Declarations.
  DeclarationPtr declaration(Parser::DeclContext* context);
  DeclarationPtr declaration_body(Parser::DeclContext* context);
  DeclarationPtr function_or_alias(Parser::FnDeclContext* context);
  std::unique_ptr<Function> function(Parser::FunctionContext* context);
  DeclarationPtr model(Parser::ModelDeclContext* context);
  void model_item(Parser::ModelItemContext* context, Model& model);
  Field field(Parser::FieldContext* context);
  DeclarationPtr type_declaration(Parser::TypeDeclContext* context);
  DeclarationPtr constant(Parser::ConstDeclContext* context);
  DeclarationPtr rule(Parser::RuleDeclContext* context);
  RuleParameter rule_parameter(Parser::TangentContext* context);
  DeclarationPtr test(Parser::TestDeclContext* context);
  DeclarationPtr mesh(Parser::MeshDeclContext* context);
  Import import(Parser::ImportDeclContext* context);
  std::vector<Annotation> annotations(const std::vector<Parser::AnnotationContext*>& list);
  std::vector<Parameter> parameters(Parser::ParamsContext* context);
  Parameter parameter(Parser::ParamContext* context);
  std::vector<ExpressionPtr> where(Parser::WhereClauseContext* context);
  Block function_body(Parser::FnBodyContext* context, bool& is_one_line);

  // Types.
  TypePtr type(Parser::TypeContext* context);
  TypePtr optional_type(Parser::TypeContext* context) { return context == nullptr ? nullptr : type(context); }
  TypePtr tuple_type(Parser::TupleTypeContext* context);
  TypePtr named_type(Parser::NamedTypeContext* context);
  DimItem dim_item(Parser::DimItemContext* context);

  // Statements.
  enum class BlockUse { gives_value, nested };
  Block block(Parser::BlockContext* context, BlockUse use);
  Block value_block(Parser::ValueBlockContext* context);
  void statements(const std::vector<Parser::StmtContext*>& list, bool return_fits, Block& block);
  StatementPtr statement(Parser::StmtContext* context, bool return_fits);
  StatementPtr bind(Parser::BindContext* context);
  StatementPtr assign_or_call(Parser::AssignOrCallContext* context, bool return_fits);
  StatementPtr branch(Parser::IfStmtContext* context);
  StatementPtr loop(Parser::LoopContext* context);
  StatementPtr while_loop(Parser::WhileLoopContext* context);
  std::optional<Checkpoints> checkpoints(Parser::CheckpointsContext* context);
  StatementPtr assertion(Parser::AssertionContext* context);
  Pattern pattern(Parser::PatternContext* context);

  // Indices.
  enum class SubscriptUse { read, written };
  enum class BinderUse { reducer, other };
  Binders binders(Parser::BindersContext* context, BinderUse use);
  Binder binder(Parser::BinderContext* context);
  ExpressionPtr subscript(ExpressionPtr base, Parser::SubscriptSuffixContext* context, SubscriptUse use);
  SubscriptItem subscript_item(Parser::SubContext* context, SubscriptUse use);
  SubscriptItem point_or_slice(Parser::PointOrSliceSubContext* context);
  SubscriptItem joined_part(TupleField field);
  static void join_if_tuple(SubscriptItem& item, TreeBuilder& builder);

  // Expressions.
  ExpressionPtr expression(Parser::ExprContext* context);
  ExpressionPtr optional_expression(Parser::ExprContext* context);
  ExpressionPtr or_expression(Parser::OrExprContext* context);
  ExpressionPtr and_expression(Parser::AndExprContext* context);
  ExpressionPtr not_expression(Parser::NotExprContext* context);
  ExpressionPtr comparison(Parser::ComparisonContext* context);
  ExpressionPtr sum_expression(Parser::SumExprContext* context);
  ExpressionPtr term(Parser::TermContext* context);
  ExpressionPtr reduction(Parser::ReductionContext* context);
  ExpressionPtr unary(Parser::UnaryContext* context);
  /// A left-associative chain `a op b op c` from the children of a rule; `build` makes an operand.
  template <class Build>
  ExpressionPtr chain(antlr4::ParserRuleContext* context, Build build);
  ExpressionPtr reduce(antlr4::Token* reducer, Parser::BindersContext* binders, ExpressionPtr body,
                       Span place);
  void check_reduced_product(antlr4::Token* reducer, Parser::TermContext* body);
  ExpressionPtr suffixes(ExpressionPtr base, const std::vector<Parser::SuffixContext*>& list,
                         SubscriptUse use);
  ExpressionPtr place(Parser::PlaceContext* context, SubscriptUse use);
  std::vector<Argument> arguments(Parser::ArgsContext* context);
  ExpressionPtr call(ExpressionPtr callee, Parser::ArgsContext* args, antlr4::tree::TerminalNode* open,
                     antlr4::tree::TerminalNode* close);

  // The tightest expressions.
  ExpressionPtr primary(Parser::PrimaryContext* context);
  ExpressionPtr name_expression(Name name) const;
  ExpressionPtr tuple(Parser::TupleContext* context);
  ExpressionPtr vector(Parser::VectorContext* context);
  ExpressionPtr reducer_call(Parser::ReducerCallContext* context);
  ExpressionPtr conditional(Parser::IfExprContext* context);
  ExpressionPtr reverse_derivative(Parser::ReverseContext* context);
  ExpressionPtr forward_derivative(Parser::ForwardContext* context);
  ExpressionPtr number(antlr4::tree::TerminalNode* node);
  ExpressionPtr boolean(antlr4::ParserRuleContext* context) const;
  std::string string_value(antlr4::tree::TerminalNode* node);

  const TokenList& tokens_;
  Reporter& reporter_;
  SyntaxMessages& messages_;
  DocComments& docs_;
  size_t depth_ = 0;
  bool depth_reported_ = false;  // in this declaration
};

}  // namespace kiln::syntax
