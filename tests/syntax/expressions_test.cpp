#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "parsed.h"
#include "syntax/print_ast.h"

namespace kiln::syntax {
namespace {

/// The expression with all its operators in parentheses.
std::string shape(const std::string& text) {
  const Parsed parsed("const c = " + text);
  if (!parsed.diagnostics.all().empty()) return parsed.brief();
  return print(*only<Constant>(parsed).value);
}

struct Shape {
  const char* written;
  const char* tree;
};

class Shapes : public testing::TestWithParam<Shape> {};

TEST_P(Shapes, BindAsTheLanguageSays) { EXPECT_EQ(shape(GetParam().written), GetParam().tree); }

INSTANTIATE_TEST_SUITE_P(
    Precedence, Shapes,
    testing::Values(Shape{"a + b * c - d", "(a + (b * c)) - d"}, Shape{"a - b - c", "(a - b) - c"},
                    Shape{"a / b % c * d", "((a / b) % c) * d"}, Shape{"a * (b + c)", "a * (b + c)"},
                    Shape{"a < b + 1 and not c == d or e", "((a < (b + 1)) and (not (c == d))) or e"},
                    Shape{"not not a", "not (not a)"}, Shape{"-a * b", "(-a) * b"},
                    Shape{"--a[i].b", "-(-a[i].b)"}, Shape{"-x(y)", "-x(y)"}, Shape{"((((a))))", "a"}));

INSTANTIATE_TEST_SUITE_P(
    Reductions, Shapes,
    testing::Values(Shape{"sum[i] a[i] * b[i] + c", "(sum[i] (a[i] * b[i])) + c"},
                    Shape{"2 * sum[i] a * b", "2 * (sum[i] (a * b))"},
                    Shape{"-sum[i] a * b", "-(sum[i] (a * b))"}, Shape{"a * -sum[i] b", "a * (-(sum[i] b))"},
                    Shape{"-a * sum[i] b", "(-a) * (sum[i] b)"},
                    Shape{"sum[i] sum[j] a", "sum[i] (sum[j] a)"}, Shape{"max[i] (a * b)", "max[i] (a * b)"},
                    Shape{"(max[i] a) * b", "(max[i] a) * b"},
                    Shape{"all[b] score[b] <= 1 and c", "(all[b] (score[b] <= 1)) and c"},
                    Shape{"any[i] all[j] a < b", "any[i] (all[j] (a < b))"},
                    Shape{"sum[i] a == b", "(sum[i] a) == b"},
                    Shape{"sum[i, j: N, k: 2..N, (p: A, q), ...s where i < j] a",
                          "sum[i, j: N, k: 2..N, (p: A, q), ...s where i < j] a"},
                    Shape{"max(a, b) + sum(x)", "max(a, b) + sum(x)"}, Shape{"any(x)", "any(x)"}));

INSTANTIATE_TEST_SUITE_P(
    FarReaching, Shapes,
    testing::Values(Shape{"for[i, j: N] a[i] + b and c", "for[i, j: N] (a[i] + b) and c"},
                    Shape{"fn(x, y) = x + y < z", "fn(x, y) = (x + y) < z"}, Shape{"fn() = 1", "fn() = 1"},
                    Shape{"(for[i] a) + b", "(for[i] a) + b"},
                    Shape{"f(fn(v) = v * 2 + 1, x)", "f(fn(v) = (v * 2) + 1, x)"},
                    Shape{"for[i] for[j] a", "for[i] for[j] a"}));

INSTANTIATE_TEST_SUITE_P(Suffixes, Shapes,
                         testing::Values(Shape{"a.b[i](c).d", "a.b[i](c).d"},
                                         Shape{"M(3)[L].init(Rng(1))", "M(3)[L].init(Rng(1))"},
                                         Shape{"f(a, K: 3, &m, inner: &n.k[l],)",
                                               "f(a, K: 3, &m, inner: &n.k[l])"},
                                         Shape{"x[..., i]", "x[..., i]"},
                                         Shape{"x[...s, :, a.., ..b, a..b]", "x[...s, :, a.., ..b, a..b]"},
                                         Shape{"x[b, (i, (j, k: K)), d]", "x[b, (i, (j, k: K)), d]"},
                                         Shape{"x[i - 1 else 0]", "x[i - 1 else 0]"},
                                         Shape{"m.max.grad.model.state", "m.max.grad.model.state"},
                                         Shape{"state + type", "state + type"}, Shape{"(x)(y)", "x(y)"},
                                         Shape{"(a + b)[i]", "(a + b)[i]"}));

INSTANTIATE_TEST_SUITE_P(Brackets, Shapes,
                         testing::Values(Shape{"(a, b)", "(a, b)"}, Shape{"(a,)", "(a,)"},
                                         Shape{"(k: a)", "(k: a)"},
                                         Shape{"(k: a, max: b, 3,)", "(k: a, max: b, 3)"},
                                         Shape{"[1, 2 + 3,]", "[1, 2 + 3]"}, Shape{"x[(i,)]", "x[(i,)]"},
                                         Shape{"x[(i)]", "x[i]"}, Shape{"{ a }", "{ a }"},
                                         Shape{"\"a\\n\\\"\\\\b\"", "\"a\\n\\\"\\\\b\""},
                                         Shape{"true", "true"}, Shape{"1_000.5e-3", "1_000.5e-3"}));

INSTANTIATE_TEST_SUITE_P(
    Blocks, Shapes,
    testing::Values(Shape{"if a { b } else if c { d } else { e }",
                          "if a { b } else { if c { d } else { e } }"},
                    Shape{"if a { b } else { c } + d", "(if a { b } else { c }) + d"},
                    Shape{"grad(x, m.head) { f(x) }[i]", "(grad(x, m.head) { f(x) })[i]"},
                    Shape{"jvp(x: dx + 1, y: dy) { x }", "jvp(x: dx + 1, y: dy) { x }"},
                    Shape{"vjp(x) { x }", "vjp(x) { x }"}, Shape{"checkpoint { x }", "checkpoint { x }"},
                    Shape{"value_and_grad(m) { let a = x return (a, b) }",
                          "value_and_grad(m) {\n  let a = x\n  return (a, b)\n}"}));

TEST(Numbers, KeepTextAndValue) {
  const auto number = [](const std::string& text) {
    const Parsed parsed("const c = " + text);
    const auto& node = as<Number>(*only<Constant>(parsed).value);
    EXPECT_EQ(node.text, text);
    return std::make_tuple(node.is_integer, node.fits_integer, node.integer, node.value);
  };
  EXPECT_EQ(number("1_000"), std::make_tuple(true, true, uint64_t{1000}, 1000.0));
  EXPECT_EQ(number("0xFf_0"), std::make_tuple(true, true, uint64_t{0xff0}, 4080.0));
  EXPECT_EQ(number("18446744073709551615"),
            std::make_tuple(true, true, ~uint64_t{0}, 18446744073709551616.0));
  EXPECT_EQ(number("0.1"), std::make_tuple(false, false, uint64_t{0}, 0.1));
  EXPECT_EQ(number("1e3"), std::make_tuple(false, false, uint64_t{0}, 1000.0));
  EXPECT_EQ(number("1e-999"), std::make_tuple(false, false, uint64_t{0}, 0.0));
  EXPECT_FALSE(std::get<1>(number("18446744073709551616")));
  EXPECT_EQ(std::get<3>(number("18446744073709551616")), 18446744073709551616.0);
}

TEST(Spans, CoverParenthesesAndNarrowOperators) {
  const Parsed parsed("const c = (a + b) * f(x)[i]");
  const auto& product = as<Binary>(*only<Constant>(parsed).value);
  EXPECT_EQ(parsed.text_of(product.span), "(a + b) * f(x)[i]");
  EXPECT_EQ(parsed.text_of(product.op_span), "*");
  EXPECT_EQ(parsed.text_of(product.left->span), "(a + b)");
  const auto& read = as<Subscript>(*product.right);
  EXPECT_EQ(parsed.text_of(read.brackets), "[i]");
  EXPECT_EQ(parsed.text_of(as<Call>(*read.base).parentheses), "(x)");
}

TEST(Spans, OfReductionsNameEachPart) {
  const Parsed parsed("const c = -max[i: N where i > 2] x[i]");
  const auto& negation = as<Unary>(*only<Constant>(parsed).value);
  const auto& reduction = as<Reduction>(*negation.operand);
  EXPECT_EQ(parsed.text_of(reduction.span), "max[i: N where i > 2] x[i]");
  EXPECT_EQ(parsed.text_of(reduction.reducer_span), "max");
  EXPECT_EQ(parsed.text_of(reduction.binders.span), "[i: N where i > 2]");
  EXPECT_EQ(parsed.text_of(reduction.binders.list.front().name.span), "i");
}

TEST(Nodes, AreCheckedWhenCast) {
  const Parsed parsed("const c = a");
  const Expression& name = *only<Constant>(parsed).value;
  EXPECT_NE(if_is<NameExpression>(name), nullptr);
  EXPECT_EQ(if_is<Call>(name), nullptr);
  EXPECT_DEATH(as<Call>(name), "another kind");
}

}  // namespace
}  // namespace kiln::syntax
