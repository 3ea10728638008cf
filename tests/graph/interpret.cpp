#include "graph/interpret.h"

#include <chrono>
#include <cmath>
#include <limits>

#include "read_graph.h"

namespace kiln::graph {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::vector<Tensor> run(const std::string& text, const std::map<std::string, int64_t>& dims,
                        const std::vector<Tensor>& inputs) {
  const Function function = read_valid(text);
  std::variant<std::vector<Tensor>, RuntimeFailure> result = interpret(function, dims, inputs);
  if (const RuntimeFailure* failure = std::get_if<RuntimeFailure>(&result)) {
    ADD_FAILURE() << failure->message;
    return {};
  }
  return std::get<std::vector<Tensor>>(std::move(result));
}

std::string failure_of(const std::string& text, const std::map<std::string, int64_t>& dims,
                       const std::vector<Tensor>& inputs) {
  const std::variant<std::vector<Tensor>, RuntimeFailure> result = interpret(read_valid(text), dims, inputs);
  const RuntimeFailure* failure = std::get_if<RuntimeFailure>(&result);
  return failure == nullptr ? "" : failure->message;
}

/// The elements of the only output %y of a function of %x: f32[N], %n: i32[N] with these nodes.
std::vector<double> vector_result(const std::string& nodes, const std::vector<double>& x,
                                  const std::vector<double>& n) {
  const auto length = static_cast<int64_t>(x.size());
  const std::vector<Tensor> outputs =
      run("function f(N) { input %x: f32[N] input %n: i32[N] " + nodes + " output %y as \"y\" }",
          {{"N", length}}, {floats({length}, x), integers({length}, n)});
  return outputs.empty() ? std::vector<double>{} : elements_of(outputs[0]);
}

/// NaN is equal to NaN.
void expect_elements(const std::vector<double>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_TRUE(found[i] == expected[i] || (std::isnan(found[i]) && std::isnan(expected[i])))
        << "element " << i << " is " << found[i];
}

TEST(Interpret, AMatrixProductWithBias) {
  const std::vector<Tensor> outputs =
      run(R"(
    function f(B) {
      input %x: f32[B, 3]
      input %w: f32[2, 3]
      input %bias: f32[2]
      %p: f32[B, 2] = compute [b: B, o: 2, i: 3] write [b, o] sum mul(%x[b, i], %w[o, i])
      %y: f32[B, 2] = compute [b: B, o: 2] write [b, o] assign add(%p[b, o], %bias[o])
      output %y as "y"
      output %x as "x"
    })",
          {{"B", 2}},
          {floats({2, 3}, {1, 2, 3, 4, 5, 6}), floats({2, 3}, {1, 0, -1, 2, 2, 2}), floats({2}, {10, 20})});
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[0].extents, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(elements_of(outputs[0]), (std::vector<double>{8, 32, 8, 50}));
  EXPECT_EQ(elements_of(outputs[1]), (std::vector<double>{1, 2, 3, 4, 5, 6}));
}

TEST(Interpret, EveryReducerFoldsAndPassesNanOn) {
  struct Case {
    std::string type, reducer;
    std::vector<double> x;
    double result;
  };
  const std::vector<Case> cases = {
      {"f32", "sum %x[i]", {1, 2, 4}, 7},
      {"f32", "prod %x[i]", {2, 3, 4}, 24},
      {"f32", "min %x[i]", {2, -3, 4}, -3},
      {"f32", "max %x[i]", {2, -3, 4}, 4},
      {"f32", "max %x[i]", {2, nan, 4}, nan},
      {"f32", "min %x[i]", {nan, -inf, 4}, nan},
      {"bool", "any lt(3.0, %x[i])", {1, 4, 1}, 1},
      {"bool", "all lt(3.0, %x[i])", {4, 1, 4}, 0},
      {"i32", "argmax[i] %x[i]", {1, 5, 5}, 1},
      {"i32", "argmin[i] %x[i]", {3, 1, 1}, 1},
      {"i32", "argmax[i] %x[i]", {1, nan, nan}, 1},
      {"i32", "argmax[i] %x[i]", {-inf, -inf, -inf}, 0},
      {"f32", "last %x[i]", {1, 2, 3}, 3},
      {"i32", "sum %n[i]", {0, 0, 0}, 3},
      {"i32", "max sub(%n[i], 5:i32)", {0, 0, 0}, -4},
  };
  for (const Case& row : cases) {
    const std::string nodes = "%y: " + row.type + " = compute [i: N] write [] " + row.reducer;
    expect_elements(vector_result(nodes, row.x, {1, 1, 1}), {row.result});
  }
}

