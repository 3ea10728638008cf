#include "base/scalar_function.h"

#include <array>
#include <cmath>

#include "base/float_format.h"
#include "base/internal_check.h"

namespace kiln {
namespace {

using enum ScalarSignature;
using F = ScalarFunction;

/// What a function does on floats and on integers; the column that its signature calls for is filled. The
/// result is rounded or wrapped by `evaluate`.
struct Meaning {
  ScalarFunctionRow row;
  double (*on_reals)(const Scalar* x) = nullptr;
  int64_t (*on_integers)(ElementType type, const Scalar* x) = nullptr;
};

bool is_unsigned(ElementType type) { return row_of(type).kind == ElementKind::unsigned_integer; }

bool integer_less(ElementType type, Scalar a, Scalar b) {
  return is_unsigned(type) ? static_cast<uint64_t>(a.integer) < static_cast<uint64_t>(b.integer)
                           : a.integer < b.integer;
}

// Two's complement arithmetic is done on unsigned numbers, where it is defined; `evaluate` wraps.
uint64_t bits(Scalar value) { return static_cast<uint64_t>(value.integer); }
int64_t signed_of(uint64_t value) { return static_cast<int64_t>(value); }

int64_t floor_quotient(ElementType type, const Scalar* x) {
  if (x[1].integer == 0) return 0;
  if (is_unsigned(type)) return signed_of(bits(x[0]) / bits(x[1]));
  if (x[1].integer == -1) return signed_of(0 - bits(x[0]));
  const int64_t truncated = x[0].integer / x[1].integer;
  return truncated - (x[0].integer % x[1].integer != 0 && (x[0].integer < 0) != (x[1].integer < 0));
}

int64_t floor_remainder(ElementType type, const Scalar* x) {
  if (x[1].integer == 0) return 0;
  return signed_of(bits(x[0]) - bits(x[1]) * static_cast<uint64_t>(floor_quotient(type, x)));
}

int64_t shift_left(ElementType type, const Scalar* x) {
  const auto width = static_cast<uint64_t>(row_of(type).bits);
  return bits(x[1]) >= width ? 0 : signed_of(bits(x[0]) << bits(x[1]));
}

int64_t shift_right(ElementType type, const Scalar* x) {
  const auto width = static_cast<uint64_t>(row_of(type).bits);
  if (is_unsigned(type)) return bits(x[1]) >= width ? 0 : signed_of(bits(x[0]) >> bits(x[1]));
  return x[0].integer >> std::min(bits(x[1]), width - 1);
}

double first_minimum(const Scalar* x) {
  return std::isnan(x[0].real) || !(x[1].real < x[0].real || std::isnan(x[1].real)) ? x[0].real : x[1].real;
}

double first_maximum(const Scalar* x) {
  return std::isnan(x[0].real) || !(x[0].real < x[1].real || std::isnan(x[1].real)) ? x[0].real : x[1].real;
}

double sign_of(const Scalar* x) {
  return std::isnan(x->real) || x->real == 0 ? x->real : std::copysign(1.0, x->real);
}

double sigmoid(const Scalar* x) {
  const double tail = std::exp(-std::fabs(x->real));  // never overflows
  return x->real < 0 ? tail / (1 + tail) : 1 / (1 + tail);
}

using S = const Scalar*;
using E = ElementType;

/// The one list of scalar functions.
constexpr std::array<Meaning, scalar_function_count> table = {{
    {{F::add, "add", 2, number, false},
     [](S x) { return x[0].real + x[1].real; },
     [](E, S x) { return signed_of(bits(x[0]) + bits(x[1])); }},
    {{F::subtract, "sub", 2, number, false},
     [](S x) { return x[0].real - x[1].real; },
     [](E, S x) { return signed_of(bits(x[0]) - bits(x[1])); }},
    {{F::multiply, "mul", 2, number, false},
     [](S x) { return x[0].real * x[1].real; },
     [](E, S x) { return signed_of(bits(x[0]) * bits(x[1])); }},
    {{F::divide, "div", 2, real, false}, [](S x) { return x[0].real / x[1].real; }},
    {{F::quotient, "quot", 2, integer, false}, nullptr, floor_quotient},
    {{F::remainder, "rem", 2, integer, false}, nullptr, floor_remainder},
    {{F::negate, "neg", 1, number, false},
     [](S x) { return -x->real; },
     [](E, S x) { return signed_of(0 - bits(*x)); }},
    {{F::minimum, "min", 2, number, true},
     first_minimum,
     [](E t, S x) { return integer_less(t, x[1], x[0]) ? x[1].integer : x[0].integer; }},
    {{F::maximum, "max", 2, number, true},
     first_maximum,
     [](E t, S x) { return integer_less(t, x[0], x[1]) ? x[1].integer : x[0].integer; }},
    {{F::absolute, "abs", 1, number, true},
     [](S x) { return std::fabs(x->real); },
     [](E t, S x) { return integer_less(t, *x, Scalar{}) ? signed_of(0 - bits(*x)) : x->integer; }},
    {{F::sign, "sign", 1, number, true},
     sign_of,
     [](E t, S x) { return static_cast<int64_t>(x->integer != 0) - 2 * integer_less(t, *x, Scalar{}); }},

    {{F::equal, "eq", 2, comparison, false},
     [](S x) -> double { return x[0].real == x[1].real; },
     [](E, S x) -> int64_t { return x[0].integer == x[1].integer; }},
    {{F::not_equal, "ne", 2, comparison, false},
     [](S x) -> double { return x[0].real != x[1].real; },
     [](E, S x) -> int64_t { return x[0].integer != x[1].integer; }},
    {{F::less, "lt", 2, comparison, false},
     [](S x) -> double { return x[0].real < x[1].real; },
     [](E t, S x) -> int64_t { return integer_less(t, x[0], x[1]); }},
    {{F::less_equal, "le", 2, comparison, false},
     [](S x) -> double { return x[0].real <= x[1].real; },
     [](E t, S x) -> int64_t { return !integer_less(t, x[1], x[0]); }},
    {{F::logical_and, "and", 2, logic, false}, nullptr, [](E, S x) { return x[0].integer & x[1].integer; }},
    {{F::logical_or, "or", 2, logic, false}, nullptr, [](E, S x) { return x[0].integer | x[1].integer; }},
    {{F::logical_not, "not", 1, logic, false}, nullptr, [](E, S x) { return x->integer ^ 1; }},
    {{F::select, "select", 3, choice, false}},     // see evaluate
    {{F::convert, "cast", 1, conversion, false}},  // see evaluate

    {{F::reciprocal, "reciprocal", 1, real, true}, [](S x) { return 1 / x->real; }},
    {{F::exp, "exp", 1, real, true}, [](S x) { return std::exp(x->real); }},
    {{F::exp2, "exp2", 1, real, true}, [](S x) { return std::exp2(x->real); }},
    {{F::expm1, "expm1", 1, real, true}, [](S x) { return std::expm1(x->real); }},
    {{F::log, "log", 1, real, true}, [](S x) { return std::log(x->real); }},
    {{F::log2, "log2", 1, real, true}, [](S x) { return std::log2(x->real); }},
    {{F::log10, "log10", 1, real, true}, [](S x) { return std::log10(x->real); }},
    {{F::log1p, "log1p", 1, real, true}, [](S x) { return std::log1p(x->real); }},
    {{F::sqrt, "sqrt", 1, real, true}, [](S x) { return std::sqrt(x->real); }},
    {{F::rsqrt, "rsqrt", 1, real, true}, [](S x) { return 1 / std::sqrt(x->real); }},
    {{F::sin, "sin", 1, real, true}, [](S x) { return std::sin(x->real); }},
    {{F::cos, "cos", 1, real, true}, [](S x) { return std::cos(x->real); }},
    {{F::tan, "tan", 1, real, true}, [](S x) { return std::tan(x->real); }},
    {{F::asin, "asin", 1, real, true}, [](S x) { return std::asin(x->real); }},
    {{F::acos, "acos", 1, real, true}, [](S x) { return std::acos(x->real); }},
    {{F::atan, "atan", 1, real, true}, [](S x) { return std::atan(x->real); }},
    {{F::atan2, "atan2", 2, real, true}, [](S x) { return std::atan2(x[0].real, x[1].real); }},
    {{F::sinh, "sinh", 1, real, true}, [](S x) { return std::sinh(x->real); }},
    {{F::cosh, "cosh", 1, real, true}, [](S x) { return std::cosh(x->real); }},
    {{F::tanh, "tanh", 1, real, true}, [](S x) { return std::tanh(x->real); }},
    {{F::sigmoid, "sigmoid", 1, real, true}, sigmoid},
    {{F::erf, "erf", 1, real, true}, [](S x) { return std::erf(x->real); }},
    {{F::pow, "pow", 2, real, true}, [](S x) { return std::pow(x[0].real, x[1].real); }},
    {{F::floor, "floor", 1, real, true}, [](S x) { return std::floor(x->real); }},
    {{F::ceil, "ceil", 1, real, true}, [](S x) { return std::ceil(x->real); }},
    {{F::round, "round", 1, real, true}, [](S x) { return std::nearbyint(x->real); }},
    {{F::trunc, "trunc", 1, real, true}, [](S x) { return std::trunc(x->real); }},
    {{F::is_nan, "is_nan", 1, real_test, true}, [](S x) -> double { return std::isnan(x->real); }},
    {{F::is_inf, "is_inf", 1, real_test, true}, [](S x) -> double { return std::isinf(x->real); }},

    {{F::shift_left, "shl", 2, integer, true}, nullptr, shift_left},
    {{F::shift_right, "shr", 2, integer, true}, nullptr, shift_right},
    {{F::bit_and, "bit_and", 2, integer, true}, nullptr, [](E, S x) { return x[0].integer & x[1].integer; }},
    {{F::bit_or, "bit_or", 2, integer, true}, nullptr, [](E, S x) { return x[0].integer | x[1].integer; }},
    {{F::bit_xor, "bit_xor", 2, integer, true}, nullptr, [](E, S x) { return x[0].integer ^ x[1].integer; }},
    {{F::bit_not, "bit_not", 1, integer, true}, nullptr, [](E, S x) { return ~x->integer; }},

    {{F::random_bits, "random_bits", 2, random, false},
     nullptr,
     [](E, S x) -> int64_t { return philox(bits(x[0]), bits(x[1])); }},
}};

constexpr bool rows_stand_in_order() {
  for (size_t i = 0; i < table.size(); ++i)
    if (table[i].row.function != static_cast<F>(i) || table[i].row.name.empty()) return false;
  return true;
}
static_assert(rows_stand_in_order(), "the table follows the order of ScalarFunction");

}  // namespace

const ScalarFunctionRow& row_of(ScalarFunction function) { return table[static_cast<size_t>(function)].row; }

std::optional<ScalarFunction> scalar_function_named(std::string_view name) {
  for (const Meaning& meaning : table)
    if (meaning.row.name == name) return meaning.row.function;
  return std::nullopt;
}

ElementType result_type(ScalarFunction function, std::span<const ElementType> operands,
                        ElementType converted_to) {
  switch (row_of(function).signature) {
    case comparison:
    case real_test:
    case logic: return ElementType::boolean;
    case conversion: return converted_to;
    case random: return ElementType::u32;
    case number:
    case real:
    case integer:
    case choice: break;
  }
  return operands.back();
}

Scalar evaluate(ScalarFunction function, ElementType type, std::span<const Scalar> operands,
                ElementType converted_to) {
  if (function == F::select) return operands[0].integer != 0 ? operands[1] : operands[2];
  if (function == F::convert) return convert(operands[0], type, converted_to);
  const Meaning& meaning = table[static_cast<size_t>(function)];
  const ElementType result = result_type(function, {&type, 1}, converted_to);
  if (is_float(type)) {
    internal_check(meaning.on_reals != nullptr, "a scalar function has no meaning for floats");
    const double value = meaning.on_reals(operands.data());
    return is_float(result) ? Scalar::of_real(round_to(value, result))
                            : Scalar::of_integer(static_cast<int64_t>(value));
  }
  internal_check(meaning.on_integers != nullptr, "a scalar function has no meaning for integers");
  return Scalar::of_integer(wrap(meaning.on_integers(type, operands.data()), result));
}

uint32_t philox(uint64_t key, uint64_t position) {
  uint32_t counter[4] = {static_cast<uint32_t>(position / 4), static_cast<uint32_t>((position / 4) >> 32), 0,
                         0};
  uint32_t key_low = static_cast<uint32_t>(key);
  uint32_t key_high = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{0xD2511F53} * counter[0];
    const uint64_t product1 = uint64_t{0xCD9E8D57} * counter[2];
    const uint32_t next[4] = {
        static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key_low, static_cast<uint32_t>(product1),
        static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key_high, static_cast<uint32_t>(product0)};
    for (int word = 0; word < 4; ++word) counter[word] = next[word];
    key_low += 0x9E3779B9;
    key_high += 0xBB67AE85;
  }
  return counter[position % 4];
}

}  // namespace kiln
