// What derivatives keep and what they make again: the choice by costs, and under a bound of bytes.
#include <gmock/gmock.h>

#include "derivative_cases.h"
#include "harness.h"
#include "transform/choose_kept.h"
#include "transform/expand_derivatives.h"
#include "transform/specialise_dims.h"
#include "transform/train_memory_forms.h"

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

void expect_same(const Function& given, const Function& fitting, const Dims& dims = {}, double low = -1.5,
                 double high = 1.5) {
  const Tensors inputs = random_inputs(given, dims, 3, low, high);
  const Tensors a = run(tidied(expand_derivatives(given)), dims, inputs);
  const Tensors b = run(tidied(expand_derivatives(fitting)), dims, inputs);
  ASSERT_EQ(a.size(), b.size());
  for (size_t k = 0; k < a.size(); ++k)
    for (int64_t i = 0; i < a[k].count(); ++i)
      ASSERT_NEAR(a[k].at(i).real, b[k].at(i).real, 1e-13 * (1 + std::abs(a[k].at(i).real)));
}

size_t count_of(const std::string& text, const std::string& word) {
  size_t count = 0;
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

TEST(TrainMemoryForms, BeginWithTheFunctionAsItIs) {
  const Function function = parse(layers(map_layer));
  EXPECT_EQ(printed(in_form(function, train_memory_forms().front())), printed(function));
}

TEST(TrainMemoryForms, MakeMapsAgainWhereMemoryIsDear) {
  const Function function = parse(layers(map_layer));
  EXPECT_EQ(count_of(printed(in_form(function, {1, 1, 0})), "recompute"), 0u)
      << "tanh costs more than 8 bytes";
  const Function form = in_form(function, {128, 1, 0});
  EXPECT_EQ(count_of(printed(form), "recompute"), 1u);
  expect_same(function, form);
}

TEST(TrainMemoryForms, MakePartsAgainEachByItself) {
  const Function function = parse(layers(map_layer));
  const Function form = in_form(function, {128, 2, 0});
  EXPECT_EQ(count_of(printed(form), "recompute"), 2u);
  expect_same(function, form);
}

TEST(TrainMemoryForms, MakeSumsAgainWhereMemoryIsDearer) {
  const Function function = parse(
      layers("    %LAST_m: f64[1000] = compute [i: 1000, j: 1000] write [i] sum mul(%m[i, j], %LAST[j])\n"
             "    %NEXT: f64[1000] = compute [i: 1000] write [i] assign tanh(mul(%LAST_m[i], %w[i]))\n"));
  const auto sums_in_regions = [&](int64_t price) {  // the bodies of regions are indented further
    return printed(in_form(function, {price, 1, 0})).find("\n      %a3_m: ") != std::string::npos;
  };
  EXPECT_FALSE(sums_in_regions(16));
  EXPECT_TRUE(sums_in_regions(1 << 20));
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

TEST(TrainMemoryForms, GiveLoopsCheckpoints) {
  const Function function = specialise_dims(parse(rounds), {{"N", 7}});
  const Function once = in_form(function, {0, 1, 1});
  EXPECT_NE(printed(once).find("below 10 recompute"), std::string::npos) << printed(once);
  expect_same(function, once);
  const Function twice = in_form(function, {0, 1, 2});  // 5 is the cube root of 100, rounded up
  EXPECT_NE(printed(twice).find("below 4 recompute"), std::string::npos) << printed(twice);
  EXPECT_NE(printed(twice).find("below (min(100 - 25*t_part, 25) + 4) / 5 recompute"), std::string::npos)
      << printed(twice);
  expect_same(function, twice);
}

/// A function that gives the reverse derivative of another.
Function differentiated(const DerivativeCase& test) {
  const Function block = specialise_dims(parse(test.text), test.dims);
  Function function;
  function.name = block.name;
  graph::Builder builder(function);
  graph::Derivative derivative;
  derivative.body = std::make_shared<const Function>(block);
  derivative.wrt_count = test.wrt;
  for (const ValueId input : block.inputs) {
    derivative.operands.push_back(builder.input(block[input].name, block.type_of(input)));
    function.values[derivative.operands.back().number].range = block[input].range;
  }
  for (uint32_t k = 0; k < block.outputs.size(); ++k) {
    derivative.seeded.push_back(k);
    derivative.operands.push_back(builder.input("c" + std::to_string(k), block.type_of(block.outputs[k])));
  }
  const std::vector<ValueId> results = builder.derivative(std::move(derivative));
  for (size_t k = 0; k < results.size(); ++k) builder.output(results[k], "r" + std::to_string(k));
  return function;
}

TEST(TrainMemoryForms, AllGiveTheSameDerivatives) {
  std::vector<DerivativeCase> cases = network_cases();
  for (const DerivativeCase& loop : loop_cases()) cases.push_back(loop);
  size_t different = 0;
  for (const DerivativeCase& test : cases) {
    SCOPED_TRACE(test.name);
    const Function function = differentiated(test);
    std::set<std::string> seen = {printed(function)};
    for (const TrainMemoryForm& form : train_memory_forms()) {
      const Function made = in_form(function, form);
      if (!seen.insert(printed(made)).second) continue;
      ++different;
      expect_same(function, made, {}, test.low, test.high);
    }
  }
  EXPECT_GT(different, cases.size()) << "forms that change something";
}

TEST(TrainMemoryForms, KnowWhereADerivativeIs) {
  EXPECT_TRUE(first_reverse_derivative(parse(rounds)).has_value());
  EXPECT_FALSE(first_reverse_derivative(parse(maps)).has_value());
}

}  // namespace
}  // namespace kiln::transform
