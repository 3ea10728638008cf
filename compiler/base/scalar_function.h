#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/scalar.h"

namespace kiln {

/// Everything that can be done with scalars. The order is that of the table in scalar_function.cpp. The
/// meaning stands there (`evaluate`); derivatives in transform/derivative_table, machine code in codegen, one
/// row each: a test of each room fails while a row is missing.
enum class ScalarFunction : uint8_t {
  // numbers
  add,
  subtract,
  multiply,
  divide,
  quotient,
  remainder,
  negate,
  minimum,
  maximum,
  absolute,
  sign,
  // comparisons (greater is less with the operands exchanged) and logic
  equal,
  not_equal,
  less,
  less_equal,
  logical_and,
  logical_or,
  logical_not,
  select,
  convert,
  // floats
  reciprocal,
  exp,
  exp2,
  expm1,
  log,
  log2,
  log10,
  log1p,
  sqrt,
  rsqrt,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  atan2,
  sinh,
  cosh,
  tanh,
  sigmoid,
  erf,
  pow,
  floor,
  ceil,
  round,
  trunc,
  is_nan,
  is_inf,
  // bits
  shift_left,
  shift_right,
  bit_and,
  bit_or,
  bit_xor,
  bit_not,
  // random
  random_bits,
};
inline constexpr int scalar_function_count = static_cast<int>(ScalarFunction::random_bits) + 1;

/// What the operands and the result of a scalar function are.
enum class ScalarSignature : uint8_t {
  number,      // (T, …) -> T, T any number
  real,        // (T, …) -> T, T a float
  integer,     // (T, …) -> T, T an integer
  comparison,  // (T, T) -> bool, T any element
  real_test,   // (T) -> bool, T a float
  logic,       // (bool, …) -> bool
  choice,      // (bool, T, T) -> T
  conversion,  // (T) -> U
  random,      // (key: u64, position: u64) -> u32
};

struct ScalarFunctionRow {
  ScalarFunction function;
  std::string_view name;  // in a .model file where `callable`, and in the text form of the IRs
  int arity;
  ScalarSignature signature;
  bool callable;  // a name of the prelude; the others are written as operators
};

const ScalarFunctionRow& row_of(ScalarFunction function);
std::optional<ScalarFunction> scalar_function_named(std::string_view name);
inline std::string_view name_of(ScalarFunction function) { return row_of(function).name; }

/// The result's element type for operands of these types; `converted_to` is the result of `convert`.
ElementType result_type(ScalarFunction function, std::span<const ElementType> operands,
                        ElementType converted_to = ElementType::f32);

/// The meaning, for the interpreter and for folding. `type` is the type of the operands (of the last for
/// `choice`), floats are computed in f64 and rounded once. Integers wrap. `quotient`, `remainder` floor; by
/// zero they give 0 (a check stands before them). `minimum`, `maximum` pass NaN on and give the first of
/// equals. `round` goes to even. A shift by a count outside 0..bits gives what shifting by one at a time
/// would: 0, or the sign for a right shift of a signed number. Comparisons with NaN are false but
/// `not_equal`.
Scalar evaluate(ScalarFunction function, ElementType type, std::span<const Scalar> operands,
                ElementType converted_to = ElementType::f32);

/// Word `position % 4` of Philox4x32-10 with this key and the counter `position / 4`.
uint32_t philox(uint64_t key, uint64_t position);

}  // namespace kiln
