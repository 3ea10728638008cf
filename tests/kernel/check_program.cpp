#include "check_program.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "fuse/shape.h"
#include "graph/interpret.h"
#include "graph/text.h"
#include "kernel/execute.h"
#include "kernel/print.h"
#include "kernel/verify.h"

namespace kiln::kernel {
namespace {

graph::Tensor random_tensor(const graph::Type& type, const Case& how, std::mt19937& random) {
  std::vector<int64_t> extents;
  for (const dim::Dim& extent : type.shape) extents.push_back(*extent.evaluate(how.dims));
  graph::Tensor tensor(type.element, extents);
  std::uniform_real_distribution<double> reals(-1, 1);
  std::uniform_int_distribution<int64_t> integers(0, how.greatest_integer);
  for (int64_t i = 0; i < tensor.count(); ++i) {
    const bool real = is_float(type.element);
    const int64_t number = integers(random);
    Scalar value = real ? Scalar::of_real(reals(random)) : Scalar::of_integer(number);
    if (type.element == ElementType::boolean) value.integer = number % 2;
    tensor.set(i, convert(value, real ? ElementType::f64 : ElementType::i64, type.element));
  }
  return tensor;
}

void expect_equal(const graph::Tensor& expected, const std::vector<std::byte>& actual,
                  const std::string& name, double tolerance) {
  ASSERT_EQ(expected.data.size(), actual.size()) << name;
  const auto size = static_cast<size_t>(size_of(expected.element));
  double scale = 1e-30;
  if (is_float(expected.element))
    for (int64_t i = 0; i < expected.count(); ++i)
      if (std::isfinite(expected.at(i).real)) scale = std::max(scale, std::fabs(expected.at(i).real));
  for (int64_t i = 0; i < expected.count(); ++i) {
    const Scalar want = expected.at(i),
                 have = load(actual.data() + static_cast<size_t>(i) * size, expected.element);
    const bool same = want == have || (std::isnan(want.real) && std::isnan(have.real)) ||
                      (is_float(expected.element) && std::fabs(want.real - have.real) <= tolerance * scale);
    ASSERT_TRUE(same) << name << "[" << i << "]: expected " << want.integer << " / " << want.real << ", got "
                      << have.integer << " / " << have.real;
  }
}

}  // namespace

graph::Function read_graph(const std::string& text) {
  auto result = graph::read(text);
  if (const auto* error = std::get_if<graph::ReadError>(&result)) {
    ADD_FAILURE() << "line " << error->line << ": " << error->message;
    return {};
  }
  graph::Function function = std::get<graph::Function>(std::move(result));
  const auto problem = graph::verify(function);
  EXPECT_FALSE(problem.has_value()) << problem.value_or("");
  return function;
}

fuse::Bindings bindings_of(const graph::Function& function, const std::map<std::string, std::string>& inout) {
  fuse::Bindings bindings;
  for (size_t i = 0; i < function.inputs.size(); ++i) bindings.inputs.push_back(bindings.argument_count++);
  for (const std::string& name : function.output_names) {
    const auto pair = inout.find(name);
    uint32_t number = UINT32_MAX;
    for (size_t i = 0; i < function.inputs.size(); ++i)
      if (pair != inout.end() && function[function.inputs[i]].name == pair->second)
        number = bindings.inputs[i];
    bindings.outputs.push_back(number == UINT32_MAX ? bindings.argument_count++ : number);
  }
  return bindings;
}

Program expect_same(const std::string& text, const Case& how) {
  const graph::Function function = read_graph(text);
  const fuse::Bindings bindings = bindings_of(function, how.inout);
  std::mt19937 random(7);
  std::vector<graph::Tensor> inputs;
  for (const graph::ValueId input : function.inputs)
    inputs.push_back(random_tensor(function.type_of(input), how, random));
  const auto outcome = graph::interpret(function, how.dims, inputs);
  if (const auto* failure = std::get_if<graph::RuntimeFailure>(&outcome)) {
    ADD_FAILURE() << failure->message;
    return {};
  }
  const auto& expected = std::get<std::vector<graph::Tensor>>(outcome);
  const fuse::Plan plan = fuse::plan(function, bindings);
  Program program;
  for (const Machine& machine : how.machines) {
    program = schedule(plan, machine);
    const auto problem = verify(program);
    EXPECT_FALSE(problem.has_value()) << problem.value_or("");
    if (problem) return program;
    for (const int workers : {1, 3}) {
      std::vector<std::vector<std::byte>> arguments(bindings.argument_count);
      for (size_t i = 0; i < expected.size(); ++i)
        arguments[bindings.outputs[i]].resize(expected[i].data.size(), std::byte{0x5A});
      for (size_t i = 0; i < inputs.size(); ++i) arguments[bindings.inputs[i]] = inputs[i].data;
      const std::string failure = execute(program, how.dims, arguments, workers);
      EXPECT_EQ(failure, "");
      for (size_t i = 0; i < expected.size(); ++i)
        expect_equal(expected[i], arguments[bindings.outputs[i]], function.output_names[i], how.tolerance);
      if (testing::Test::HasFailure()) {
        ADD_FAILURE() << machine.name << ", " << workers << " workers\n" << print(program);
        return program;
      }
    }
  }
  return program;
}

}  // namespace kiln::kernel