TEST(Interpret, CellsThatNoPointWritesHoldTheNeutralElement) {
  struct Case {
    std::string type, reducer;
    double result;
  };
  const std::vector<Case> cases = {
      {"f32", "sum 1.0", 0},    {"f32", "prod 2.0", 1},       {"f32", "max 1.0", -inf},
      {"f32", "min 1.0", inf},  {"i8", "max 1:i8", -128},     {"i8", "min 1:i8", 127},
      {"u8", "max 1:u8", 0},    {"u8", "min 1:u8", 255},      {"bool", "any true", 0},
      {"bool", "all false", 1}, {"i32", "argmax[i] 1.0", -1}, {"i32", "argmin[i] 1.0", -1},
      {"f32", "assign 1.0", 0}, {"f32", "last 1.0", 0},       {"i32", "prod 2:i32", 1},
  };
  for (const Case& row : cases) {
    // By an empty domain, and by a guard that never holds.
    expect_elements(vector_result("%y: " + row.type + " = compute [i: 0] write [] " + row.reducer, {1}, {1}),
                    {row.result});
    expect_elements(
        vector_result("%y: " + row.type + " = compute [i: N] write [] where lt(%x[i], 0.0) " + row.reducer,
                      {1}, {1}),
        {row.result});
  }
}

TEST(Interpret, SumsOfSmallFloatsAreRoundedOnce) {
  const std::vector<Tensor> outputs = run(R"(
    function f() {
      %s: f16 = compute [i: 4096] write [] sum 1.0:f16
      %t: f32 = compute [i: 3] write [] sum select(eq(i, 0), 1e8, select(eq(i, 1), 1.0, -1e8))
      output %s as "s"
      output %t as "t"
    })",
                                          {}, {});
  EXPECT_EQ(outputs[0].at(0).real, 4096);  // in f16 the sum would stick at 2048
  EXPECT_EQ(outputs[1].at(0).real, 1);
}

TEST(Interpret, WritesThroughDataAddUpOrKeepTheLast) {
  expect_elements(
      vector_result("%y: f32[4] = compute [i: N] write [i64(%n[i])] sum %x[i]", {1, 2, 4}, {3, 1, 3}),
      {0, 2, 0, 5});
  expect_elements(
      vector_result("%y: f32[4] = compute [i: N] write [i64(%n[i])] last %x[i]", {1, 2, 4}, {3, 1, 3}),
      {0, 2, 0, 4});
  expect_elements(vector_result("%y: f32[6] = compute [i: N] write [add(mul(2, i), 1)] assign %x[i]",
                                {1, 2, 4}, {0, 0, 0}),
                  {0, 1, 0, 2, 0, 4});
}

TEST(Interpret, GathersThroughDataAndQuotients) {
  expect_elements(
      vector_result("%y: f32[N] = compute [i: N] write [i] assign %x[i64(%n[i])]", {1, 2, 4}, {2, 0, 2}),
      {4, 1, 4});
  expect_elements(
      vector_result(
          "%y: f32[6] = compute [i: 6] write [i] assign mul(%x[quot(i, 2)], f32(rem(sub(i, 3), 2)))",
          {1, 2, 4}, {0, 0, 0}),
      {1, 0, 2, 0, 4, 0});
}

TEST(Interpret, GuardsStandBeforeSubscripts) {
  // Each of these reads outside its tensor where the guard does not hold, which would end the process.
  expect_elements(vector_result("%y: f32[N] = compute [i: N] write [i] where lt(0, i) assign %x[sub(i, 1)]",
                                {1, 2, 4}, {0, 0, 0}),
                  {0, 1, 2});
  expect_elements(
      vector_result("%y: f32[N] = compute [i: N] write [i] assign select(lt(0, i), %x[sub(i, 1)], 9.0)",
                    {1, 2, 4}, {0, 0, 0}),
      {9, 1, 2});
  expect_elements(
      vector_result("%y: bool[N] = compute [i: N] write [i] assign and(lt(0, i), lt(1.5, %x[sub(i, 1)]))",
                    {1, 2, 4}, {0, 0, 0}),
      {0, 0, 1});
  expect_elements(
      vector_result("%y: bool[N] = compute [i: N] write [i] assign or(eq(i, 0), lt(1.5, %x[sub(i, 1)]))",
                    {1, 2, 4}, {0, 0, 0}),
      {1, 0, 1});
  expect_elements(
      vector_result(
          "%y: f32[N] = compute [i: N] write [i] where le(0:i32, %n[i]), lt(0.0, %x[i64(%n[i])]) sum 1.0",
          {1, -2, 4}, {-7, 1, 2}),
      {0, 0, 1});
}

