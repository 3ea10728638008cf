// What derivatives keep and what they make again: the choice by costs, and under a bound of bytes.
#include <gmock/gmock.h>

#include "harness.h"
#include "transform/choose_kept.h"
#include "transform/expand_derivatives.h"
#include "transform/fit_train_memory.h"
#include "transform/specialise_dims.h"

namespace kiln::transform {
namespace {

using graph::Function;
using graph::Loop;
using graph::ValueId;
using testing::ElementsAre;

ValueId named(const Function& function, const std::string& name) {
  for (uint32_t k = 0; k < function.values.size(); ++k)
    if (function.values[k].name == name) return {k};
  ADD_FAILURE() << "no value " << name;
  return {};
}

/// The names of what is kept where these values are read, inputs being at hand.
std::vector<std::string> kept(const Function& function, const std::vector<std::string>& read) {
  std::vector<ValueId> values;
  for (const std::string& name : read) values.push_back(named(function, name));
  const auto is_input = [&](const graph::Node& node) {
    return std::holds_alternative<graph::Input>(node.op);
  };
  KeepingCosts costs;
  costs.keep = [&](ValueId value) {
    return is_input(function.node_of(value)) ? 0 : cost_of_keeping(function.type_of(value));
  };
  costs.again = [&](const graph::Node& node) {
    return cost_of_map(function, node).value_or(int64_t{1} << 60);
  };
  const std::optional<Kept> found = choose_kept(function, values, costs);
  std::vector<std::string> names;
  if (!found) return {"nothing possible"};
  for (ValueId value : found->values) names.push_back(function[value].name);
  return names;
}

constexpr const char* maps = R"(
function maps(N) {
  input %x: f32[N]
  %cheap: f32[N] = compute [i: N] write [i] assign mul(%x[i], %x[i])
  %dear: f32[N] = compute [i: N] write [i] assign tanh(%x[i])
  %from_dear: f32[N] = compute [i: N] write [i] assign add(%dear[i], %x[i])
  %twice: f32[N] = compute [i: N] write [i] assign mul(%from_dear[i], %from_dear[i])
  %total: f32 = compute [i: N] write [] sum %twice[i]
  %scaled: f32[N] = compute [i: N] write [i] assign mul(%total, %x[i])
  %few: bool[N] = compute [i: N] write [i] assign lt(%dear[i], %twice[i])
  output %few as "few"
  output %scaled as "scaled"
})";

TEST(ChooseKept, MakesCheapMapsAgain) {
  const Function function = parse(maps);
  EXPECT_THAT(kept(function, {"cheap"}), ElementsAre("x"));
  EXPECT_THAT(kept(function, {"dear"}), ElementsAre("dear"));
  EXPECT_THAT(kept(function, {"dear", "from_dear", "twice"}), ElementsAre("x", "dear"))
      << "one instead of three";
  EXPECT_THAT(kept(function, {"scaled"}), ElementsAre("x", "total")) << "a sum is kept";
}

TEST(ChooseKept, KeepsWhatTakesTheLeastMemory) {
  EXPECT_THAT(kept(parse(maps), {"few"}), ElementsAre("few")) << "bytes of bools instead of floats";
}

TEST(LoopDerivatives, MakeCheapMapsOfWhatIsKeptAgain) {
  const Function function = parse(R"(
function rounds(T, N) {
  input %w: f64[N]
  input %x: f64[N]
  %y: f64[N] = loop t below T carried 1 (%x, %w) function body(T, N, t) {
    fact t >= 0
    fact T - t - 1 >= 0
    input %y: f64[N]
    input %w: f64[N]
    %a: f64[N] = compute [i: N] write [i] assign tanh(%y[i])
    %b: f64[N] = compute [i: N] write [i] assign mul(%a[i], %w[i])
    %c: f64[N] = compute [i: N] write [i] assign add(mul(%b[i], %b[i]), %a[i])
    %d: f64[N] = compute [i: N] write [i] assign mul(%c[i], %c[i])
    output %d as "y"
  }
  %loss: f64 = compute [i: N] write [] sum %y[i]
  output %loss as "loss"
})");
  const Function reverse = reverse_of(function, 2, {0});
  size_t stacked = 0;
  for (const graph::Node& node : reverse.nodes)
    if (const auto* loop = std::get_if<Loop>(&node.op); loop != nullptr && !loop->reversed)
      stacked += loop->stacked_count();
  EXPECT_EQ(stacked, 1u) << "tanh alone: of it, and of w, the others are made again";
}

/// Six layers of 1000 elements; each keeps what its derivative reads.
std::string layers(const std::string& layer) {
  std::string text = R"(
function layers() {
  input %x: f64[1000]
  input %w: f64[1000]
  input %m: f64[1000, 1000]
  %one: f64 = compute [] write [] assign 1.0:f64
  %loss: f64, %gx: f64[1000], %gw: f64[1000] = derivative reverse wrt 2 seeded [0] (%x, %w, %m, %one) function block() {
    input %a0: f64[1000]
    input %w: f64[1000]
    input %m: f64[1000, 1000]
)";
  for (int k = 1; k <= 6; ++k) {
    std::string next = layer;
    for (const auto& [from, to] : {std::pair{"NEXT", k}, std::pair{"LAST", k - 1}})
      for (size_t at; (at = next.find(from)) != std::string::npos;)
        next.replace(at, 4, "a" + std::to_string(to));
    text += next;
  }
  return text + R"(
    %loss: f64 = compute [i: 1000] write [] sum mul(%a6[i], %a6[i])
    output %loss as "loss"
  }
  output %loss as "loss"
  output %gx as "gx"
  output %gw as "gw"
})";
}

