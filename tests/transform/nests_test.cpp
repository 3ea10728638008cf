#include <gtest/gtest.h>

#include <cmath>

#include "graph/walk.h"
#include "harness.h"
#include "transform/expand_derivatives.h"

namespace kiln::transform {
namespace {

/// A chain of gated units `e*sigmoid(1.7 e)` of one number.
graph::Function chain(int length) {
  std::string text = "function chain() {\ninput %x: f64\n";
  std::string last = "%x";
  for (int k = 0; k < length; ++k) {
    const std::string next = "%e" + std::to_string(k);
    text +=
        next + ": f64 = compute [] write [] assign mul(" + last + ", sigmoid(mul(1.7:f64, " + last + ")))\n";
    last = next;
  }
  return parse(text + "output " + last + " as \"y\"\n}");
}

/// The derivative of the last output by the first input, as one more output; takes one more input, the seed.
graph::Function derived(const graph::Function& f, bool reverse) {
  const auto last = static_cast<uint32_t>(f.outputs.size() - 1);
  return tidied(reverse ? reverse_of(f, 1, {last}) : forward_of(f, 1, {last}));
}

size_t count_expressions(const graph::Function& f) {
  size_t count = 0;
  for (const graph::Node& node : f.nodes) {
    const auto* compute = std::get_if<graph::Compute>(&node.op);
    if (compute != nullptr) count += graph::reachable(f.expressions, graph::roots_of(*compute)).size();
  }
  return count;
}

double last_output(const graph::Function& f, double x) {
  Tensors inputs;
  for (size_t k = 0; k < f.inputs.size(); ++k) {
    inputs.emplace_back(ElementType::f64, std::vector<int64_t>{});
    inputs.back().set(0, Scalar::of_real(k == 0 ? x : 1));
  }
  return run(f, {}, inputs).back().at(0).real;
}

TEST(Nests, AllSixteenOfFourStepsAgree) {
  const graph::Function f = chain(2);
  std::vector<double> values;
  for (int nest = 0; nest < 16; ++nest) {
    graph::Function derivative = f;
    for (int step = 0; step < 4; ++step) derivative = derived(derivative, (nest >> step & 1) != 0);
    values.push_back(last_output(derivative, 0.4));
  }
  for (const double value : values) EXPECT_NEAR(value, values[0], 1e-9 * std::fabs(values[0]));
  graph::Function third = f;
  for (int step = 0; step < 3; ++step) third = derived(third, true);
  const double difference = (last_output(third, 0.4 + 1e-5) - last_output(third, 0.4 - 1e-5)) / 2e-5;
  EXPECT_NEAR(values[0], difference, 1e-5 * std::fabs(difference));
}

TEST(Nests, SizesGrowByAFactorPerOrderNotBySquares) {
  graph::Function f = chain(8);
  size_t before = count_expressions(f);
  for (int order = 1; order <= 3; ++order) {
    f = derived(f, true);
    const size_t after = count_expressions(f);
    EXPECT_LE(after, 5 * before) << "order " << order;
    before = after;
  }
}

}  // namespace
}  // namespace kiln::transform
