// The table of scalar derivatives, and its corners. That the rules are right, tests/derivatives says of each
// row.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "harness.h"
#include "transform/derivative_table.h"
#include "transform/expand_derivatives.h"

namespace kiln::transform {
namespace {

bool takes_floats(ScalarFunction function) {
  const ScalarSignature signature = row_of(function).signature;
  return signature == ScalarSignature::number || signature == ScalarSignature::real;
}

ScalarFunction function_number(int number) { return static_cast<ScalarFunction>(number); }

std::vector<int> functions_of_floats() {
  std::vector<int> result;
  for (int number = 0; number < scalar_function_count; ++number) {
    if (takes_floats(function_number(number))) result.push_back(number);
  }
  return result;
}

TEST(DerivativeTable, HasItsRowsInTheOrderOfTheFunctions) {
  for (int number = 0; number < scalar_function_count; ++number) {
    EXPECT_EQ(derivative_of(function_number(number)).function, function_number(number)) << number;
  }
}

TEST(DerivativeTable, HasARuleForEachOperandOfAFunctionThatIsNoStep) {
  const auto is_step = [](ScalarFunction function) {
    constexpr ScalarFunction steps[] = {ScalarFunction::sign, ScalarFunction::floor, ScalarFunction::ceil,
                                        ScalarFunction::round, ScalarFunction::trunc};
    return std::find(std::begin(steps), std::end(steps), function) != std::end(steps);
  };
  for (const int number : functions_of_floats()) {
    const ScalarFunction function = function_number(number);
    for (size_t k = 0; k < static_cast<size_t>(row_of(function).arity); ++k) {
      EXPECT_EQ(derivative_of(function).tangents[k] == nullptr, is_step(function)) << name_of(function);
    }
  }
}

/// The gradient of the sum of the first output at one point.
std::vector<double> gradient(const std::string& body, const std::vector<double>& at) {
  std::string inputs;
  Tensors values;
  for (size_t k = 0; k < at.size(); ++k) {
    inputs += fmt::format("input %x{}: f64\n", k);
    values.emplace_back(ElementType::f64, std::vector<int64_t>{});
    values.back().set(0, Scalar::of_real(at[k]));
  }
  const graph::Function f = parse("function f() {\n" + inputs + "%y: f64 = compute [] write [] assign " +
                                  body + "\noutput %y as \"y\"\n}");
  values.emplace_back(ElementType::f64, std::vector<int64_t>{});
  values.back().set(0, Scalar::of_real(1));
  const Tensors results = run(tidied(reverse_of(f, static_cast<uint32_t>(at.size()), {0})), {}, values);
  std::vector<double> result;
  for (size_t k = 0; k < at.size(); ++k) result.push_back(results[k + 1].at(0).real);
  return result;
}

using Values = std::vector<double>;

TEST(Corners, TiesOfMaximumAndMinimumGoToTheFirst) {
  EXPECT_EQ(gradient("max(%x0, %x1)", {2, 2}), (Values{1, 0}));
  EXPECT_EQ(gradient("min(%x0, %x1)", {2, 2}), (Values{1, 0}));
  EXPECT_EQ(gradient("max(%x0, %x1)", {1, 2}), (Values{0, 1}));
  EXPECT_EQ(gradient("min(%x0, %x1)", {1, 2}), (Values{1, 0}));
}

TEST(Corners, AbsoluteValueAndStepsAreFlat) {
  EXPECT_EQ(gradient("abs(%x0)", {0}), (Values{0}));
  EXPECT_EQ(gradient("mul(floor(%x0), %x0)", {2.5}), (Values{2}));
}

TEST(Corners, AGuardKeepsTheOtherBranchOutOfTheGradient) {
  EXPECT_EQ(gradient("select(lt(0.0:f64, %x0), sqrt(%x0), 0.0:f64)", {0}), (Values{0}));
  EXPECT_EQ(gradient("select(lt(0.0:f64, %x0), sqrt(%x0), mul(3.0:f64, %x0))", {0}), (Values{3}));
}

TEST(Corners, PowersAtZeroHaveFiniteGradients) {
  EXPECT_EQ(gradient("pow(%x0, %x1)", {0, 2}), (Values{0, 0}));
  EXPECT_EQ(gradient("pow(%x0, 0.0:f64)", {0}), (Values{0}));
  EXPECT_EQ(gradient("pow(%x0, 3.0:f64)", {-2}), (Values{12}));
}

}  // namespace
}  // namespace kiln::transform