constexpr const char* map_layer =
    "    %NEXT: f64[1000] = compute [i: 1000] write [i] assign tanh(mul(%LAST[i], %w[i]))\n";

void expect_same(const Function& given, const Function& fitting) {
  const Tensors inputs = random_inputs(given, {}, 3);
  const Tensors a = run(tidied(expand_derivatives(given)), {}, inputs);
  const Tensors b = run(tidied(expand_derivatives(fitting)), {}, inputs);
  ASSERT_EQ(a.size(), b.size());
  for (size_t k = 0; k < a.size(); ++k)
    for (int64_t i = 0; i < a[k].count(); ++i)
      ASSERT_NEAR(a[k].at(i).real, b[k].at(i).real, 1e-13 * (1 + std::abs(a[k].at(i).real)));
}

TEST(FitTrainMemory, LeavesWhatFits) {
  const Function function = parse(layers(map_layer));
  std::vector<TrainMemoryProblem> problems;
  const Function fitting = fit_train_memory(function, 48000, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(printed(fitting).find("recompute"), std::string::npos);
}

TEST(FitTrainMemory, MakesMapsAgainWhereThatIsEnough) {
  const Function function = parse(layers(map_layer));
  std::vector<TrainMemoryProblem> problems;
  const Function fitting = fit_train_memory(function, 20000, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_NE(printed(fitting).find("recompute"), std::string::npos);
  expect_same(function, fitting);
}

TEST(FitTrainMemory, MakesSumsAgainUnderATighterBound) {
  const Function function = parse(
      layers("    %LAST_m: f64[1000] = compute [i: 1000, j: 1000] write [i] sum mul(%m[i, j], %LAST[j])\n"
             "    %NEXT: f64[1000] = compute [i: 1000] write [i] assign tanh(mul(%LAST_m[i], %w[i]))\n"));
  std::vector<TrainMemoryProblem> problems;
  const Function fitting = fit_train_memory(function, 100, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_NE(printed(fitting).find("recompute"), std::string::npos);
}

constexpr const char* rounds = R"(
function rounds(N) {
  input %x: f64[N]
  %one: f64 = compute [] write [] assign 1.0:f64
  %loss: f64, %gx: f64[N] = derivative reverse wrt 1 seeded [0] (%x, %one) function block(N) {
    input %x: f64[N]
    %y: f64[N] = loop t below 100 carried 1 (%x, %x) function body(N, t) {
      fact t >= 0
      fact 99 - t >= 0
      input %y: f64[N]
      input %x: f64[N]
      %d: f64[N] = compute [i: N] write [i] assign tanh(mul(%y[i], %x[i]))
      output %d as "y"
    }
    %loss: f64 = compute [i: N] write [] sum mul(%y[i], %y[i])
    output %loss as "loss"
  }
  output %loss as "loss"
  output %gx as "gx"
})";

TEST(FitTrainMemory, GivesLoopsCheckpoints) {
  const Function function = specialise_dims(parse(rounds), {{"N", 7}});
  std::vector<TrainMemoryProblem> problems;
  const Function fitting = fit_train_memory(function, 1000, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_NE(printed(fitting).find("t_part below 10 recompute"), std::string::npos) << printed(fitting);
  expect_same(function, fitting);
}

TEST(FitTrainMemory, SaysWhatIsTheLeast) {
  std::vector<TrainMemoryProblem> problems;
  fit_train_memory(specialise_dims(parse(rounds), {{"N", 7}}), 10, problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].unknown, ElementsAre());
  const int64_t least = problems[0].least;
  EXPECT_GT(least, 10);
  problems.clear();
  fit_train_memory(specialise_dims(parse(rounds), {{"N", 7}}), least, problems);
  EXPECT_TRUE(problems.empty()) << "what is said to be the least suffices";
}

TEST(FitTrainMemory, NeedsNumbers) {
  std::vector<TrainMemoryProblem> problems;
  fit_train_memory(parse(rounds), 1000, problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].unknown, ElementsAre("N"));
}

}  // namespace
}  // namespace kiln::transform
