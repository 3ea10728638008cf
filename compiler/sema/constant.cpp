#include "sema/constant.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace kiln::sema {

namespace {

std::optional<Constant> calculate_integers(syntax::BinaryOperator op, WideInteger a, WideInteger b) {
  WideInteger result = 0;
  switch (op) {
    case syntax::BinaryOperator::add:
      if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
      return Constant::of_integer(result);
    case syntax::BinaryOperator::subtract:
      if (__builtin_sub_overflow(a, b, &result)) return std::nullopt;
      return Constant::of_integer(result);
    case syntax::BinaryOperator::multiply:
      if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
      return Constant::of_integer(result);
    case syntax::BinaryOperator::divide:
      if (b == 0) return std::nullopt;
      if (a % b == 0) return Constant::of_integer(a / b);
      return Constant::of_real(static_cast<long double>(a) / static_cast<long double>(b));
    case syntax::BinaryOperator::modulo:
      if (b == 0) return std::nullopt;
      result = a % b;
      if (result != 0 && (result < 0) != (b < 0)) result += b;
      return Constant::of_integer(result);
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<Constant> calculate(syntax::BinaryOperator op, const Constant& a, const Constant& b) {
  if (a.is_integer && b.is_integer) return calculate_integers(op, a.integer, b.integer);
  const long double x = a.value(), y = b.value();
  switch (op) {
    case syntax::BinaryOperator::add: return Constant::of_real(x + y);
    case syntax::BinaryOperator::subtract: return Constant::of_real(x - y);
    case syntax::BinaryOperator::multiply: return Constant::of_real(x * y);
    case syntax::BinaryOperator::divide: return Constant::of_real(x / y);
    default: return std::nullopt;
  }
}

std::optional<bool> compare(syntax::BinaryOperator op, const Constant& a, const Constant& b) {
  const bool integers = a.is_integer && b.is_integer;
  const long double x = a.value(), y = b.value();
  const bool equal = integers ? a.integer == b.integer : x == y;
  const bool less = integers ? a.integer < b.integer : x < y;
  switch (op) {
    case syntax::BinaryOperator::equal: return equal;
    case syntax::BinaryOperator::not_equal: return !equal;
    case syntax::BinaryOperator::less: return less;
    case syntax::BinaryOperator::less_equal: return less || equal;
    case syntax::BinaryOperator::greater: return !less && !equal;
    case syntax::BinaryOperator::greater_equal: return !less;
    default: return std::nullopt;
  }
}

std::optional<Scalar> represent(const Constant& constant, ElementType type) {
  if (is_float(type)) {
    const double value = static_cast<double>(constant.value());
    return convert(Scalar::of_real(value), ElementType::f64, type);
  }
  if (!constant.is_integer || !is_integer(type)) return std::nullopt;
  const int bits = row_of(type).bits;
  const bool is_signed = row_of(type).kind == ElementKind::signed_integer;
  const WideInteger one = 1;
  const WideInteger low = is_signed ? -(one << (bits - 1)) : 0;
  const WideInteger high = is_signed ? (one << (bits - 1)) - 1 : (one << bits) - 1;
  if (constant.integer < low || constant.integer > high) return std::nullopt;
  return Scalar::of_integer(static_cast<int64_t>(static_cast<uint64_t>(constant.integer)));
}

std::string to_string(const Constant& constant) {
  if (!constant.is_integer) return fmt::format("{}", static_cast<double>(constant.real));
  return fmt::format("{}", constant.integer);
}

}  // namespace kiln::sema
