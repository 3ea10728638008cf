#include "graph/text.h"

#include <bit>
#include <random>

#include "graph/reducer.h"
#include "read_graph.h"

namespace kiln::graph {
namespace {

const char* const everything = R"(function everything(B, T, H) {
  fact B - 1 >= 0
  fact H - 2*(H / 2) == 0
  fact either(B != 0, both(T - 4 >= 0, H - 2*T >= 0))
  input %x: f32[B, T]
  input %tokens: i32[B] in 0..2*T - 1
  input %mask: bool[T] named "the mask"
  input %w.weight: f32[T]
  input %4: f32[B, T]
  input %"odd \"name\"": u64
  %h: f32[B] = compute [b: B, t: T] write [b] where lt(t, {B - 1}), %mask[t] sum mul(%x[b, t], f32(b))
  %h#2: f32[B, (H + T) / 2] = compute [b: B, i1: (H + T) / 2] write [b, i1] assign 0.1
  %p: f64[B] = compute [b: B]
    $0 = exp(%h[sub(sub(B, b), 1)])
    write [b] assign f64(add($0, mul($0, -1.5e-08)))
  %place: i32[B] in 0..T = compute [b: B, t: T] write [b] argmax[t] %x[b, t]
  %s: f32[T] = compute [b: B] write [i64(%tokens[b])] sum 1.0
  %l: u64 = compute [] write [] assign select(true, random_bits_of, 18446744073709551615:u64)
  %c: f32[6] = constant [1.0, -0.0, inf, -inf, nan, 1e-45]
  %d: i64[2] = constant [-9223372036854775808, 3]
  %e: u4[3] = constant hex "010f00"
  %f: f32[B] = stop_gradient %h
  %v: f32[B, T], %i: i32[B, T] in 0..T = sort %x
  %k: f32[B, min(T, 3)], %j: i32[B, min(T, 3)] in 0..T = sort %x descending count min(T, 3)
  %one: f32 = compute [] write [] assign 1.0
  %loss: f32, %dh: f32[B] = derivative reverse wrt 1 seeded [0] (%h, %x, %one) function body(B, T) {
    input %h: f32[B]
    input %x: f32[B, T]
    %y: f32 = compute [b: B, t: T] write [] sum mul(%h[b], %x[b, t])
    output %y as "y"
  }
  %low: i64 = compute [b: B] write [] min i64(%tokens[b])
  %high: i64 = compute [b: B] write [] max i64(%tokens[b])
  %fine: bool = compute [t: T] write [] all %mask[t]
  check index %low, %high < T of "x" axis 1 message "why" at "a.model:3:4"
  check assertion %fine message "say \"no\" \x0a" at "a.model:5:6"
  check divisor %fine
  print "x is" %x
  output %h as "h"
  output %dh as ""
}
)";

std::string everything_text() {
  std::string text = everything;
  const std::string hole = "random_bits_of";
  return text.replace(text.find(hole), hole.size(), "u64(random_bits(%\"odd \\\"name\\\"\", 12:u64))");
}

TEST(GraphText, WhatIsPrintedReadsBackAsTheSame) {
  const Function function = read_valid(everything_text());
  const std::string text = print(function);
  EXPECT_EQ(text, everything_text());
  EXPECT_EQ(print(read_valid(text)), text);
}

TEST(GraphText, ReadsNamesRangesAndStructure) {
  const Function function = read_valid(everything_text());
  EXPECT_EQ(function.dims, (std::vector<std::string>{"B", "T", "H"}));
  EXPECT_EQ(function.inputs.size(), 6u);
  EXPECT_EQ(function[function.inputs[4]].name, "");
  EXPECT_EQ(std::get<Input>(function.node_of(function.inputs[2]).op).name, "the mask");
  EXPECT_EQ(function[function.inputs[5]].name, "odd \"name\"");
  EXPECT_EQ(function[function.inputs[1]].range->high.to_string(), "2*T - 1");
  EXPECT_EQ(function.output_names, (std::vector<std::string>{"h", ""}));
}

TEST(GraphText, EveryFloatComesBackBitForBit) {
  std::mt19937_64 random(7);
  std::vector<std::pair<ElementType, double>> cases = {
      {ElementType::f32, 0.1f},
      {ElementType::f64, 0.1},
      {ElementType::f64, -0.0},
      {ElementType::f64, 5e-324},
      {ElementType::f64, std::bit_cast<double>(uint64_t{0xFFF8000000000123})},
      {ElementType::f64, 1e300}};
  for (int i = 0; i < 300; ++i) {
    const uint64_t bits = random();
    for (ElementType type : {ElementType::f64, ElementType::f32, ElementType::f16, ElementType::bf16})
      cases.emplace_back(type,
                         convert(Scalar::of_real(std::bit_cast<double>(bits)), ElementType::f64, type).real);
  }
  for (const auto& [type, value] : cases) {
    Function function;
    Builder builder(function);
    builder.scalar(builder.expressions().literal(type, Scalar::of_real(value)));
    const Function back = read_valid(print(function));
    const auto& compute = std::get<Compute>(back.nodes.at(0).op);
    EXPECT_EQ(back.expressions[compute.body].literal, Scalar::of_real(value)) << value;
  }
}

TEST(GraphText, SharedExpressionsArePrintedOnce) {
  // 60 levels that each use the one below twice: as a tree this would have 2^60 leaves.
  Function function;
  Builder builder(function);
  Expressions& e = builder.expressions();
  const ValueId x = builder.input("x", {ElementType::f32, {}});
  ExprId body = e.call(ScalarFunction::exp, {e.read(x, ElementType::f32, {})});
  for (int i = 0; i < 60; ++i)
    body = e.call(ScalarFunction::add,
                  {e.call(ScalarFunction::sin, {body}), e.call(ScalarFunction::cos, {body})});
  builder.output(builder.scalar(body, "y"), "y");
  const std::string text = print(function);
  EXPECT_LT(text.size(), 6000u);
  EXPECT_EQ(print(read_valid(text)), text);
}

