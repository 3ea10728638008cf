#include <fmt/format.h>
#include <functional>

#include "read_graph.h"

namespace kiln::graph {
namespace {

std::vector<Tensor> run(const std::string& text, const std::map<std::string, int64_t>& dims,
                        const std::vector<Tensor>& inputs) {
  std::variant<std::vector<Tensor>, RuntimeFailure> result = interpret(read_valid(text), dims, inputs);
  if (const RuntimeFailure* failure = std::get_if<RuntimeFailure>(&result)) {
    ADD_FAILURE() << failure->message;
    return {};
  }
  return std::get<std::vector<Tensor>>(std::move(result));
}

/// h' = h + x[t] * (t + 1), with h' stacked; `head` says how often and in which direction.
std::string running_sum(const std::string& head, bool counts) {
  return fmt::format(R"(function f(T) {{
  input %x: f32[T]
  input %n: i64
  %zero: f32 = compute [] write [] assign 0.0
  %h: f32, %hs: f32[T]{} = loop t {} carried 1 (%zero, %x) function body(T, t) {{
    fact t >= 0
    fact T - t - 1 >= 0
    input %h: f32
    input %x: f32[T]
    %next: f32 = compute [] write [] assign add(%h, mul(%x[t], f32(add(t, 1))))
    output %next as "h"
    output %next as "hs"
  }}
  output %h as "h"
  output %hs as "hs"{}
}}
)",
                     counts ? ", %made: i64" : "", head, counts ? "\n  output %made as \"made\"" : "");
}

Tensor scalar(ElementType element, double value) { return tensor_of(element, {}, {value}); }

TEST(Loops, RepeatTheBodyAndStackWhatItGives) {
  const std::vector<Tensor> results = run(running_sum("below T", false), {{"T", 3}},
                                          {floats({3}, {1, 10, 100}), scalar(ElementType::i64, 0)});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(elements_of(results[0]), (std::vector<double>{321}));
  EXPECT_EQ(elements_of(results[1]), (std::vector<double>{1, 21, 321}));
}

TEST(Loops, CountDownWhenReversedAndStackAtTheCounter) {
  const std::vector<Tensor> results = run(running_sum("below T reversed", false), {{"T", 3}},
                                          {floats({3}, {1, 10, 100}), scalar(ElementType::i64, 0)});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(elements_of(results[1]), (std::vector<double>{321, 320, 300}));
}

TEST(Loops, OfNoRoundsGiveTheFirstValues) {
  const std::vector<Tensor> results =
      run(running_sum("below T", false), {{"T", 0}}, {floats({0}, {}), scalar(ElementType::i64, 0)});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(elements_of(results[0]), (std::vector<double>{0}));
  EXPECT_EQ(results[1].extents, (std::vector<int64_t>{0}));
}

TEST(Loops, MakeAsManyRoundsAsDataSaysWithinTheLimit) {
  const auto made = [](const std::string& head, double n) {
    return run(running_sum(head, true), {{"T", 3}}, {floats({3}, {1, 10, 100}), scalar(ElementType::i64, n)});
  };
  const std::vector<Tensor> two = made("below T rounds %n", 2);
  ASSERT_EQ(two.size(), 3u);
  EXPECT_EQ(elements_of(two[0]), (std::vector<double>{21}));
  EXPECT_EQ(elements_of(two[1]), (std::vector<double>{1, 21, 0}));
  EXPECT_EQ(elements_of(two[2]), (std::vector<double>{2}));
  EXPECT_EQ(elements_of(made("below T reversed rounds %n", 2)[1]), (std::vector<double>{21, 20, 0}));
  EXPECT_EQ(elements_of(made("below T rounds %n", -5)[2]), (std::vector<double>{0}));
  EXPECT_EQ(elements_of(made("below T rounds %n", 50)[2]), (std::vector<double>{3}));
}

/// Halves x while it is above 1.
std::string halving(const std::string& limit) {
  return R"(function f() {
  input %x: f32
  %first: bool = compute [] write [] assign lt(1.0, %x)
  %y: f32, %made: i64 = loop k )" +
         limit + R"( while %first carried 1 (%x) function body(k) {
    fact k >= 0
    input %x: f32
    %half: f32 = compute [] write [] assign mul(%x, 0.5)
    %more: bool = compute [] write [] assign lt(1.0, %half)
    output %half as "x"
    output %more as "more"
  }
  output %y as "y"
  output %made as "made"
}
)";
}

TEST(Loops, EndBeforeTheRoundThatIsNotToRun) {
  const auto results = [](const std::string& limit, double x) {
    const std::vector<Tensor> made = run(halving(limit), {}, {scalar(ElementType::f32, x)});
    return std::vector<double>{elements_of(made.at(0))[0], elements_of(made.at(1))[0]};
  };
  EXPECT_EQ(results("", 12), (std::vector<double>{0.75, 4}));
  EXPECT_EQ(results("", 1), (std::vector<double>{1, 0}));
  EXPECT_EQ(results("below 3", 12), (std::vector<double>{1.5, 3}));
}

