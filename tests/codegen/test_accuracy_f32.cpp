#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>

#include "map_function.h"

namespace kiln::codegen::test {
namespace {

using F = ScalarFunction;

struct Accuracy {
  F function;
  double (*reference)(double x);
  double bound;  // ULP of f32
};

double reference_sigmoid(double x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}

// The bound is the promise of vector_math.h; what was measured stands in docs/decisions/vector-math.md.
const Accuracy functions[] = {
    {F::reciprocal, [](double x) { return 1 / x; }, 0.51},
    {F::exp, [](double x) { return std::exp(x); }, 2},
    {F::exp2, [](double x) { return std::exp2(x); }, 2},
    {F::expm1, [](double x) { return std::expm1(x); }, 2},
    {F::log, [](double x) { return std::log(x); }, 2},
    {F::log2, [](double x) { return std::log2(x); }, 2},
    {F::log10, [](double x) { return std::log10(x); }, 2},
    {F::log1p, [](double x) { return std::log1p(x); }, 2},
    {F::sqrt, [](double x) { return std::sqrt(x); }, 0.51},
    {F::rsqrt, [](double x) { return 1 / std::sqrt(x); }, 2},
    {F::sin, [](double x) { return std::sin(x); }, 2},
    {F::cos, [](double x) { return std::cos(x); }, 2},
    {F::tan, [](double x) { return std::tan(x); }, 2},
    {F::asin, [](double x) { return std::asin(x); }, 2},
    {F::acos, [](double x) { return std::acos(x); }, 2},
    {F::atan, [](double x) { return std::atan(x); }, 2},
    {F::sinh, [](double x) { return std::sinh(x); }, 2},
    {F::cosh, [](double x) { return std::cosh(x); }, 2},
    {F::tanh, [](double x) { return std::tanh(x); }, 2},
    {F::sigmoid, reference_sigmoid, 2},
    {F::erf, [](double x) { return std::erf(x); }, 2},
    {F::floor, [](double x) { return std::floor(x); }, 0},
    {F::ceil, [](double x) { return std::ceil(x); }, 0},
    {F::round, [](double x) { return std::nearbyint(x); }, 0},
    {F::trunc, [](double x) { return std::trunc(x); }, 0},
};

/// 0 where `got` is `wanted` correctly rounded; else |got - wanted| in units of the last place of f32 at
/// `wanted`; infinite where one is NaN and the other is not, where an infinity is missed by more than
/// rounding, or where the sign of a zero differs.
double error_in_ulp(float got, double wanted) {
  if (std::isnan(wanted) || std::isnan(got)) return std::isnan(wanted) && std::isnan(got) ? 0 : INFINITY;
  if (got == static_cast<float>(wanted) && got != 0) return 0;
  if (wanted == 0) return got == 0 && std::signbit(got) == std::signbit(wanted) ? 0 : INFINITY;
  if (std::isinf(got) && std::isinf(static_cast<float>(wanted)))
    return (got > 0) == (wanted > 0) ? 0 : INFINITY;
  const int exponent = std::max(std::ilogb(std::min(std::fabs(wanted), 0x1.fffffep127)), -126);
  const double beyond = std::isinf(got) ? std::copysign(0x1p128, got) : got;  // as if the exponent had no end
  return std::fabs(beyond - wanted) / std::ldexp(1.0, exponent - 23);
}

struct Worst {
  double error = 0;
  uint32_t bits = 0;
  float got = 0;
};

Worst worst_of(const MapFunction& code, const Accuracy& row, uint64_t begin, uint64_t end, uint64_t stride) {
  constexpr size_t chunk = 4096;
  std::vector<float> x(chunk), y(chunk);
  Worst worst;
  for (uint64_t first = begin; first < end; first += stride * chunk) {
    for (size_t i = 0; i < chunk; ++i)
      x[i] = std::bit_cast<float>(static_cast<uint32_t>(std::min(first + i * stride, end - 1)));
    code({x.data()}, y.data(), chunk);
    for (size_t i = 0; i < chunk; ++i) {
      const double error = error_in_ulp(y[i], row.reference(x[i]));
      if (error > worst.error) worst = {error, std::bit_cast<uint32_t>(x[i]), y[i]};
    }
  }
  return worst;
}

bool is_long_run() { return std::getenv("KILN_LONG_TESTS") != nullptr; }

class AccuracyOfF32 : public testing::TestWithParam<Accuracy> {};

TEST_P(AccuracyOfF32, IsWithinBoundOverAllNumbers) {
  const MapFunction code(GetParam().function, ElementType::f32, 8);
  const uint64_t all = uint64_t{1} << 32;
  const uint64_t stride = is_long_run() ? 1 : 4099;
  const unsigned workers = is_long_run() ? std::max(1U, std::thread::hardware_concurrency()) : 1;
  std::vector<Worst> worsts(workers);
  std::vector<std::thread> threads;
  for (unsigned w = 0; w < workers; ++w)
    threads.emplace_back([&, w] {
      worsts[w] = worst_of(code, GetParam(), all * w / workers, all * (w + 1) / workers, stride);
    });
  for (std::thread& thread : threads) thread.join();
  // Every 64th pattern around the powers of two near 1, zero, the largest and the smallest numbers.
  for (const uint64_t centre :
       {0x00000000, 0x00800000, 0x3F800000, 0x3F000000, 0x40000000, 0x42B00000, 0x47FFF000, 0x7F7F0000})
    for (const uint64_t sign : {0x0U, 0x80000000U}) {
      const uint64_t begin = sign | (centre < 0x10000 ? 0 : centre - 0x10000);
      worsts.push_back(worst_of(code, GetParam(), begin, begin + 0x30000, 64));
    }
  Worst worst;
  for (const Worst& each : worsts)
    if (each.error > worst.error) worst = each;
  std::printf("%-12s %.3f ULP at %.9g (0x%08x), got %.9g\n",
              std::string(name_of(GetParam().function)).c_str(), worst.error,
              std::bit_cast<float>(worst.bits), worst.bits, worst.got);
  EXPECT_LE(worst.error, GetParam().bound);
}

INSTANTIATE_TEST_SUITE_P(Functions, AccuracyOfF32, testing::ValuesIn(functions),
                         [](const auto& row) { return std::string(name_of(row.param.function)); });

struct TwoArguments {
  F function;
  double (*reference)(double x, double y);
  double low, high;
};

class AccuracyOfTwoF32 : public testing::TestWithParam<TwoArguments> {};

TEST_P(AccuracyOfTwoF32, IsWithinTwoUlpOnSamples) {
  const TwoArguments& row = GetParam();
  const MapFunction code(row.function, ElementType::f32, 8);
  constexpr size_t chunk = 4096;
  std::mt19937_64 random(5);
  std::uniform_real_distribution<float> inside(static_cast<float>(row.low), static_cast<float>(row.high));
  std::vector<float> x(chunk), y(chunk), z(chunk);
  double worst = 0;
  float worst_x = 0, worst_y = 0;
  for (int round = 0; round < (is_long_run() ? 100000 : 300); ++round) {
    for (size_t i = 0; i < chunk; ++i) {
      const uint64_t bits = random();
      x[i] = i % 2 ? std::bit_cast<float>(static_cast<uint32_t>(bits)) : inside(random);
      y[i] = i % 4 == 3 ? std::bit_cast<float>(static_cast<uint32_t>(bits >> 32)) : inside(random);
    }
    code({x.data(), y.data()}, z.data(), chunk);
    for (size_t i = 0; i < chunk; ++i) {
      const double error = error_in_ulp(z[i], row.reference(x[i], y[i]));
      if (error > worst) worst = error, worst_x = x[i], worst_y = y[i];
    }
  }
  std::printf("%-12s %.3f ULP at %.9g, %.9g\n", std::string(name_of(row.function)).c_str(), worst, worst_x,
              worst_y);
  EXPECT_LE(worst, 2);
}

INSTANTIATE_TEST_SUITE_P(
    Functions, AccuracyOfTwoF32,
    testing::Values(TwoArguments{F::pow, [](double x, double y) { return std::pow(x, y); }, -20, 40},
                    TwoArguments{F::atan2, [](double y, double x) { return std::atan2(y, x); }, -10, 10}),
    [](const auto& row) { return std::string(name_of(row.param.function)); });

}  // namespace
}  // namespace kiln::codegen::test
