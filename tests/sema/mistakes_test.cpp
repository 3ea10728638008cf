// Small programs with the diagnostics they must get.
#include <gtest/gtest.h>

#include "checked.h"

namespace kiln::sema {
namespace {

struct Case {
  const char* name;
  const char* program;
  const char* mistakes;
};

class Mistakes : public testing::TestWithParam<Case> {};

TEST_P(Mistakes, AreReported) {
  const Checked checked = check_text(GetParam().program);
  EXPECT_EQ(checked.mistakes, GetParam().mistakes) << checked.rendered;
  EXPECT_FALSE(checked.program.has_value());
}

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

constexpr Case names[] = {
    {"UnknownName", "fn f(x: f32) -> f32 = y", "E0101 1:23 nothing is called `y` here\n"},
    {"MisspeltName", "fn f(weight: f32) -> f32 = wieght", "E0101 1:28 nothing is called `wieght` here\n"},
    {"LetHidesOuterBlock",
     "fn f(x: f32) -> y: f32 {\n  y = 0\n  if x > 0 {\n    let x = 1.0\n    y = x\n  }\n}",
     "E0102 4:9 `x` is a name of an outer block already\n"},
    {"IndexWithTheNameOfAParameter", "fn f(i: i32, x: f32[N]) -> y: f32[N] { y[j] = sum[i] x[i] }",
     "E0103 1:51 the index `i` has the name of something in scope\n"},
    {"UnknownMember", "fn f(c: (k: f32, v: f32)) -> f32 = c.w",
     "E0104 1:38 (k: f32, v: f32) has no member `w`\n"},
    {"UnknownType", "fn f(x: f31[N]) -> f32 = 1", "E0107 1:9 there is no type `f31`\n"},
    {"MissingImport", "import nothing_like_this\n", "E0704 1:8 `nothing_like_this.model` cannot be found\n"},
    {"DeclaredTwice", "fn f() -> f32 = 1\nfn f() -> f32 = 2", "E0706 2:4 `f` is declared twice\n"},
};
INSTANTIATE_TEST_SUITE_P(Names, Mistakes, testing::ValuesIn(names), name_of);

constexpr Case types[] = {
    {"MixedElements", "fn f(x: f32, y: f64) -> f32 = x + y", "E0202 1:33 f32 and f64 do not mix\n"},
    {"ConstantOutsideItsType", "fn f() -> i8 = 200", "E0203 1:16 i8 cannot hold 200\n"},
    {"FractionInAnInteger", "fn f(n: i32) -> i32 = n + 0.5", "E0203 1:27 i32 cannot hold 0.5\n"},
    {"DimAsFloat", "fn f(x: f32[N]) -> f32 = sum(x) / N",
     "E0204 1:35 an integer made of indices and dims does not become f32 by itself\n"},
    {"ArithmeticOnBools", "fn f(a: bool, b: bool) -> bool = a + b",
     "E0205 1:36 `+` is not defined for bool\n"},
    {"ArithmeticOnStorage", "fn f(a: f8e4m3, b: f8e4m3) -> f8e4m3 = a * b",
     "E0205 1:42 `*` is not defined for f8e4m3\n"},
    {"MeanOfIntegers", "fn f(x: i32[N]) -> i32 = mean[i] x[i]", "E0205 1:34 `mean` needs floats\n"},
    {"ConditionOfATensor", "fn f(x: bool[N]) -> y: f32 { y = if x { 1.0 } else { 0.0 } }",
     "E0206 1:37 a condition is one bool\n"},
    {"BranchesOfTwoTypes", "fn f(c: bool, x: f32, y: f64) -> f32 = if c { x } else { y }",
     "E0209 1:40 the branches give f32 and f64\n"},
    {"BranchesOfTwoShapes", "fn f(c: bool, x: f32[2], y: f32[3]) -> f32[2] = if c { x } else { y }",
     "E0209 1:49 the branches give f32[2] and f32[3]\n"},
    {"PatternOfTheWrongSize", "fn f(p: (f32, f32)) -> f32 {\n  let (a, b, c) = p\n  return a\n}",
     "E0210 2:7 the pattern has 3 parts, but the value is (f32, f32)\n"},
    {"ExtentOfData", "fn f(n: f32) -> f32 {\n  let x: f32[n] = 0\n  return sum(x)\n}",
     "E0211 2:14 an extent is one integer\n"},
    {"ExtentThatChanges",
     "fn f(n: i32) -> f32 {\n  var k = n\n  k += 1\n  let x: f32[k] = 0\n  return sum(x)\n}",
     "E0211 4:14 `k` may change, so it cannot be the extent of an axis\n"},
    {"ExtentOfAFloat", "fn f(len: f32[B], x: f32[b: B, len[b]]) -> f32 = sum(x)",
     "E0211 1:6 `len` is the extent of an axis, so its elements are `i32`\n"},
    {"LengthsOfAnotherRank", "fn f(len: i32[B, C], x: f32[b: B, len[b]]) -> f32 = sum(x)",
     "E0302 1:38 a length is one element of the tensor\n"},
    {"LengthsOfAnotherTensor",
     "fn f(len: i32[B], x: f32[b: B, len[b]], n: i32[B], y: f32[b: B, n[b]]) -> f32 = sum(x + y)",
     "E0303 1:85 the shapes [b: B, len[b]] and [b: B, n[b]] do not agree\n"},
    {"RaggedAxisAsADim",
     "fn g(x: f32[N, M]) -> f32 = sum(x)\nfn f(len: i32[B], x: f32[b: B, len[b]]) -> f32 = g(x)",
     "E0303 2:52 an axis of `x` of `g` has one extent, but here it differs from row to row\n"},
    {"RaggedIndexBeforeItsRow", "fn f(len: i32[B], x: f32[b: B, len[b]]) -> f32 = sum[t, b] x[b, t]",
     "E0311 1:54 `t` ranges over len[b], so it must come after `b`\n"},
    {"ResultOfAnotherShape", "fn f(x: f32[N, M]) -> f32[M, N] = x",
     "E0303 1:35 the result is f32[M, N], but this is f32[N, M]\n"},
};
INSTANTIATE_TEST_SUITE_P(Types, Mistakes, testing::ValuesIn(types), name_of);

constexpr Case indices[] = {
    {"TwoSizesOfAnIndex",
     "fn f(x: f32[B, In], w: f32[Out, In]) -> y: f32[B, Out] {\n  y[b, o] = sum[i] x[b, i] * w[i, o]\n}",
     "E0312 2:35 index `o` ranges over two different sizes\n"},
    {"NoRange", "fn f(x: f32[N]) -> f32 = sum[i] f32(i)",
     "E0311 1:30 nothing gives the range of the index `i`\n"},
    {"PrefixNeedsAStatedRange", "fn f(a: f32[N], p: f32[M]) -> y: f32[N] where N <= M { y[i] = a[i] + p[i] }",
     "E0312 1:72 index `i` ranges over two different sizes\n"},
    {"ReadOutside", "fn f(x: f32[N]) -> y: f32[N] { y[i] = x[i + 1 ] }",
     "E0301 1:41 the subscript `i + 1` may be outside of 0..N\n"},
    {"TooManySubscripts", "fn f(x: f32[N]) -> f32 = sum[i, j] x[i, j]",
     "E0311 1:30 nothing gives the range of the index `i`\nE0311 1:33 nothing gives the range of the index "
     "`j`\n"},
    {"SuffixThatFitsTwice", "fn f(s: f32[T, T], m: f32[T]) -> f32[T, T] = s - m",
     "E0304 1:46 [T] fits into [T, T] at more than one place\n"},
    {"ShapesThatDoNotAgree", "fn f(a: f32[N], b: f32[M]) -> f32[N] = a + b",
     "E0303 1:40 the shapes [N] and [M] do not agree\n"},
    {"DivisorThatMayBeZero", "fn f(x: f32[N], K: dim) -> y: f32[N / (K - 1)] = 0",
     "E0305 1:39 `K - 1` may be less than 1\n"},
    {"NegativeExtent", "fn f(x: f32[N]) -> y: f32[N - 2] = 0",
     "E0310 1:27 the extent `N - 2` may be negative\n"},
    {"FirstAssignmentOfAPart", "fn f(x: f32[N]) -> y: f32[N] where N >= 1 { y[0] = x[0] }",
     "E0314 1:45 the first assignment of `y` does not give every cell a value\n"},
    {"ScaledTwice", "fn f(x: f32[N], k: i32[M]) -> y: f32[N] {\n  y = x\n  y[k[i]] *= 2\n}",
     "E0308 3:3 a cell of `y` may be written twice by `*=`\n"},
    {"SplitThatDoesNotDivide",
     "fn f(x: f32[N], H: dim) -> y: f32[N] where H >= 1 { y[(i: H, j)] = x[(i, j)] }",
     "E0313 1:55 the parts do not make the axis of N elements\n"
     "E0313 1:70 the parts do not make the axis of N elements\n"},
};
INSTANTIATE_TEST_SUITE_P(Indices, Mistakes, testing::ValuesIn(indices), name_of);

constexpr Case calls[] = {
    {"MissingArgument", "fn g(a: f32, b: f32) -> f32 = a\nfn f(x: f32) -> f32 = g(x)",
     "E0402 2:24 `g` needs an argument for `b`\n"},
    {"TooManyArguments", "fn g(a: f32) -> f32 = a\nfn f(x: f32) -> f32 = g(x, x)",
     "E0401 2:28 `g` takes 1 argument\n"},
    {"UnknownArgument", "fn g(a: f32) -> f32 = a\nfn f(x: f32) -> f32 = g(b: x)",
     "E0401 2:25 `g` has no parameter `b`\n"},
    {"ArgumentOfAnotherElement", "fn g(a: f32) -> f32 = a\nfn f(x: f64) -> f32 = g(x)",
     "E0403 2:25 `a` of `g` is f32, but this is f64\n"},
    {"ArgumentOfAnotherShape",
     "fn g(a: f32[N], b: f32[N]) -> f32 = sum(a) + sum(b)\nfn f(x: f32[I], y: f32[J]) -> f32 = g(x, y)",
     "E0303 2:42 `b` of `g` is f32[I], but this is f32[J]\n"},
    {"WhereNotMet", "fn g(x: f32[N]) -> f32 where N >= 4 = x[3]\nfn f(x: f32[M]) -> f32 = g(x)",
     "E0404 2:26 `g` needs `N >= 4`\n"},
    {"MarkMissing", "fn g(inout x: f32) { x = 1 }\nfn f() -> y: f32 {\n  y = 0\n  g(y)\n}",
     "E0405 4:5 `g` changes `x`\n"},
    {"MarkUnwanted", "fn g(x: f32) -> f32 = x\nfn f() -> y: f32 {\n  var a = 1.0\n  y = g(&a)\n}",
     "E0406 4:9 `x` of `g` is not changed\n"},
    {"ChangeOfALet", "fn f() -> y: f32 {\n  let a = sin(1.0)\n  a = 2\n  y = a\n}",
     "E0407 3:3 `a` cannot be changed\n"},
    {"ChangeOfAParameter", "fn f(x: f32) -> y: f32 {\n  x = 2\n  y = x\n}",
     "E0407 2:3 `x` cannot be changed\n"},
    {"OneVariableTwice",
     "fn g(inout a: f32, inout b: f32) { a = b }\nfn f() -> y: f32 {\n  y = 0\n  g(&y, &y)\n}",
     "E0408 4:10 one call changes the same variable twice\n"},
    {"DrawInAComprehension", "fn f(inout rng: Rng, x: f32[N]) -> y: f32[N] { y[i] = x[i] + rng.uniform() }",
     "E0409 1:62 an assignment with indices cannot change a variable of the outside\n"},
    {"DroppedResult", "fn g(x: f32) -> f32 = x\nfn f(x: f32) -> y: f32 {\n  y = 2 g(x)\n}",
     "E0410 3:9 the result of this call is dropped\n"},
    {"Recursion", "fn f(x: f32) -> f32 = f(x)", "E0412 1:23 `f` calls itself\n"},
    {"ResultWithoutAValue", "fn f(x: f32) -> y: f32 {\n  if x > 0 { y = 1 }\n}",
     "E0413 1:17 the result `y` has no value at the end of `f`\n"},
    {"NothingDeterminesADim", "fn g() -> f32[Z] = 0\nfn f() -> f32 = sum(g())",
     "E0415 2:21 nothing determines `Z` of `g`\n"},
    {"ResultOfAFunctionWithAMistake",
     "fn g(f: fn(f32[N]) -> f32[M], x: f32[N]) -> f32[M] = f(x)\n"
     "fn f(x: f32[3]) -> f32 = sum(g(fn(q) = q * y, x))",
     "E0101 2:44 nothing is called `y` here\n"},
    {"FunctionOfTooManyParameters",
     "fn g(f: fn(f32[N]) -> f32[M], x: f32[N]) -> f32[M] = f(x)\n"
     "fn f(x: f32[3]) -> f32 = sum(g(fn(p, q) = q, x))",
     "E0403 2:32 `f` of `g` is fn(f32[3]) -> f32[M]\n"},
    {"DimOnlyInAProduct", "fn f(x: f32[B * T]) -> f32 = sum(x)", "E0415 1:4 nothing determines `B`\n"},
    {"ReadBeforeAssigned", "fn f(x: f32) -> y: f32 {\n  y = y + x\n}", "E0416 2:7 `y` has no value yet\n"},
    {"CallOfANumber", "fn f(x: f32) -> f32 = x(1)", "E0417 1:23 this cannot be called\n"},
};
INSTANTIATE_TEST_SUITE_P(Calls, Mistakes, testing::ValuesIn(calls), name_of);

constexpr Case models[] = {
    {"ParamOfIntegers", "model M {\n  param n: i32 = 0\n}", "E0502 2:12 a `param` is a tensor of floats\n"},
    {"SubmodelThatIsATensor", "model M {\n  w: f32[3]\n}",
     "E0503 2:6 `w` is no model: say `param` or `state`\n"},
    {"ModelWithTooManyArguments", "model M(N: dim) { param w: f32[N] = 0 }\ntype T = M(1, 2)",
     "E0208 2:15 `M` takes 1 arguments\n"},
    {"WhereOfAModel", "model M(N: dim) where N >= 2 { param w: f32[N] = 0 }\ntype T = M(1)",
     "E0404 2:10 `M` needs `N >= 2`\n"},
    {"FieldsOfAConstantModel", "model M {\n  param w: f32 = 0\n  fn set() { w = 1 }\n}",
     "E0407 3:14 `w` cannot be changed\n"},
    {"ModelWithinItself", "model M { inner: M }", "E0505 1:11 `M` contains itself\n"},
};
INSTANTIATE_TEST_SUITE_P(Models, Mistakes, testing::ValuesIn(models), name_of);

constexpr Case derivatives[] = {
    {"UnusedVariable", "fn f(x: f32, y: f32) -> f32 = grad(x) { y * y }",
     "E0602 1:36 the block does not use `x`\n"},
    {"LossOfManyNumbers", "fn f(x: f32[N]) -> f32[N] = grad(x) { x * x }",
     "E0603 1:39 a gradient is that of one float\n"},
    {"VariableOfIntegers", "fn f(n: i32) -> f32 = grad(n) { f32(n) }",
     "E0601 1:28 there is no derivative with respect to this\n"},
    {"RuleOfNothing", "derivative of f(x: dx) = dx", "E0606 1:15 this file has no function `f`\n"},
    {"RuleOfAMethod", "fn f(x: f32) -> f32 = x\nderivative of m.f(x: dx) = dx",
     "E0606 2:15 this file has no function `m.f`\n"},
    {"RuleOfOtherParameters", "fn f(x: f32, k: i32) -> f32 = x\nderivative of f(y: dy, k) = dy",
     "E0606 2:15 a rule of `f` names its parameters as they are: `(x, k)`\n"},
    {"RuleWithoutTangents", "fn f(x: f32) -> f32 = x\nderivative of f(x) = x",
     "E0606 2:15 a rule without a tangent says nothing\n"},
    {"RuleWithATangentOfAnInteger", "fn f(x: f32, k: i32) -> f32 = x\nderivative of f(x: dx, k: dk) = dx",
     "E0601 2:24 `k` has no derivative\n"},
    {"RuleOfOtherResults", "fn f(x: f32) -> f32 = x\nadjoint of f(x) -> y: dy, z: dz = dy",
     "E0606 2:20 `f` has 1 result, the rule names 2\n"},
    {"RuleWithoutCotangents", "fn f(x: f32) -> f32 = x\nadjoint of f(x) -> y = x",
     "E0606 2:12 a rule without a cotangent says nothing\n"},
    {"RuleOfAnotherType", "fn f(x: f32[N]) -> f32[N] = x\nderivative of f(x: dx) = sum(dx)",
     "E0303 2:26 the result is f32[N], but this is f32\n"},
    {"RuleWithoutReturn", "fn f(x: f32) -> f32 = x\nderivative of f(x: dx) { let y = dx }",
     "E0413 2:15 the rule of `f` ends without `return`\n"},
    {"TwoRules", "fn f(x: f32) -> f32 = x\nderivative of f(x: dx) = dx\nadjoint of f(x) -> y: dy = dy",
     "E0706 3:12 `f` has a derivative rule already\n"},
    {"RuleOfAChange", "fn f(inout x: f32) -> f32 { x = 1 return 1 }\nderivative of f(x: dx) = dx",
     "E0606 2:15 `f` changes `x`, so it cannot have a derivative rule\n"},
    {"RuleOfADefault", "fn f(x: f32 = 1) -> f32 = x\nderivative of f(x: dx) = dx",
     "E0606 2:15 `f` has a default value for `x`, so it cannot have a derivative rule\n"},
};
INSTANTIATE_TEST_SUITE_P(Derivatives, Mistakes, testing::ValuesIn(derivatives), name_of);

constexpr Case exports[] = {
    {"KeywordOfC", "export fn f(int: f32) -> y: f32 = int", "E0702 1:13 `int` is a keyword of C or C++\n"},
    {"UnnamedResults", "export fn f(x: f32) -> f32, f32 = (x, x)",
     "E0703 1:24 several results of an export need names\n"},
    {"Generics", "export fn f[T: float](x: T) -> y: T = x", "E0707 1:13 an export has no generics\n"},
    {"ModelWithoutAName", "model M { param w: f32 = 0 }\nexport fn f(m: M) -> y: f32 = m.w",
     "E0701 2:13 M has no exported name\n"},
};
INSTANTIATE_TEST_SUITE_P(Exports, Mistakes, testing::ValuesIn(exports), name_of);

TEST(SeveralMistakes, AreReportedInOneRunWithoutFollowUps) {
  const Checked checked = check_text(
      "fn f(x: f32) -> f32 {\n  let a = unknown(x)\n  let b = a + 1\n  return b * x\n}\n"
      "fn g(x: f32, n: i32) -> f32 = x + n\n");
  EXPECT_EQ(checked.mistakes,
            "E0101 2:11 nothing is called `unknown` here\nE0202 6:33 f32 and i32 do not mix\n");
}

TEST(Rendering, SuggestsToExchangeSubscripts) {
  const Checked checked = check_text(
      "fn f(x: f32[B, In], w: f32[Out, In]) -> y: f32[B, Out] {\n"
      "  y[b, o] = sum[i] x[b, i] * w[i, o]\n}\n");
  EXPECT_EQ(checked.rendered,
            "error[E0312]: index `o` ranges over two different sizes\n"
            " --> test.model:2:35\n"
            "2 |   y[b, o] = sum[i] x[b, i] * w[i, o]\n"
            "  |        -                          ^ here `o` runs over In\n"
            "  |        here `o` runs over Out\n"
            "note: `Out` is bound by `w`, `In` is bound by `x` in line 1\n"
            "help: `w` is f32[Out, In]; did you mean `w[o, i]`?\n"
            "2 |   y[b, o] = sum[i] x[b, i] * w[o, i]\n"
            "  |                                ~~~~\n"
            "\n"
            "1 error\n");
}

TEST(Rendering, ShowsBothSidesOfAClash) {
  const Checked checked = check_text(
      "fn f(x: f32[B, In], w: f32[Out, In]) -> y: f32[B, Out] {\n"
      "  let z[b, o] = sum[i] x[b, i] * w[o, i]\n  y = z + x\n}\n");
  EXPECT_EQ(checked.rendered,
            "error[E0303]: the shapes [B, Out] and [B, In] do not agree\n"
            " --> test.model:3:7\n"
            "3 |   y = z + x\n"
            "  |       -^^^- f32[B, In]\n"
            "  |       f32[B, Out]\n"
            "note: `B` is bound by `x`, `Out` is bound by `w`, `In` is bound by `x` in line 1\n"
            "help: shapes are equal, or one is the end of the other; else write the indices\n"
            "\n"
            "1 error\n");
}

}  // namespace
}  // namespace kiln::sema
