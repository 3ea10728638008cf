#pragma once

#include <string>

#include "syntax/ast.h"

namespace kiln::syntax {

/// Writes the tree; see print_ast.h.
class AstPrinter {
 public:
  std::string take() { return std::move(out_); }

  void file(const File& file);
  void declaration(const Declaration& declaration);
  void statement(const Statement& statement);
  void expression(const Expression& expression);
  void type(const Type& type);

 private:
  // Text.
  AstPrinter& put(std::string_view text);
  void line();
  template <class List, class Print>
  void list(const List& items, Print print, std::string_view separator = ", ");
  void doc(const Doc& doc);
  void name(const QualifiedName& name);
  void quoted(const std::string& value);

  // Declarations.
  void annotations(const std::vector<Annotation>& annotations);
  void function(const Function& function);
  void model(const Model& model);
  void field(const Field& field);
  void rule(const Rule& rule);
  void test(const Test& test);
  void parameters(const std::vector<Parameter>& parameters);
  void parameter(const Parameter& parameter);
  void result(const Result& result);
  void where(const std::vector<ExpressionPtr>& conditions);
  void rule_parameter(const RuleParameter& parameter);
  void body(const Block& block, bool is_one_line);

  // Types.
  void dim_item(const DimItem& item);

  // Statements.
  void block(const Block& block);
  void value_block(const Block& block);
  void pattern(const Pattern& pattern);
  void branch(const Branch& branch);
  void loop(const Loop& loop);
  void while_loop(const WhileLoop& loop);
  void checkpoints(const std::optional<Checkpoints>& checkpoints);

  // Expressions.
  void operand(const Expression& expression);
  void postfix_base(const Expression& expression);
  void binders(const Binders& binders);
  void binder(const Binder& binder);
  void subscript(const Subscript& subscript);
  void subscript_item(const SubscriptItem& item);
  void arguments(const std::vector<Argument>& arguments);
  void tuple(const Tuple& tuple);
  void derivative(const Derivative& derivative);
  void conditional(const Conditional& conditional);

  std::string out_;
  int indent_ = 0;
};

template <class List, class Print>
void AstPrinter::list(const List& items, Print print, std::string_view separator) {
  bool first = true;
  for (const auto& item : items) {
    if (!first) put(separator);
    first = false;
    print(item);
  }
}

}  // namespace kiln::syntax
