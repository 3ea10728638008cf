#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <random>

#include "map_function.h"

namespace kiln::codegen::test {
namespace {

using F = ScalarFunction;
using Real = long double;

struct Accuracy {
  F function;
  Real (*reference)(Real x, Real y);
  double bound;      // ULP of f64
  double low, high;  // most samples: where the function is of interest
};

Real reference_sigmoid(Real x, Real) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}

const Accuracy functions[] = {
    {F::exp, [](Real x, Real) { return std::exp(x); }, 1.5, -746, 711},
    {F::exp2, [](Real x, Real) { return std::exp2(x); }, 1.5, -1076, 1025},
    {F::expm1, [](Real x, Real) { return std::expm1(x); }, 1.5, -40, 711},
    {F::log, [](Real x, Real) { return std::log(x); }, 1.5, 0, 20},
    {F::log2, [](Real x, Real) { return std::log2(x); }, 1.5, 0, 20},
    {F::log10, [](Real x, Real) { return std::log10(x); }, 1.5, 0, 20},
    {F::log1p, [](Real x, Real) { return std::log1p(x); }, 1.5, -1, 20},
    {F::rsqrt, [](Real x, Real) { return 1 / std::sqrt(x); }, 1.5, 0, 20},
    {F::sin, [](Real x, Real) { return std::sin(x); }, 1.5, -100, 100},
    {F::cos, [](Real x, Real) { return std::cos(x); }, 1.5, -100, 100},
    {F::tan, [](Real x, Real) { return std::tan(x); }, 1.5, -100, 100},
    {F::asin, [](Real x, Real) { return std::asin(x); }, 1.5, -1.01, 1.01},
    {F::acos, [](Real x, Real) { return std::acos(x); }, 1.5, -1.01, 1.01},
    {F::atan, [](Real x, Real) { return std::atan(x); }, 2, -10, 10},
    {F::atan2, [](Real y, Real x) { return std::atan2(y, x); }, 2, -10, 10},
    {F::sinh, [](Real x, Real) { return std::sinh(x); }, 2, -5, 5},
    {F::cosh, [](Real x, Real) { return std::cosh(x); }, 2, -5, 5},
    {F::tanh, [](Real x, Real) { return std::tanh(x); }, 2, -5, 5},
    {F::sigmoid, reference_sigmoid, 2, -50, 50},
    {F::erf, [](Real x, Real) { return std::erf(x); }, 1.5, -7, 7},
    {F::pow, [](Real x, Real y) { return std::pow(x, y); }, 1.5, -20, 40},
};

double error_in_ulp(double got, Real wanted) {
  if (std::isnan(wanted) || std::isnan(got)) return std::isnan(wanted) && std::isnan(got) ? 0 : INFINITY;
  if (got == static_cast<double>(wanted)) return 0;
  // Beyond the range the sign is all that counts; below it, the smallest unit.
  if (std::fabs(wanted) > 0x1.fffffffffffffp1023L)
    return std::isinf(got) && (got > 0) == (wanted > 0) ? 0 : 1;
  if (std::isinf(got)) return INFINITY;
  const int exponent = wanted == 0 ? -1022 : std::max(std::ilogb(wanted), -1022);
  return static_cast<double>(std::fabs(got - wanted) / std::ldexp(Real{1}, exponent - 52));
}

class AccuracyOfF64 : public testing::TestWithParam<Accuracy> {};

TEST_P(AccuracyOfF64, IsWithinBoundOnSamples) {
  const Accuracy& row = GetParam();
  const MapFunction code(row.function, ElementType::f64, 4);
  const bool is_long = std::getenv("KILN_LONG_TESTS") != nullptr;
  constexpr size_t chunk = 4096;
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> inside(row.low, row.high);
  std::vector<double> x(chunk), y(chunk), z(chunk);
  double worst = 0, worst_x = 0, worst_y = 0, got = 0;
  for (int round = 0; round < (is_long ? 10000 : 100); ++round) {
    for (size_t i = 0; i < chunk; ++i) {
      // Three in four near the interesting numbers, the others any bit pattern.
      x[i] = i % 4 == 0   ? std::bit_cast<double>(random())
             : i % 4 == 1 ? inside(random) / 1024
                          : inside(random);
      y[i] = i % 4 == 0 ? std::bit_cast<double>(random()) : inside(random);
    }
    code({x.data(), y.data()}, z.data(), chunk);
    for (size_t i = 0; i < chunk; ++i) {
      const double error = error_in_ulp(z[i], row.reference(x[i], y[i]));
      if (error > worst) worst = error, worst_x = x[i], worst_y = y[i], got = z[i];
    }
  }
  std::printf("%-12s %.3f ULP at %.17g, %.17g, got %.17g\n", std::string(name_of(row.function)).c_str(),
              worst, worst_x, worst_y, got);
  EXPECT_LE(worst, row.bound);
}

INSTANTIATE_TEST_SUITE_P(Functions, AccuracyOfF64, testing::ValuesIn(functions),
                         [](const auto& row) { return std::string(name_of(row.param.function)); });

}  // namespace
}  // namespace kiln::codegen::test