TEST(Loops, SwapCarriedValues) {
  const std::vector<Tensor> results = run(R"(function f(T) {
  input %a: i32
  input %b: i32
  %a#2: i32, %b#2: i32 = loop t below T carried 2 (%a, %b) function body(T, t) {
    input %a: i32
    input %b: i32
    %c: i32 = compute [] write [] assign add(%a, %b)
    output %b as "a"
    output %c as "b"
  }
  output %a#2 as "a"
  output %b#2 as "b"
}
)",
                                          {{"T", 5}}, {integers({}, {0}), integers({}, {1})});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(elements_of(results[0]), (std::vector<double>{5}));
  EXPECT_EQ(elements_of(results[1]), (std::vector<double>{8}));
}

TEST(Loops, EndTheCallWhereACheckFails) {
  const Function function = read_valid(R"(function f(T) {
  input %x: i32[T]
  loop t below T carried 0 (%x) function f(T, t) {
    fact t >= 0
    fact T - t - 1 >= 0
    input %x: i32[T]
    %fine: bool = compute [] write [] assign lt(%x[t], 3:i32)
    check assertion %fine message "x is small" at "a.model:1:1"
  }
  output %x as "y"
}
)");
  EXPECT_TRUE(has_effect(function.nodes[1]));
  const auto fine = interpret(function, {{"T", 2}}, {integers({2}, {1, 2})});
  EXPECT_TRUE(std::holds_alternative<std::vector<Tensor>>(fine));
  const auto failed = interpret(function, {{"T", 2}}, {integers({2}, {1, 3})});
  ASSERT_TRUE(std::holds_alternative<RuntimeFailure>(failed));
  EXPECT_EQ(std::get<RuntimeFailure>(failed).message, "a.model:1:1: f: assertion failed: x is small");
}

TEST(Loops, AreReadAsTheyArePrinted) {
  for (const std::string& text :
       {running_sum("below T", false), running_sum("below T reversed recompute rounds %n", true), halving(""),
        halving("below 3")}) {
    const std::string printed = print(read_valid(text));
    EXPECT_EQ(print(read_valid(printed)), printed);
    EXPECT_NE(printed.find(" = loop "), std::string::npos);
  }
}

TEST(Loops, AreVerified) {
  const auto broken = [](const std::string& text, const std::function<void(Loop&)>& change) {
    Function function = read_valid(text);
    for (Node& node : function.nodes)
      if (Loop* loop = std::get_if<Loop>(&node.op)) change(*loop);
    return verify(function).value_or("");
  };
  const auto with_body = [](Loop& loop, const std::function<void(Function&)>& change) {
    Function body = *loop.body;
    change(body);
    loop.body = std::make_shared<const Function>(std::move(body));
  };
  const std::string sum = running_sum("below T", false);
  const auto says = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  says(broken(sum, [](Loop& loop) { loop.counter = "T"; }),
       "the counter `T` is a dim of the function around");
  says(broken(sum, [](Loop& loop) { loop.counter = "s"; }), "the counter `s` is no dim of the body");
  says(broken(sum, [](Loop& loop) { loop.limit.reset(); }), "a loop that never ends");
  says(broken(sum, [](Loop& loop) { loop.limit = dim::Dim::symbol("Z"); }), "`Z` is not a dim");
  says(broken(sum, [](Loop& loop) { loop.operands.pop_back(); }), "1 operands instead of 2");
  says(broken(sum, [](Loop& loop) { std::swap(loop.operands[0], loop.operands[1]); }),
       "operand 0 has the wrong");
  says(broken(sum, [](Loop& loop) { loop.carried_count = 3; }), "more carried values");
  says(broken(sum, [](Loop& loop) { loop.rounds = loop.operands[0]; }), "are not a i64 of rank 0");
  says(broken(sum, [&](Loop& loop) { with_body(loop, [](Function& body) { body.outputs.pop_back(); }); }),
       "differ in number");
  says(broken(sum,
              [&](Loop& loop) { with_body(loop, [](Function& body) { body.outputs[0] = body.inputs[1]; }); }),
       "carried value 0 changes its type");
  says(broken(sum, [&](Loop& loop) { with_body(loop, [](Function& body) { body.dims.push_back("U"); }); }),
       "the body has the dim `U`");
  says(broken(halving(""), [](Loop& loop) { loop.reversed = true; }), "a reversed loop with a condition");
  says(broken(halving("below 3"), [](Loop& loop) { loop.go_on.reset(); }), "result 1 has the wrong type");
}

}  // namespace
}  // namespace kiln::graph
