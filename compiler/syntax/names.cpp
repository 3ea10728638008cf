#include <iterator>

#include "syntax/ast_statements.h"

namespace kiln::syntax {

template <class Enum, size_t count>
static std::string_view row_of(const char* const (&names)[count], Enum value) {
  const auto index = static_cast<size_t>(value);
  internal_check(index < count, "syntax: a value outside its enum");
  return names[index];
}

std::string_view name_of(Reducer reducer) {
  static constexpr const char* names[] = {"sum", "prod", "mean",   "max",   "min",
                                          "any", "all",  "argmax", "argmin"};
  return row_of(names, reducer);
}

std::string_view name_of(DerivativeKind kind) {
  static constexpr const char* names[] = {"grad", "value_and_grad", "vjp", "jvp"};
  return row_of(names, kind);
}

std::string_view symbol_of(UnaryOperator op) {
  static constexpr const char* names[] = {"-", "not"};
  return row_of(names, op);
}

std::string_view symbol_of(BinaryOperator op) {
  static constexpr const char* names[] = {
      "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or"};
  return row_of(names, op);
}

std::string_view symbol_of(AssignOperator op) {
  static constexpr const char* names[] = {"=", "+=", "-=", "*=", "/="};
  return row_of(names, op);
}

}  // namespace kiln::syntax