TEST(GraphText, DeepExpressionsReadBack) {
  Function function;
  Builder builder(function);
  Expressions& e = builder.expressions();
  ExprId body = e.index(0);
  for (int i = 0; i < 2000; ++i) body = e.call(ScalarFunction::add, {body, e.integer(i)});
  builder.map({8}, body);
  EXPECT_EQ(print(read_valid(print(function))), print(function));
}

TEST(GraphText, IndicesThatShareANameAreToldApart) {
  Function function;
  Builder builder(function);
  Expressions& e = builder.expressions();
  function.dims = {"B"};
  Compute compute;
  compute.domain = {{2, "i"}, {3, "i"}, {4, "B"}, {5, ""}};
  for (uint32_t i = 0; i < 4; ++i) compute.write.push_back(e.index(i));
  compute.body = e.dim(dim::Dim::symbol("B"));
  builder.compute(compute, {2, 3, 4, 5});
  const std::string text = print(function);
  EXPECT_NE(text.find("[i: 2, i_1: 3, B_1: 4, i3: 5] write [i, i_1, B_1, i3] assign B"), std::string::npos)
      << text;
  EXPECT_EQ(print(read_valid(text)), text);
}

struct Wrong {
  const char* text;
  int line;
  const char* message;
};

TEST(GraphText, ErrorsNameTheLine) {
  const std::vector<Wrong> cases = {
      {"", 1, "`function` expected"},
      {"function f() {", 1, "a statement expected"},
      {"function f() {\n  frob\n}", 2, "`frob` does not begin a statement"},
      {"function f() {\n  input %x: f99\n}", 2, "not an element type"},
      {"function f() {\n  input %x: f32[B]\n}", 2, "`B` is not a dim"},
      {"function f() {\n\n  %x: f32 = compute [] write [] assign %y\n}", 3, "`%y` is not defined here"},
      {"function f() {\n  %x: f32 = compute [] write [] frobs 1.0\n}", 2, "not a reducer"},
      {"function f() {\n  %x: f32 = compute [] write [] sum frobs(1.0)\n}", 2, "not a function"},
      {"function f() {\n  %x: f32 = compute [] write [] sum exp(1.0, 2.0)\n}", 2, "takes 1 operands"},
      {"function f() {\n  %x: f32 = compute [] write [] sum i\n}", 2, "neither an index nor a dim"},
      {"function f() {\n  %x: f32 = compute [] write [] sum $0\n}", 2, "`$0` is not defined"},
      {"function f() {\n  %x: i8 = compute [] write [] sum 300:i8\n}", 2, "`300` is not a value of i8"},
      {"function f() {\n  input %x: f32\n  input %x: f32\n}", 3, "defined twice"},
      {"function f(B) {\n  input %x: f32[B / 0]\n}", 2, "divisor"},
      {"function f() {\n  print \"x %x\n}", 2, "without its end"},
      {"function f() { }\nfunction", 2, "after the end"},
      {"function f() {\n  ~\n}", 2, "means nothing"},
  };
  for (const Wrong& wrong : cases) {
    const std::variant<Function, ReadError> result = read(wrong.text);
    const ReadError* error = std::get_if<ReadError>(&result);
    ASSERT_NE(error, nullptr) << wrong.text;
    EXPECT_EQ(error->line, wrong.line) << wrong.text << error->message;
    EXPECT_NE(error->message.find(wrong.message), std::string::npos) << error->message;
  }
}

TEST(GraphText, DeepNestingIsAnErrorNotACrash) {
  for (const char* open : {"exp(", "%x[", "{(((", "min(", "-"}) {
    std::string text = "function f() { input %x: f32[3] %y: f32 = compute [] write [] sum ";
    for (int i = 0; i < 100000; ++i) text += open;
    EXPECT_TRUE(std::holds_alternative<ReadError>(read(text))) << open;
  }
}

TEST(GraphText, MutatedTextIsReadOrRefused) {
  const std::string original = everything_text();
  std::mt19937 random(11);
  int refused = 0;
  for (int attempt = 0; attempt < 2000; ++attempt) {
    std::string text = original;
    for (unsigned change = 0; change <= random() % 3; ++change) {
      const size_t place = random() % text.size();
      switch (random() % 4) {
        case 0: text[place] = static_cast<char>(random() % 256); break;
        case 1: text.erase(place, random() % 20); break;
        case 2: text.insert(place, original.substr(random() % original.size(), random() % 20)); break;
        case 3: text[place] = original[random() % original.size()]; break;
      }
    }
    const std::variant<Function, ReadError> result = read(text);
    if (const auto* function = std::get_if<Function>(&result)) {
      // What reads may be wrong, but checking and printing it must go well, and be stable if it is right.
      const std::string printed = print(*function);
      if (verify(*function)) continue;
      EXPECT_EQ(print(read_valid(printed)), printed);
    } else {
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
}

TEST(Reducer, EachHasARowUnderItsName) {
  for (int number = 0; number <= static_cast<int>(Reducer::last); ++number) {
    const auto reducer = static_cast<Reducer>(number);
    EXPECT_EQ(row_of(reducer).reducer, reducer);
    EXPECT_EQ(reducer_named(name_of(reducer)), reducer);
  }
}

}  // namespace
}  // namespace kiln::graph
