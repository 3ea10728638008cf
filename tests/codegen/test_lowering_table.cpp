#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "codegen/lowering_table.h"
#include "map_function.h"

namespace kiln::codegen::test {
namespace {

using enum ElementType;
using F = ScalarFunction;

constexpr ElementType arithmetic_types[] = {i8, i16, i32, i64, u8, u16, u32, u64, f32, f64};
constexpr ElementType converted_types[] = {boolean, i8,  i16, i32,  i64, u8, u16,
                                           u32,     u64, f16, bf16, f32, f64};

/// Values of a type whose combinations hold the corners: its ends, zeros, small numbers, NaN, infinities,
/// halves, numbers around the borders of the other types, and random ones.
std::vector<Scalar> corners(ElementType type) {
  std::vector<Scalar> result;
  if (type == boolean) return {Scalar::of_integer(0), Scalar::of_integer(1)};
  std::mt19937_64 random(11);
  if (is_integer(type)) {
    for (int64_t value :
         {0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 100, -1, -2, -3, -7, -8, -100})
      result.push_back(convert(Scalar::of_integer(value), i64, type));
    for (int bit = 7; bit < 64; ++bit)
      for (uint64_t around : {~uint64_t{0}, uint64_t{0}, uint64_t{1}})
        result.push_back(
            convert(Scalar::of_integer(static_cast<int64_t>((uint64_t{1} << bit) + around)), i64, type));
    for (int i = 0; i < 60; ++i)
      result.push_back(convert(Scalar::of_integer(static_cast<int64_t>(random())), i64, type));
    return result;
  }
  for (const double value : {0.0,
                             0.5,
                             1.0,
                             1.5,
                             2.5,
                             3.5,
                             0x1p-149,
                             0x1p-24,
                             0x1.8p-24,
                             0x1p-25,
                             65504.0,
                             65519.99,
                             65520.0,
                             0x1.ffp127,
                             0x1.fffffep127,
                             3e38,
                             2147483647.0,
                             2147483648.0,
                             4294967295.0,
                             4294967296.0,
                             9223372036854775807.0,
                             18446744073709551615.0,
                             127.0,
                             127.5,
                             128.0,
                             255.5,
                             256.0,
                             32767.5,
                             65535.9,
                             1.00390625,
                             1.01171875,
                             1.001953125,
                             1e-40,
                             1e-7,
                             1e300,
                             HUGE_VAL,
                             std::nan("")})
    for (double sign : {1.0, -1.0}) result.push_back(convert(Scalar::of_real(value * sign), f64, type));
  std::uniform_real_distribution<double> exponent(-30, 70);
  for (int i = 0; i < 200; ++i)
    result.push_back(convert(Scalar::of_real(std::exp2(exponent(random)) * (i % 2 ? 1 : -1)), f64, type));
  // Just beside the middle between two bf16 and between two f16 numbers, below what f32 can tell.
  for (double base : {1.0, 1.5, 1.25, 1.0078125, 1.0009765625})
    for (double half : {0x1p-9, 0x1p-12, 0x1p-8, 0x1p-11})
      for (double beside : {-0x1p-40, 0.0, 0x1p-40})
        result.push_back(convert(Scalar::of_real(base + half + beside), f64, type));
  return result;
}

bool same(Scalar a, Scalar b, ElementType type) {
  if (is_float(type) && std::isnan(a.real) && std::isnan(b.real)) return true;
  return a == b;
}

/// Runs the function compiled for each width on all combinations of corners and compares with `evaluate`.
void expect_as_evaluated(F function, ElementType type, ElementType to = f32) {
  const int arity = row_of(function).arity;
  const ScalarSignature signature = row_of(function).signature;
  std::vector<ElementType> types(static_cast<size_t>(arity), type);
  if (signature == ScalarSignature::choice) types[0] = boolean;
  std::vector<std::vector<Scalar>> arguments;  // one row for each point
  std::vector<Scalar> values = corners(type);
  for (size_t i = 0; i < values.size(); ++i)
    for (size_t j = 0; j < (arity == 1 ? 1 : values.size()); ++j) {
      std::vector<Scalar> row;
      if (signature == ScalarSignature::choice) row.push_back(Scalar::of_integer((i + j) % 2));
      row.push_back(values[i]);
      if (arity > 1) row.push_back(values[j]);
      arguments.push_back(row);
    }
  while (arguments.size() % 16 != 0) arguments.push_back(arguments.back());
  const ElementType result_element = result_type(function, types, to);
  for (int lanes : {1, 8, 16}) {
    std::vector<std::vector<std::byte>> inputs(types.size());
    std::vector<const void*> addresses;
    for (size_t operand = 0; operand < types.size(); ++operand) {
      const auto bytes = static_cast<size_t>(size_of(types[operand]));
      inputs[operand].resize(arguments.size() * bytes);
      for (size_t i = 0; i < arguments.size(); ++i)
        store(inputs[operand].data() + i * bytes, types[operand], arguments[i][operand]);
      addresses.push_back(inputs[operand].data());
    }
    const auto bytes = static_cast<size_t>(size_of(result_element));
    std::vector<std::byte> output(arguments.size() * bytes);
    MapFunction(function, type, lanes, to)(addresses, output.data(), static_cast<int64_t>(arguments.size()));
    int failures = 0;
    for (size_t i = 0; i < arguments.size() && failures < 3; ++i) {
      const Scalar got = load(output.data() + i * bytes, result_element);
      const Scalar wanted = evaluate(function, type, arguments[i], to);
      if (same(got, wanted, result_element)) continue;
      ++failures;
      ADD_FAILURE() << name_of(function) << " of " << name_of(type) << " to " << name_of(result_element)
                    << ", " << lanes << " lanes, of (" << arguments[i][0].integer << " | "
                    << arguments[i][0].real << ", " << arguments[i].back().integer << " | "
                    << arguments[i].back().real << ") gives " << got.integer << " | " << got.real << ", not "
                    << wanted.integer << " | " << wanted.real;
    }
  }
}

/// Functions of floats whose results are compared by accuracy instead of bit by bit.
bool is_approximate(F function) {
  return (function >= F::exp && function <= F::pow && function != F::sqrt) || function == F::rsqrt;
}

TEST(LoweringTable, HasARowForEachScalarFunction) {
  for (int i = 0; i < scalar_function_count; ++i) {
    const auto function = static_cast<F>(i);
    EXPECT_EQ(lowering_of(function).function, function);
    EXPECT_NE(lowering_of(function).lower, nullptr);
  }
}

class ExactFunctions : public testing::TestWithParam<int> {};

TEST_P(ExactFunctions, AgreeWithEvaluate) {
  const auto function = static_cast<F>(GetParam());
  const ScalarSignature signature = row_of(function).signature;
  if (signature == ScalarSignature::logic) return expect_as_evaluated(function, boolean);
  if (signature == ScalarSignature::random) return expect_as_evaluated(function, u64);
  for (ElementType type : arithmetic_types) {
    const bool real_only = signature == ScalarSignature::real || signature == ScalarSignature::real_test;
    if (real_only && !is_float(type)) continue;
    if (signature == ScalarSignature::integer && !is_integer(type)) continue;
    expect_as_evaluated(function, type);
  }
}

std::vector<int> exact_functions() {
  std::vector<int> result;
  for (int i = 0; i < scalar_function_count; ++i)
    if (static_cast<F>(i) != F::convert && !is_approximate(static_cast<F>(i))) result.push_back(i);
  return result;
}

INSTANTIATE_TEST_SUITE_P(All, ExactFunctions, testing::ValuesIn(exact_functions()),
                         [](const auto& row) { return std::string(name_of(static_cast<F>(row.param))); });

class Conversions : public testing::TestWithParam<ElementType> {};

TEST_P(Conversions, AgreeWithEvaluate) {
  for (ElementType to : converted_types) expect_as_evaluated(F::convert, GetParam(), to);
}

INSTANTIATE_TEST_SUITE_P(From, Conversions, testing::ValuesIn(converted_types),
                         [](const auto& row) { return std::string(name_of(row.param)); });

/// What C99's annex F says of pow and atan2 at zeros, infinities, NaN, negative bases.
TEST(LoweringTable, TwoArgumentFunctionsKeepTheCornersOfC99) {
  const double values[] = {0.0,  -0.0,  1.0,    -1.0,       0.5,    -0.5,     2.0,       -2.0, 3.0, -3.0,
                           1e10, 1e300, -1e300, 0x1p53 + 2, 1e-300, INFINITY, -INFINITY, NAN,  1.5, -1.5};
  for (F function : {F::pow, F::atan2}) {
    std::vector<double> x, y;
    for (double a : values)
      for (double b : values) x.push_back(a), y.push_back(b);
    std::vector<double> z(x.size());
    MapFunction(function, f64, 4)({x.data(), y.data()}, z.data(), static_cast<int64_t>(x.size()));
    std::vector<float> xs(x.begin(), x.end()), ys(y.begin(), y.end()), zs(x.size());
    MapFunction(function, f32, 8)({xs.data(), ys.data()}, zs.data(), static_cast<int64_t>(x.size()));
    for (size_t i = 0; i < x.size(); ++i) {
      const double wanted = function == F::pow ? std::pow(x[i], y[i]) : std::atan2(x[i], y[i]);
      const auto agrees = [](double got, double expected) {
        if (std::isnan(expected) || std::isnan(got)) return std::isnan(expected) && std::isnan(got);
        if (std::isinf(expected) || expected == 0)
          return got == expected && std::signbit(got) == std::signbit(expected);
        return std::fabs(got - expected) <= 1e-6 * std::fabs(expected);
      };
      EXPECT_TRUE(agrees(z[i], wanted)) << name_of(function) << "(" << x[i] << ", " << y[i] << ") = " << z[i];
      const double single = function == F::pow ? std::pow(double{xs[i]}, double{ys[i]})
                                               : std::atan2(double{xs[i]}, double{ys[i]});
      const auto rounded = static_cast<float>(single);
      EXPECT_TRUE(agrees(zs[i], rounded))
          << "f32 " << name_of(function) << "(" << x[i] << ", " << y[i] << ") = " << zs[i];
    }
  }
}

}  // namespace
}  // namespace kiln::codegen::test
