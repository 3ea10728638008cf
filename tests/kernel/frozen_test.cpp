// Contractions that read a model's weights in panels, if it is frozen: which do, and what they give.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "check_program.h"
#include "fuse/frozen_panels.h"
#include "graph/interpret.h"
#include "kernel/execute.h"
#include "kernel/print.h"
#include "kernel/verify.h"

namespace kiln::kernel {
namespace {

/// All inputs but the first are the leaves of a model.
fuse::Bindings bindings_with_model(const graph::Function& function) {
  fuse::Bindings bindings = bindings_of(function);
  bindings.models = {{1, static_cast<uint32_t>(function.inputs.size()) - 1}};
  return bindings;
}

size_t panels_of(const std::string& text) {
  const graph::Function function = read_graph(text);
  return fuse::plan(function, bindings_with_model(function)).panels.size();
}

graph::Tensor random_tensor(const graph::Type& type, const std::map<std::string, int64_t>& dims,
                            std::mt19937& random) {
  std::vector<int64_t> extents;
  for (const dim::Dim& extent : type.shape) extents.push_back(*extent.evaluate(dims));
  graph::Tensor tensor(type.element, extents);
  std::uniform_real_distribution<double> reals(-1, 1);
  for (int64_t i = 0; i < tensor.count(); ++i)
    tensor.set(i, convert(Scalar::of_real(reals(random)), ElementType::f64, type.element));
  return tensor;
}

/// By the interpreter.
std::vector<std::byte> packed(const fuse::FrozenPanels& panels, graph::Tensor leaf) {
  const graph::Function pack = fuse::pack_function(panels);
  leaf.extents.clear();
  for (const dim::Dim& extent : pack.type_of(pack.inputs[0]).shape)
    leaf.extents.push_back(*extent.constant());
  const auto made = graph::interpret(pack, {}, {leaf});
  return std::get<std::vector<graph::Tensor>>(made)[0].data;
}

/// Frozen and not, on each machine, with one worker and three, against the interpreter. `reads_panels`:
/// what is frozen reads them.
void expect_same_frozen(const std::string& text, const std::map<std::string, int64_t>& dims,
                        size_t panels = 1, bool reads_panels = true) {
  const graph::Function function = read_graph(text);
  std::mt19937 random(7);
  std::vector<graph::Tensor> inputs;
  for (const graph::ValueId input : function.inputs)
    inputs.push_back(random_tensor(function.type_of(input), dims, random));
  const auto outcome = graph::interpret(function, dims, inputs);
  const graph::Tensor& expected = std::get<std::vector<graph::Tensor>>(outcome)[0];
  double scale = 1;
  for (int64_t i = 0; i < expected.count(); ++i) scale = std::max(scale, std::fabs(expected.at(i).real));
  const fuse::Bindings bindings = bindings_with_model(function);
  const fuse::Plan plan = fuse::plan(function, bindings);
  ASSERT_EQ(plan.panels.size(), panels);
  for (const Machine& machine : {x86_64_v3(), x86_64_v4()})
    for (const bool frozen : {false, true})
      for (const int workers : {1, 3}) {
        const Program program = schedule(plan, machine);
        ASSERT_EQ(verify(program).value_or(""), "");
        std::vector<std::vector<std::byte>> arguments(bindings.argument_count);
        for (size_t i = 0; i < inputs.size(); ++i) arguments[bindings.inputs[i]] = inputs[i].data;
        const uint32_t result = bindings.outputs[0];
        arguments[result].resize(expected.data.size(), std::byte{0x5A});
        arguments.push_back({std::byte{frozen}});
        for (const fuse::FrozenPanels& row : plan.panels) {
          std::vector<std::byte> data = packed(row, inputs[1 + row.leaf]);
          // Whichever of the two is not to be read holds nonsense.
          std::vector<std::byte>& unread = frozen && reads_panels ? arguments[1 + row.leaf] : data;
          std::fill(unread.begin(), unread.end(), std::byte{0x7B});
          arguments.push_back(std::move(data));
        }
        ASSERT_EQ(execute(program, dims, arguments, workers), "");
        for (int64_t i = 0; i < expected.count(); ++i) {
          const auto at = static_cast<size_t>(i * size_of(expected.element));
          const double got = load(arguments[result].data() + at, expected.element).real;
          ASSERT_NEAR(got, expected.at(i).real, 1e-5 * scale)
              << i << ", " << machine.name << (frozen ? ", frozen" : "") << "\n"
              << print(program);
        }
      }
}

TEST(Frozen, RowsOfWeightsAreLanes) {
  const std::string text = R"(function f(B) {
    input %x: f32[B, 130]
    input %w: f32[140, 130]
    input %bias: f32[140]
    %s: f32[B, 140] = compute [b: B, o: 140, i: 130] write [b, o] sum mul(%x[b, i], %w[o, i])
    %h: f32[B, 140] = compute [b: B, o: 140] write [b, o] assign max(add(%s[b, o], %bias[o]), 0.0)
    output %h as "h" })";
  for (const int64_t rows : {0, 1, 4, 9, 30}) expect_same_frozen(text, {{"B", rows}});
}