TEST(Interpret, AnOuterGuardHoldsForInnerReads) {
  // The read depends on the outer index alone; it may not move in front of the guard.
  expect_elements(
      vector_result("%y: f32[N] = compute [i: N, j: 2] write [i] where lt(0, i) sum %x[sub(i, 1)]", {1, 2, 4},
                    {0, 0, 0}),
      {0, 2, 4});
  expect_elements(
      vector_result("%y: f32[N] = compute [i: N, j: 3] write [i] where lt(j, i) sum mul(%x[sub(sub(i, j), "
                    "1)], %x[sub(i, 1)])",
                    {1, 2, 4}, {0, 0, 0}),
      {0, 1, 6});
}

TEST(Interpret, SharedPiecesOfLazyBranchesAreEvaluatedWhereTheyAreNeeded) {
  // $0 reads outside at i = 0; it is used in both branches of one choice, and under another.
  expect_elements(vector_result(R"(
      %y: f32[N] = compute [i: N]
        $0 = exp(mul(%x[sub(i, 1)], 0.0))
        write [i] assign add(
            select(lt(0, i), select(lt(1, i), add($0, 1.0), add($0, 2.0)), 0.5),
            select(eq(i, 0), 0.25, mul($0, 4.0))))",
                                {1, 2, 4}, {0, 0, 0}),
                  {0.75, 7, 6});
}

TEST(Interpret, ALongChainOfChoicesStaysLinear) {
  // Each level uses the one below in both branches; without sharing this would take 2^40 steps.
  std::string nodes = "%y: f32[N] = compute [i: N] $0 = add(%x[sub(i, 1)], 1.0)";
  for (int level = 1; level <= 40; ++level) {
    const std::string below = "$" + std::to_string(level - 1);
    nodes += " $" + std::to_string(level) + " = select(lt(%x[i], " + std::to_string(level % 5) + ".0), add(" +
             below + ", 1.0), sub(" + below + ", 1.0))";
  }
  nodes += " write [i] assign select(lt(0, i), $40, 0.0)";
  expect_elements(vector_result(nodes, {0, 10, -10}, {0, 0, 0}), {0, 1 - 40, 11 + 40});
}

TEST(Interpret, SortIsStableAndPutsNanOnTop) {
  expect_elements(vector_result("%y: f32[N], %p: i32[N] = sort %x", {2, nan, 1, 2}, {0, 0, 0, 0}),
                  {1, 2, 2, nan});
  expect_elements(vector_result("%v: f32[N], %y: i32[N] = sort %x", {2, nan, 1, 2}, {0, 0, 0, 0}),
                  {2, 0, 3, 1});
  expect_elements(
      vector_result("%v: f32[2], %y: i32[2] = sort %x descending count 2", {2, 1, 3, 3}, {0, 0, 0, 0}),
      {2, 3});
}

TEST(Interpret, RandomBitsDependOnKeyAndPositionAlone) {
  const std::vector<double> bits = vector_result(
      "%y: u32[N] = compute [i: N] write [i] assign random_bits(0:u64, u64(i))", {0, 0, 0}, {0, 0, 0});
  expect_elements(bits, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c});
}

TEST(Interpret, DimsAndConstantsAreValues) {
  expect_elements(
      vector_result("%c: f32[2] = constant [0.5, 0.25] %y: f32[2] = compute [i: 2] write [i] assign "
                    "mul(%c[i], f32({2*N - 1}))",
                    {0, 0, 0}, {0, 0, 0}),
      {2.5, 1.25});
}

