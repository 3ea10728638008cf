// What messages advise: the help of a diagnostic, or a label of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checked.h"

namespace kiln::sema {
namespace {

struct Case {
  const char* name;
  const char* program;
  const char* mistake;
  const char* advice;
};

class Advice : public testing::TestWithParam<Case> {};

TEST_P(Advice, IsGiven) {
  const Checked checked = check_text(GetParam().program);
  EXPECT_THAT(checked.mistakes, testing::StartsWith(GetParam().mistake)) << checked.rendered;
  EXPECT_THAT(checked.rendered, testing::HasSubstr(GetParam().advice));
}

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

constexpr Case cases[] = {
    {"MissingImport", "fn f(x: f32[N]) -> f32[N] = nn.relu(x)", "E0101 1:29",
     "add `import nn`\n1 | import nn\n"},
    {"AccumulationWithoutSum", "fn f(x: f32[N]) -> s: f32 {\n  s = 0\n  s += x[i]\n}", "E0307 3:10",
     "fold it: `sum[i] …`"},
    {"IndexOnlyOnTheRight", "fn f(a: f32[N, K]) -> c: f32[N] { c[i] = a[i, k] * a[i, k] }",
     "E0307 1:47 the index `k` does not occur on the left side\n", "fold it"},
    {"ReducerThatStopsEarly", "fn f(x: i32[N]) -> bool = all[b] x[b] >= 0 and x[b] < 10", "E0101 1:50",
     "all[b] (x[b] >= 0 and x[b] < 10)"},
    {"OwnNameIsNoSuggestion", "fn sine(x: f32) -> f32 = sinn(x)", "E0101 1:26", "did you mean `sin`?"},
    {"TrueOfPython", "fn f(x: f32) -> f32 = if True { x } else { 0 }", "E0101 1:26", "did you mean `true`?"},
    {"TransposedWeightInLet",
     "fn f(x: f32[B, In], w: f32[Out, In]) -> y: f32[B, Out] {\n"
     "  let z[b, o] = sum[i] x[b, i] * w[i, o]\n  y = z\n}",
     "E0312 2:36", "`w` is f32[Out, In]; did you mean `w[o, i]`?"},
    {"SizesThatNoOrderMends",
     "fn f(a: f32[N, 784], b: f32[512, M]) -> c: f32[N, M] { c[i, j] = sum[k] a[i, k] * b[k, j] }",
     "E0312 1:85", "state its range where it is bound: `k: 512`"},
    {"LetChanged", "fn f() -> n: i32 {\n  let total = 0\n  total += 1\n  n = total\n}",
     "E0407 3:3 `total` cannot be changed\n", "declare it with `var`"},
    {"ConstChanged", "const rate = 0.1\nfn f() -> r: f32 {\n  rate = 0.2\n  r = rate\n}",
     "E0407 3:3 `rate` cannot be changed\n", "a `const`"},
    {"ModelAsValue", "import nn\nfn f(x: f32[B, 4]) -> f32[B, 2] = nn.Linear(4, 2)(x)", "E0106 2:35",
     "`nn.Linear(4, 2).init(rng)` makes a value"},
    {"ForgottenReturn", "fn f(s: f32) -> f32 {\n  sqrt(s)\n}", "E0009 2:3", "ends in `return …`"},
    {"HalfAndSingle", "fn f(x: f16, y: f32) -> f32 = x + y", "E0202", "cast it: `f32(x)`"},
    {"IntegerAndFloat", "fn f(x: f32, n: i32) -> f32 = x * n", "E0202", "cast it: `f32(n)`"},
    {"IndexWithTheNameOfAParameter", "fn f(x: f32[N], n: i32) -> y: f32[N] { y[n] = x[n] }", "E0314",
     "`n` is this value here, not an index"},
    {"TypeOfAnotherLanguage", "fn f(x: float64) -> f64 = x", "E0107 1:9", "did you mean `f64`?"},
    {"SplitOfConstants", "fn f(x: f32[784]) -> y: f32[26, 30] { y[i, j] = x[(i: 26, j: 30)] }", "E0313",
     "the parts make 780"},
    {"IntegerForFloat", "fn f(a: i32, b: i32) -> f32 = a / b", "E0201", "`/` of integers floors"},
    {"ForgottenReduction", "fn f(x: f32[B]) -> f32 = x * x", "E0303", "fold it, for instance with `mean(…)`"},
    {"BatchForOne", "fn g(x: f32[4]) -> f32 = sum(x)\nfn f(x: f32[B, 4]) -> f32[B] = g(x)", "E0303",
     "`for[i] g(x[i])`"},
    {"BatchVector", "fn f(x: f32[B, N], mu: f32[B]) -> f32[B, N] = x - mu", "E0303",
     "`for[i, j] x[i, j] - mu[i]`"},
    {"MarkWithoutChange", "fn g(x: f32) -> f32 = x\nfn f(x: f32) -> y: f32 {\n  var b = x\n  y = g(&b)\n}",
     "E0406", "remove the `&`"},
    {"DimAsFloat", "fn f(x: f32[N]) -> f32 = sqrt(N)", "E0205", "this is an integer"},
    {"SubscriptOfANumber", "fn f(x: f32[N], z: f32) -> y: f32[N] { y[i] = x[i] + z[i] }",
     "E0302 1:55 `z` has no axes\n", ""},
    {"SquareBracketsForACall", "fn g(x: f32) -> f32 = x\nfn f(x: f32) -> f32 = g[x]", "E0302",
     "round brackets"},
    {"FieldThatMayBeAbsent",
     "import nn\nmodel M(D: dim, P: bool) {\n  a: nn.Linear(D, D) if P\n"
     "  fn call(x: f32[B, D]) -> f32[B, D] = a(x)\n}",
     "E0104 4:40 `a` is not always there\n", "only if `P`"},
    {"ExportOfUnknownSize", "export fn f() -> y: f32[N] { y = 0 }", "E0415", "add a parameter `N: dim`"},
    {"DimThatMayBeNegative", "fn g(K: dim) -> f32 = f32(K)\nfn f(x: f32[N]) -> f32 = g(N - 2)", "E0310 2:28",
     "add `where N >= 2`"},
    {"DivisorInAModel", "model M(D: dim, H: dim) { param w: f32[D / H] = 0 }\nexport type T = M(4, 0)",
     "E0404 2:17 `M` needs `H >= 1`\n", "the model"},
    {"UnknownNameWhereItGivesARange",
     "fn f(x: f32[N]) -> y: f32[N] {\n  let e[i] = if i <= 3 { zz[i] } else { 0 }\n  y[i] = e[i]\n}",
     "E0101 2:26 nothing is called `zz` here\n", ""},
    {"AnnotationUnknown", "@bogus(3)\nexport fn f(x: f32) -> y: f32 = x", "E0708", "there are `@realtime`"},
    {"AnnotationOfNoExport", "@realtime\nfn f(x: f32) -> y: f32 = x", "E0708", "write `export fn`"},
    {"AnnotationWithAnotherPrecision", "@precision(f64)\nexport fn f(x: f32) -> y: f32 = x", "E0708",
     "write `@precision(bf16)`"},
    {"FunctionOfAnotherForm",
     "fn g(f: fn(f32) -> f32, x: f32) -> f32 = f(x)\nfn h(x: f32) -> f32 = g(atan2, x)", "E0403 2:25",
     "this takes 2 arguments"},
    {"TangentOfAnotherShape",
     "fn f(x: f32[3], d: f32[4]) -> f32 {\n  let (y, t) = jvp(x: d) { sum(x) }\n  return t\n}", "E0604 2:23",
     "f32[4]"},
};
INSTANTIATE_TEST_SUITE_P(Of, Advice, testing::ValuesIn(cases), name_of);

TEST(Functions, StandWhereFunctionsAreTakenAndNowhereElse) {
  EXPECT_EQ(check_text("fn apply[F: fn(f32) -> f32](f: F, x: f32) -> f32 = f(x)").mistakes, "");
  EXPECT_THAT(check_text("fn f(x: f32) -> f32 {\n  var g = fn(v) = v\n  return g(x)\n}").mistakes,
              testing::HasSubstr("2:11 a function is not a value that can stand here"));
  EXPECT_THAT(check_text("fn f(x: f32) -> f32 {\n  let g = fn(v) = v\n  return g(x, x)\n}").mistakes,
              testing::HasSubstr("3:"));
}

TEST(Functions, OfThePreludeAndParametersAreArguments) {
  const Checked checked = check_text(
      "fn once(f: fn(f32) -> f32, x: f32) -> f32 = f(x)\n"
      "fn twice(f: fn(f32) -> f32, x: f32) -> f32 = once(f, once(f, x))\n"
      "export fn g(x: f32) -> y: f32 = twice(exp, x)\n");
  EXPECT_EQ(checked.mistakes, "") << checked.rendered;
}

TEST(StaticIntegers, AreDims) {
  const Checked checked = check_text(
      "fn power(x: f32, N: i32) -> y: f32 {\n  var p: f32 = 1\n  for k in 0..N { p *= x }\n  y = p\n}\n"
      "export fn cube(x: f32) -> y: f32 = power(x, 3)\n");
  EXPECT_EQ(checked.mistakes, "") << checked.rendered;
}

TEST(TimesAssign, MayNotMeetACellTwice) {
  EXPECT_EQ(check_text("export fn f(x: f32[N], k: i32) -> y: f32[N] { y = x  y[k] *= 2 }").mistakes, "");
  EXPECT_EQ(check_text("export fn f(x: f32[4, 4]) -> y: f32[4, 4] { y = x  y[2.., 1..3] *= 0.5 }").mistakes,
            "");
  EXPECT_EQ(check_text("export fn f(x: f32[N], k: i32[N]) -> y: f32[N] { y = x  y[k[i]] *= 2 }").mistakes,
            "E0308 1:57 a cell of `y` may be written twice by `*=`\n");
}

}  // namespace
}  // namespace kiln::sema