TEST(Frozen, ColumnsOfWeightsAreLanes) {
  expect_same_frozen(R"(function f(B) {
    input %x: f32[B, 130]
    input %w: f32[130, 140]
    %s: f32[B, 140] = compute [b: B, o: 140, i: 130] write [b, o] sum mul(%w[i, o], %x[b, i])
    output %s as "s" })",
                     {{"B", 15}});
}

TEST(Frozen, LanesOfTwoIndicesThatLieApart) {
  expect_same_frozen(R"(function f(B) {
    input %x: f64[B, 96]
    input %w: f64[128, 96]
    %s: f64[4, B, 32] = compute [h: 4, b: B, e: 32, i: 96] write [h, b, e] sum mul(%x[b, i], %w[add(mul(h, 32), e), i])
    output %s as "s" })",
                     {{"B", 6}});
}

/// Images whose size only the call knows; windows reach over their edges. What follows has rows that
/// neighbour.
std::string convolution(int in, int out, int taps, int stride) {
  const auto at = [&](const char* place, const char* tap) {
    return fmt::format("sub(add(mul({}, {}), {}), {})", stride, place, tap, taps / 2);
  };
  const std::string i = at("i", "p"), j = at("j", "q"),
                    rows = fmt::format("(H + {}) / {}", stride - 1, stride),
                    columns = fmt::format("(W + {}) / {}", stride - 1, stride);
  const std::string inside =
      taps == 1 ? "" : fmt::format(" where le(0, {0}), lt({0}, H), le(0, {1}), lt({1}, W)", i, j);
  return fmt::format(R"(function f(N, H, W) {{
    input %x: f32[N, {0}, H, W]
    input %w: f32[{1}, {0}, {2}, {2}]
    input %b: f32[{1}]
    %y: f32[N, {1}, {5}, {6}] = compute [n: N, o: {1}, i: {5}, j: {6}, c: {0}, p: {2}, q: {2}]
        write [n, o, i, j]{7} sum mul(%x[n, c, {3}, {4}], %w[o, c, p, q])
    %z: f32[N, {1}, {5}, {6}] = compute [n: N, o: {1}, i: {5}, j: {6}] write [n, o, i, j] assign
        max(0.0, add(%y[n, o, i, j], %b[o]))
    output %z as "z" }})",
                     in, out, taps, i, j, rows, columns, inside);
}

TEST(Frozen, WeightsOfWindowsAreLanes) {
  for (const auto& [taps, stride] : {std::pair{3, 1}, {3, 2}, {5, 3}, {1, 1}, {1, 2}})
    for (const int64_t width : {1, 7, 14}) {
      SCOPED_TRACE(fmt::format("{} taps, stride {}, {} wide", taps, stride, width));
      const int in = taps == 1 ? 128 : 24, out = taps == 1 ? 160 : 100;
      expect_same_frozen(convolution(in, out, taps, stride), {{"N", 2}, {"H", 9}, {"W", width}});
    }
}

TEST(Frozen, WindowsWithManyStepsAreSummedInRuns) {
  expect_same_frozen(convolution(130, 40, 3, 1), {{"N", 1}, {"H", 3}, {"W", 5}});
}

TEST(Frozen, WindowsInsideAnImageAreReadWhereTheyLie) {
  for (const int stride : {1, 2}) {
    const std::string text = fmt::format(R"(function f(N) {{
      input %x: f32[N, 24, 20, {1}]
      input %w: f32[100, 24, 3, 3]
      %y: f32[N, 100, 9, 24] = compute [n: N, o: 100, i: 9, j: 24, c: 24, p: 3, q: 3] write [n, o, i, j]
          sum mul(%x[n, c, add(mul({0}, i), p), add(mul({0}, j), q)], %w[o, c, p, q])
      output %y as "y" }})",
                                         stride, 23 * stride + 3);
    expect_same_frozen(text, {{"N", 2}});
    const graph::Function function = read_graph(text);
    const fuse::Plan plan = fuse::plan(function, bindings_with_model(function));
    const std::string schedule_text = schedule(plan, x86_64_v4()).kernels[0].explanation.schedule;
    EXPECT_EQ(schedule_text.find(
                  "if the model is frozen: contraction 12x32, rows j, lanes o, in panels of the model; "),
              0u)
        << schedule_text;
  }
}

