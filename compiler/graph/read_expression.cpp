#include "graph/read_expression.h"

#include <cstdlib>

#include <fmt/format.h>

namespace kiln::graph {

using Kind = TextToken::Kind;

ValueNames::Key ValueNames::key_of(const TextToken& token) {
  return {token.kind == Kind::odd_value, token.text, token.suffix};
}

bool ValueNames::define(const TextToken& token, ValueId id) {
  return values_.emplace(key_of(token), id).second;
}

ValueId ValueNames::find(TextCursor& cursor) const {
  if (!is_value(cursor)) {
    cursor.fail_here(fmt::format("a value expected, not `{}`", cursor.token().text));
    return {};
  }
  const auto found = values_.find(key_of(cursor.token()));
  if (found == values_.end()) {
    cursor.fail_here(fmt::format("`%{}` is not defined here", cursor.token().text));
    return {};
  }
  cursor.take();
  return found->second;
}

void ExpressionReader::definition() {
  const std::string number = cursor_.take().text;
  if (number != std::to_string(definitions_.size()))
    cursor_.fail(fmt::format("`${}` expected, not `${}`", definitions_.size(), number));
  cursor_.expect("=");
  definitions_.push_back(expression());
}

std::vector<ExprId> ExpressionReader::list() {
  std::vector<ExprId> list;
  do list.push_back(expression());
  while (cursor_.accept(","));
  return list;
}

ExprId ExpressionReader::expression() {
  const NestingLevel nesting(cursor_, depth_);
  if (at_literal(cursor_)) {
    const auto [type, value] = read_literal(cursor_);
    return cursor_.error() ? fallback() : function_.expressions.literal(type, value);
  }
  if (ValueNames::is_value(cursor_)) return read();
  if (cursor_.at(Kind::definition)) {
    const size_t number = std::strtoul(cursor_.token().text.c_str(), nullptr, 10);
    if (number < definitions_.size()) {
      cursor_.take();
      return definitions_[number];
    }
    cursor_.fail_here(fmt::format("`${}` is not defined here", cursor_.token().text));
    return fallback();
  }
  if (cursor_.accept("{")) {
    const dim::Dim dim = dims_.dim();
    cursor_.expect("}");
    return function_.expressions.dim(dim);
  }
  const std::string name = cursor_.word("an expression");
  return cursor_.at_mark("(") ? call(name) : leaf(name);
}

ExprId ExpressionReader::read() {
  const ValueId value = values_.find(cursor_);
  if (!value.valid()) return fallback();
  std::vector<ExprId> subscripts;
  if (cursor_.accept("[")) {
    subscripts = list();
    cursor_.expect("]");
  }
  return function_.expressions.read(value, function_.type_of(value).element, std::move(subscripts));
}

ExprId ExpressionReader::call(const std::string& name) {
  cursor_.expect("(");
  std::vector<ExprId> operands = list();
  cursor_.expect(")");
  if (cursor_.error()) return fallback();
  const std::optional<ElementType> element = element_type_named(name);
  const std::optional<ScalarFunction> function = scalar_function_named(name);
  if (!element && (!function || *function == ScalarFunction::convert)) {
    cursor_.fail(fmt::format("`{}` is not a function", name));
    return fallback();
  }
  const int arity = element ? 1 : row_of(*function).arity;
  if (static_cast<int>(operands.size()) != arity) {
    cursor_.fail(fmt::format("`{}` takes {} operands", name, arity));
    return fallback();
  }
  return element ? function_.expressions.convert(operands[0], *element)
                 : function_.expressions.call(*function, std::move(operands));
}

ExprId ExpressionReader::leaf(const std::string& name) {
  for (uint32_t index = 0; index < domain_.size(); ++index)
    if (domain_[index].name == name) return function_.expressions.index(index);
  if (dims_.is_dim(name)) return function_.expressions.dim(dim::Dim::symbol(name));
  cursor_.fail(fmt::format("`{}` is neither an index nor a dim", name));
  return fallback();
}

uint32_t ExpressionReader::index_named(const std::string& name) {
  for (uint32_t index = 0; index < domain_.size(); ++index)
    if (domain_[index].name == name) return index;
  cursor_.fail(fmt::format("`{}` is not an index", name));
  return 0;
}

}  // namespace kiln::graph
