#pragma once

#include <optional>
#include <string>

#include "base/scalar.h"
#include "syntax/ast_expressions.h"

namespace kiln::sema {

__extension__ typedef __int128 WideInteger;

/// An untyped number made of literals. Integers are exact in 127 bits, others have 64 bits of mantissa, more
/// than any type they can become.
struct Constant {
  bool is_integer = true;
  WideInteger integer = 0;
  long double real = 0;

  static Constant of_integer(WideInteger value) { return {true, value, 0}; }
  static Constant of_real(long double value) { return {false, 0, value}; }
  long double value() const { return is_integer ? static_cast<long double>(integer) : real; }
};

/// Nothing on division by zero or where 127 bits do not suffice. The quotient of two integers is an integer
/// if it is whole; `%` floors and needs integers.
std::optional<Constant> calculate(syntax::BinaryOperator op, const Constant& a, const Constant& b);
std::optional<bool> compare(syntax::BinaryOperator op, const Constant& a, const Constant& b);
/// The constant as an element; nothing if the type cannot hold it. Floats are rounded.
std::optional<Scalar> represent(const Constant& constant, ElementType type);
std::string to_string(const Constant& constant);

}  // namespace kiln::sema