TEST(Interpret, ChecksEndTheRunWithTheirMessage) {
  const std::string text = R"(
    function f(N) {
      fact N - 2 >= 0
      input %n: i32[N]
      %low: i64 = compute [i: N] write [] min i64(%n[i])
      %high: i64 = compute [i: N] write [] max i64(%n[i])
      check index %low, %high < 10 of "logits" axis 1 at "mlp.model:14:20"
      %fine: bool = compute [i: N] write [] all ne(%n[i], 5:i32)
      check assertion %fine message "no five" at "mlp.model:15:3"
      %nonzero: bool = compute [i: N] write [] all ne(%n[i], 0:i32)
      check divisor %nonzero at "mlp.model:16:3"
      %y: i32[N] = compute [i: N] write [i] assign quot(10:i32, %n[i])
      output %y as "y"
    })";
  const auto message = [&](const std::vector<double>& n) {
    return failure_of(text, {{"N", static_cast<int64_t>(n.size())}},
                      {integers({static_cast<int64_t>(n.size())}, n)});
  };
  EXPECT_EQ(message({3, 12}),
            "mlp.model:14:20: f: index 12 is outside axis 1 of `logits`, which has 10 elements");
  EXPECT_EQ(message({3, -1}),
            "mlp.model:14:20: f: index -1 is outside axis 1 of `logits`, which has 10 elements");
  EXPECT_EQ(message({3, 5}), "mlp.model:15:3: f: assertion failed: no five");
  EXPECT_EQ(message({3, 0}), "mlp.model:16:3: f: an integer is divided by zero");
  EXPECT_EQ(message({3, 4}), "");
  EXPECT_EQ(message({3}), "`N >= 2` does not hold");
}

TEST(Interpret, InputsAreCheckedAgainstTheirTypes) {
  const std::string text = "function f(N) { input %x: f32[N, 2] output %x as \"x\" }";
  EXPECT_EQ(failure_of(text, {}, {}), "the dim N has no value");
  EXPECT_EQ(failure_of(text, {{"N", -1}}, {}), "the dim N is -1");
  EXPECT_EQ(failure_of(text, {{"N", 1}}, {}), "0 inputs instead of 1");
  EXPECT_EQ(failure_of(text, {{"N", 1}}, {integers({1, 2}, {1, 2})}), "input `x` is i32 instead of f32");
  EXPECT_EQ(failure_of(text, {{"N", 1}}, {floats({2, 2}, {1, 2, 3, 4})}),
            "input `x` has the shape [2, 2] instead of [1, 2]");
}

using InterpretDeathTest = testing::Test;

TEST(InterpretDeathTest, ReadsAndWritesOutsideAreInternalErrors) {
  EXPECT_EXIT(vector_result("%y: f32[N] = compute [i: N] write [i] assign %x[add(i, 1)]", {1, 2}, {0, 0}),
              testing::ExitedWithCode(3), "read outside `x` axis 0 has extent 2, index 2");
  EXPECT_EXIT(vector_result("%y: f32[N] = compute [i: N] write [i64(%n[i])] sum %x[i]", {1, 2}, {0, -4}),
              testing::ExitedWithCode(3), "write outside the result axis 0 has extent 2, index -4");
  EXPECT_EXIT(vector_result("%y: f32[N] = compute [i: N] write [i64(%n[i])] assign %x[i]", {1, 2}, {1, 1}),
              testing::ExitedWithCode(3), "a cell is assigned twice");
}

TEST(Interpret, TwentyMillionProductsTakeSeconds) {
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<Tensor> outputs = run(R"(
    function f() {
      %x: f32[64, 512] = compute [b: 64, i: 512] write [b, i] assign f32(add(b, i))
      %w: f32[512, 625] = compute [i: 512, o: 625] write [i, o] assign f32(sub(i, o))
      %y: f32[64, 625] = compute [b: 64, o: 625, i: 512] write [b, o] sum mul(%x[b, i], %w[i, o])
      output %y as "y"
    })",
                                          {}, {});
  double expected = 0;
  for (int i = 0; i < 512; ++i) expected += (3.0 + i) * (i - 7.0);
  EXPECT_EQ(outputs[0].at(3 * 625 + 7).real, static_cast<double>(static_cast<float>(expected)));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  EXPECT_LT(seconds.count(), 20) << "also for a busy machine without optimisation";
  RecordProperty("seconds", std::to_string(seconds.count()));
}

}  // namespace
}  // namespace kiln::graph