TEST(Frozen, LargeImagesReadTheWeightsThemselves) {
  expect_same_frozen(convolution(24, 100, 3, 1), {{"N", 1}, {"H", 16}, {"W", 16}});
  expect_same_frozen(convolution(24, 100, 3, 1), {{"N", 1}, {"H", 16}, {"W", 17}}, 1, /*reads_panels=*/false);
}

TEST(Frozen, TwoProductsOfOneLeafShareItsPanels) {
  const std::string text = R"(function f(B) {
    input %x: f32[B, 128]
    input %w: f32[128, 128]
    %s: f32[B, 128] = compute [b: B, o: 128, i: 128] write [b, o] sum mul(%x[b, i], %w[o, i])
    %t: f32[B, 128] = compute [b: B, o: 128, i: 128] write [b, o] sum mul(%s[b, i], %w[SUBSCRIPTS])
    output %t as "t" })";
  const auto with = [&](const std::string& subscripts) {
    return std::string(text).replace(text.find("SUBSCRIPTS"), 10, subscripts);
  };
  expect_same_frozen(with("o, i"), {{"B", 5}}, 1);
  expect_same_frozen(with("i, o"), {{"B", 5}}, 2);
}

/// Of a model that is changed, only what others read: their kernels are the same then.
TEST(Frozen, AChangedModelHasNoPanelsOfItsOwn) {
  const graph::Function function = read_graph(R"(function f(B) {
    input %x: f32[B, 128]
    input %w: f32[128, 128]
    %s: f32[B, 128] = compute [b: B, o: 128, i: 128] write [b, o] sum mul(%x[b, i], %w[o, i])
    %t: f32[B, 128] = compute [b: B, o: 128, i: 128] write [b, o] sum mul(%s[b, i], %w[i, o])
    output %t as "t" })");
  fuse::Bindings bindings = bindings_with_model(function);
  const std::vector<fuse::FrozenPanels> all = fuse::plan(function, bindings).panels;
  ASSERT_EQ(all.size(), 2u);
  bindings.models[0].only.emplace();
  EXPECT_TRUE(fuse::plan(function, bindings).panels.empty());
  bindings.models[0].only = {all[1]};
  EXPECT_EQ(fuse::plan(function, bindings).panels, std::vector{all[1]});
}

TEST(Frozen, WhatDoesNotPayStaysAsItIs) {
  const auto product = [](const std::string& rows, const std::string& lanes, const std::string& write) {
    return "function f(B) { input %x: f32[" + rows + ", 128] input %w: f32[" + lanes + ", 128] %s: f32[" +
           (write == "b, o" ? rows + ", " + lanes : lanes + ", " + rows) + "] = compute [" +
           (write == "b, o" ? "b: " + rows + ", o: " + lanes : "o: " + lanes + ", b: " + rows) +
           ", i: 128] write [" + write + "] sum mul(%x[b, i], %w[o, i]) output %s as \"s\" }";
  };
  EXPECT_EQ(panels_of(product("B", "128", "b, o")), 1u);
  EXPECT_EQ(panels_of(product("5", "128", "b, o")), 1u);
  EXPECT_EQ(panels_of(product("4", "128", "b, o")), 0u) << "few rows";
  EXPECT_EQ(panels_of(product("B", "127", "b, o")), 0u) << "small";
  EXPECT_EQ(panels_of(product("B", "B", "b, o")), 0u) << "of unknown size";
  EXPECT_EQ(panels_of(product("B", "128", "o, b")), 1u) << "the rows neighbour in the result";
  const graph::Function function = read_graph(product("B", "128", "b, o"));
  EXPECT_TRUE(fuse::plan(function, bindings_of(function)).panels.empty()) << "no model";
  EXPECT_EQ(panels_of(R"(function f(B) {
    input %x: f32[B, 128]
    input %w: f32[256, 128]
    %s: f32[B, 128] = compute [b: B, o: 128, i: 128] write [b, o] sum mul(%x[b, i], %w[add(o, 64), i])
    output %s as "s" })"),
            0u)
      << "a part of a leaf";
}

}  // namespace
}  // namespace kiln::kernel
