#include "base/scalar_function.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace kiln {
namespace {

using E = ElementType;
using F = ScalarFunction;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct RealCase {
  F function;
  std::vector<double> operands;
  double result;
};

const std::vector<RealCase> real_cases = {
    {F::add, {1.5, 2}, 3.5},
    {F::subtract, {1.5, 2}, -0.5},
    {F::multiply, {1.5, -2}, -3},
    {F::divide, {1, -4}, -0.25},
    {F::negate, {2}, -2},
    {F::minimum, {2, -1}, -1},
    {F::minimum, {2, nan}, nan},
    {F::minimum, {nan, 2}, nan},
    {F::maximum, {2, -1}, 2},
    {F::maximum, {nan, inf}, nan},
    {F::maximum, {0.0, -0.0}, 0.0},
    {F::maximum, {-0.0, 0.0}, -0.0},
    {F::minimum, {0.0, -0.0}, 0.0},
    {F::absolute, {-2}, 2},
    {F::sign, {-3}, -1},
    {F::sign, {0}, 0},
    {F::sign, {nan}, nan},
    {F::equal, {1, 1}, 1},
    {F::equal, {nan, nan}, 0},
    {F::not_equal, {nan, nan}, 1},
    {F::less, {1, 2}, 1},
    {F::less, {2, 2}, 0},
    {F::less_equal, {2, 2}, 1},
    {F::less_equal, {nan, 2}, 0},
    {F::reciprocal, {4}, 0.25},
    {F::exp, {1}, 2.718281828459045},
    {F::exp2, {3}, 8},
    {F::expm1, {1e-20}, 1e-20},
    {F::log, {1}, 0},
    {F::log, {0}, -inf},
    {F::log2, {8}, 3},
    {F::log10, {1000}, 3},
    {F::log1p, {1e-20}, 1e-20},
    {F::sqrt, {9}, 3},
    {F::rsqrt, {4}, 0.5},
    {F::sin, {1}, 0.8414709848078965},
    {F::cos, {1}, 0.5403023058681398},
    {F::tan, {1}, 1.5574077246549023},
    {F::asin, {1}, 1.5707963267948966},
    {F::acos, {1}, 0},
    {F::atan, {1}, 0.7853981633974483},
    {F::atan2, {-1, -1}, -2.356194490192345},
    {F::sinh, {1}, 1.1752011936438014},
    {F::cosh, {1}, 1.5430806348152437},
    {F::tanh, {1}, 0.7615941559557649},
    {F::sigmoid, {0}, 0.5},
    {F::sigmoid, {-1000}, 0},
    {F::sigmoid, {-720}, 2.0322308024293617e-313},
    {F::erf, {1}, 0.8427007929497149},
    {F::pow, {2, 10}, 1024},
    {F::floor, {-1.5}, -2},
    {F::ceil, {-1.5}, -1},
    {F::round, {2.5}, 2},
    {F::round, {3.5}, 4},
    {F::round, {-0.5}, -0.0},
    {F::trunc, {-1.5}, -1},
    {F::is_nan, {nan}, 1},
    {F::is_nan, {inf}, 0},
    {F::is_inf, {-inf}, 1},
    {F::is_inf, {1}, 0},
};

struct IntegerCase {
  F function;
  E type;
  std::vector<int64_t> operands;
  int64_t result;
};

const std::vector<IntegerCase> integer_cases = {
    {F::add, E::i8, {127, 1}, -128},
    {F::add, E::i64, {INT64_MAX, 1}, INT64_MIN},
    {F::subtract, E::u8, {1, 2}, 255},
    {F::multiply, E::i32, {1 << 30, 4}, 0},
    {F::quotient, E::i32, {-7, 2}, -4},
    {F::quotient, E::i32, {7, -2}, -4},
    {F::quotient, E::i32, {INT32_MIN, -1}, INT32_MIN},
    {F::quotient, E::i64, {INT64_MIN, -1}, INT64_MIN},
    {F::quotient, E::u64, {-1, 2}, INT64_MAX},
    {F::quotient, E::i32, {7, 0}, 0},
    {F::remainder, E::i32, {-7, 2}, 1},
    {F::remainder, E::i32, {7, -2}, -1},
    {F::remainder, E::i64, {INT64_MIN, -1}, 0},
    {F::remainder, E::u64, {-1, 10}, 5},
    {F::remainder, E::i32, {7, 0}, 0},
    {F::negate, E::i8, {-128}, -128},
    {F::minimum, E::i32, {3, -4}, -4},
    {F::minimum, E::u64, {3, -4}, 3},
    {F::maximum, E::u64, {3, -4}, -4},
    {F::absolute, E::i32, {-3}, 3},
    {F::absolute, E::u8, {200}, 200},
    {F::sign, E::i32, {-3}, -1},
    {F::sign, E::i32, {0}, 0},
    {F::sign, E::u64, {-3}, 1},
    {F::equal, E::i32, {3, 3}, 1},
    {F::not_equal, E::boolean, {1, 0}, 1},
    {F::less, E::i64, {-1, 1}, 1},
    {F::less, E::u64, {-1, 1}, 0},
    {F::less_equal, E::u64, {1, -1}, 1},
    {F::logical_and, E::boolean, {1, 0}, 0},
    {F::logical_or, E::boolean, {1, 0}, 1},
    {F::logical_not, E::boolean, {1}, 0},
    {F::shift_left, E::u8, {129, 1}, 2},
    {F::shift_left, E::i32, {1, 32}, 0},
    {F::shift_right, E::i32, {-8, 1}, -4},
    {F::shift_right, E::i32, {-8, 100}, -1},
    {F::shift_right, E::u32, {0xFFFFFFFF, 4}, 0x0FFFFFFF},
    {F::bit_and, E::i32, {12, 10}, 8},
    {F::bit_or, E::i32, {12, 10}, 14},
    {F::bit_xor, E::i32, {12, 10}, 6},
    {F::bit_not, E::u8, {1}, 254},
    {F::random_bits, E::u64, {0, 0}, 0x6627e8d5},
};

TEST(ScalarFunction, OfFloatsMeansWhatTheTableSays) {
  for (const RealCase& row : real_cases) {
    std::vector<Scalar> operands;
    for (double operand : row.operands) operands.push_back(Scalar::of_real(operand));
    const Scalar result = evaluate(row.function, E::f64, operands);
    const E type = E::f64;
    const double value =
        is_float(result_type(row.function, {&type, 1})) ? result.real : static_cast<double>(result.integer);
    if (std::isnan(row.result)) {
      EXPECT_TRUE(std::isnan(value)) << name_of(row.function);
    } else {
      EXPECT_DOUBLE_EQ(value, row.result) << name_of(row.function);
      EXPECT_EQ(std::signbit(value), std::signbit(row.result)) << name_of(row.function);
    }
  }
}

TEST(ScalarFunction, OfIntegersMeansWhatTheTableSays) {
  for (const IntegerCase& row : integer_cases) {
    std::vector<Scalar> operands;
    for (int64_t operand : row.operands) operands.push_back(Scalar::of_integer(operand));
    EXPECT_EQ(evaluate(row.function, row.type, operands).integer, row.result)
        << name_of(row.function) << " of " << name_of(row.type);
  }
}

TEST(ScalarFunction, EachHasARowAndACase) {
  for (int number = 0; number < scalar_function_count; ++number) {
    const auto function = static_cast<F>(number);
    const ScalarFunctionRow& row = row_of(function);
    EXPECT_EQ(row.function, function);
    EXPECT_EQ(scalar_function_named(row.name), function) << row.name;
    bool tested = function == F::select || function == F::convert;
    for (const RealCase& real : real_cases)
      if (real.function == function) {
        tested = true;
        EXPECT_EQ(real.operands.size(), static_cast<size_t>(row.arity)) << row.name;
      }
    for (const IntegerCase& integer : integer_cases)
      if (integer.function == function) {
        tested = true;
        EXPECT_EQ(integer.operands.size(), static_cast<size_t>(row.arity)) << row.name;
      }
    EXPECT_TRUE(tested) << row.name << " has no case in this test";
  }
}

TEST(ScalarFunction, EachCanBeEvaluatedForAllTypesOfItsSignature) {
  for (int number = 0; number < scalar_function_count; ++number) {
    const auto function = static_cast<F>(number);
    const ScalarSignature signature = row_of(function).signature;
    const bool reals = signature == ScalarSignature::number || signature == ScalarSignature::real ||
                       signature == ScalarSignature::real_test || signature == ScalarSignature::comparison;
    const bool integers = signature == ScalarSignature::number || signature == ScalarSignature::integer ||
                          signature == ScalarSignature::comparison;
    const Scalar ones[3] = {Scalar::of_real(1), Scalar::of_real(1), Scalar::of_real(1)};
    const Scalar units[3] = {Scalar::of_integer(1), Scalar::of_integer(1), Scalar::of_integer(1)};
    // An evaluation that is missing ends the process.
    if (reals)
      for (E type : {E::f16, E::bf16, E::f32, E::f64}) evaluate(function, type, ones);
    if (integers)
      for (E type : {E::i8, E::u8, E::i64, E::u64}) evaluate(function, type, units);
  }
}

TEST(ScalarFunction, SelectAndConvertTakeTheirOperandsAsTheyAre) {
  const Scalar choice[3] = {Scalar::of_integer(0), Scalar::of_real(1), Scalar::of_real(2)};
  EXPECT_EQ(evaluate(F::select, E::f32, choice), Scalar::of_real(2));
  const Scalar operand[1] = {Scalar::of_real(-1.5)};
  EXPECT_EQ(evaluate(F::convert, E::f32, operand, E::i32), Scalar::of_integer(-1));
}

TEST(ScalarFunction, RoundsOnceToTheTypeOfTheResult) {
  const Scalar third[2] = {Scalar::of_real(1), Scalar::of_real(3)};
  EXPECT_EQ(evaluate(F::divide, E::f32, third).real, static_cast<double>(1.0f / 3.0f));
  EXPECT_EQ(evaluate(F::divide, E::f16, third).real, static_cast<double>(static_cast<_Float16>(1.0 / 3.0)));
}

TEST(Philox, AgreesWithThePublishedVectors) {
  // Random123 kat_vectors: philox4x32-10 with counter and key 0.
  const uint32_t expected[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  for (uint64_t word = 0; word < 4; ++word) EXPECT_EQ(philox(0, word), expected[word]);
  EXPECT_NE(philox(0, 4), philox(0, 0));
  EXPECT_NE(philox(1, 0), philox(0, 0));
}

}  // namespace
}  // namespace kiln
