#include "harness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>

#include "transform/expand_derivatives.h"
#include "transform/remove_dead.h"
#include "transform/share_subexpressions.h"
#include "transform/simplify.h"

namespace kiln::transform {

using graph::Function;
using graph::Tensor;

namespace {

void expect_valid(const Function& function) {
  if (const auto problem = graph::verify(function)) {
    ADD_FAILURE() << *problem << "\n" << graph::print(function);
  }
}

double dot(const Tensors& a, const Tensors& b) {
  double sum = 0;
  EXPECT_EQ(a.size(), b.size());
  for (size_t k = 0; k < a.size(); ++k) {
    EXPECT_EQ(a[k].extents, b[k].extents);
    for (int64_t i = 0; i < a[k].count(); ++i) sum += a[k].at(i).real * b[k].at(i).real;
  }
  return sum;
}

Tensors slice(const Tensors& tensors, size_t begin, size_t count) {
  const auto first = tensors.begin() + static_cast<std::ptrdiff_t>(begin);
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

Tensors joined(Tensors a, const Tensors& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Tensors random_like(const Tensors& tensors, int seed) {
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_real_distribution<double> number(-1, 1);
  Tensors result = tensors;
  for (Tensor& tensor : result) {
    for (int64_t i = 0; i < tensor.count(); ++i) tensor.set(i, Scalar::of_real(number(random)));
  }
  return result;
}

/// The first tensors moved along a direction.
Tensors moved(Tensors inputs, const Tensors& direction, double step) {
  for (size_t k = 0; k < direction.size(); ++k) {
    for (int64_t i = 0; i < direction[k].count(); ++i) {
      inputs[k].set(i, Scalar::of_real(inputs[k].at(i).real + step * direction[k].at(i).real));
    }
  }
  return inputs;
}

void expect_near(const Tensors& a, const Tensors& b, double tolerance, const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (size_t k = 0; k < a.size(); ++k) {
    ASSERT_EQ(a[k].extents, b[k].extents) << what;
    for (int64_t i = 0; i < a[k].count(); ++i) {
      const double x = is_float(a[k].element) ? a[k].at(i).real : static_cast<double>(a[k].at(i).integer);
      const double y = is_float(b[k].element) ? b[k].at(i).real : static_cast<double>(b[k].at(i).integer);
      ASSERT_NEAR(x, y, tolerance * std::max(1.0, std::fabs(y))) << what << ", result " << k << " at " << i;
    }
  }
}

std::vector<uint32_t> positions(size_t begin, size_t count) {
  std::vector<uint32_t> result;
  for (size_t k = 0; k < count; ++k) result.push_back(static_cast<uint32_t>(begin + k));
  return result;
}

/// What the function gives, unsimplified, after holding the simplified one against it.
Tensors run_both(const Function& function, const Dims& dims, const Tensors& inputs, const std::string& what) {
  expect_valid(function);
  Tensors plain = run(function, dims, inputs);
  expect_near(run(tidied(function), dims, inputs), plain, 1e-10, what + ", simplified");
  return plain;
}

}  // namespace

Function parse(std::string_view text) {
  auto result = graph::read(text);
  if (const auto* error = std::get_if<graph::ReadError>(&result)) {
    std::cerr << "line " << error->line << ": " << error->message << "\n" << text << "\n";
    std::abort();
  }
  Function function = std::get<Function>(std::move(result));
  expect_valid(function);
  return function;
}

std::string printed(const Function& function) {
  expect_valid(function);
  return graph::print(function);
}

Function tidied(const Function& function) {
  Function result = function;
  for (const auto pass : {simplify, share_subexpressions, remove_dead}) {
    result = pass(result);
    expect_valid(result);
  }
  return result;
}

Tensors run(const Function& function, const Dims& dims, const Tensors& inputs) {
  auto result = graph::interpret(function, dims, inputs);
  if (const auto* failure = std::get_if<graph::RuntimeFailure>(&result)) {
    ADD_FAILURE() << failure->message;
    return {};
  }
  return std::get<Tensors>(std::move(result));
}

size_t count_computes(const Function& function) {
  size_t count = 0;
  for (const graph::Node& node : function.nodes) count += std::holds_alternative<graph::Compute>(node.op);
  return count;
}

Tensors random_inputs(const Function& function, const Dims& dims, int seed, double low, double high) {
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_real_distribution<double> number(low, high);
  Tensors result;
  for (const graph::ValueId id : function.inputs) {
    const graph::Value& value = function[id];
    std::vector<int64_t> extents;
    for (const dim::Dim& extent : value.type.shape) extents.push_back(*extent.evaluate(dims));
    Tensor tensor(value.type.element, extents);
    for (int64_t i = 0; i < tensor.count(); ++i) {
      if (is_float(value.type.element)) {
        tensor.set(i, Scalar::of_real(number(random)));
      } else if (value.range) {
        const int64_t first = *value.range->low.evaluate(dims), last = *value.range->high.evaluate(dims) - 1;
        tensor.set(i, Scalar::of_integer(std::uniform_int_distribution<int64_t>(first, last)(random)));
      } else {
        tensor.set(i, Scalar::of_integer(static_cast<int64_t>(random() % 2)));
      }
    }
    result.push_back(std::move(tensor));
  }
  return result;
}

void check_derivatives(const DerivativeCase& test) {
  SCOPED_TRACE(test.name);
  const Function f = parse(test.text);
  const size_t outputs = f.outputs.size(), wrt = test.wrt;
  const std::vector<uint32_t> seeded = positions(0, outputs), seeded_second = positions(outputs, wrt);
  const Function forward = forward_of(f, test.wrt, seeded), reverse = reverse_of(f, test.wrt, seeded);

  const Tensors x = random_inputs(f, test.dims, 7, test.low, test.high);
  const Tensors y = run_both(f, test.dims, x, "value");
  const Tensors v = random_like(slice(x, 0, wrt), 8), u = random_like(v, 9), c = random_like(y, 10);
  const double step = 1e-5;

  const Tensors jvp = run_both(forward, test.dims, joined(x, v), "forward");
  const Tensors vjp = run_both(reverse, test.dims, joined(x, c), "reverse");
  expect_near(slice(jvp, 0, outputs), y, 1e-12, "value in forward mode");
  expect_near(slice(vjp, 0, outputs), y, 1e-12, "value in reverse mode");
  const Tensors dy = slice(jvp, outputs, outputs), gx = slice(vjp, outputs, wrt);
  const double product = dot(c, dy);
  EXPECT_NEAR(dot(gx, v), product, 1e-10 * std::max(1.0, std::fabs(product))) << "reverse against forward";

  const auto difference = [&](Tensors above, const Tensors& below) {
    for (size_t k = 0; k < above.size(); ++k) {
      for (int64_t i = 0; i < above[k].count(); ++i) {
        above[k].set(i, Scalar::of_real((above[k].at(i).real - below[k].at(i).real) / (2 * step)));
      }
    }
    return above;
  };
  const Tensors differences =
      difference(run(f, test.dims, moved(x, v, step)), run(f, test.dims, moved(x, v, -step)));
  expect_near(dy, differences, 1e-6, "forward against differences");

  const Function reverse_reverse = reverse_of(reverse, test.wrt, seeded_second);
  const Function forward_reverse = forward_of(reverse, test.wrt, seeded_second);
  const Function reverse_forward = reverse_of(forward, test.wrt, positions(outputs, outputs));
  const size_t first = outputs + wrt;
  const Tensors rr =
      slice(run_both(reverse_reverse, test.dims, joined(joined(x, c), u), "reverse of reverse"), first, wrt);
  const Tensors fr =
      slice(run_both(forward_reverse, test.dims, joined(joined(x, c), v), "forward of reverse"), first, wrt);
  const Tensors rf =
      slice(run_both(reverse_forward, test.dims, joined(joined(x, v), c), "reverse of forward"),
            outputs + outputs, wrt);
  const double second = dot(fr, u);
  const double tolerance = 1e-9 * std::max(1.0, std::fabs(second));
  EXPECT_NEAR(dot(rr, v), second, tolerance) << "reverse of reverse against forward of reverse";
  expect_near(rf, fr, 1e-9, "reverse of forward against forward of reverse");
  const auto gradient_at = [&](double distance) {
    return slice(run(reverse, test.dims, joined(moved(x, v, distance), c)), outputs, wrt);
  };
  expect_near(fr, difference(gradient_at(step), gradient_at(-step)), 1e-5,
              "second derivative against differences");
}

}  // namespace kiln::transform
