// Programs at the limits of sizes, numbers and nesting: each is checked or refused with a diagnostic, soon.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <ctime>
#include <functional>

#include "checked.h"

namespace kiln::sema {
namespace {

/// The text of `part(i)` for each i, joined.
std::string repeated(int count, const std::string& between, const std::function<std::string(int)>& part) {
  std::string all;
  for (int i = 0; i < count; ++i) all += (i == 0 ? "" : between) + part(i);
  return all;
}

struct LimitCase {
  const char* name;
  std::function<std::string()> program;
  const char* codes;  // of the first mistake; empty: none
};

const std::vector<LimitCase>& cases() {
  static const std::vector<LimitCase> list = {
      {"AnAxisOf2To63", [] { return "fn f(x: f32[9223372036854775808]) -> f32 = sum(x)\n"; }, "E0211"},
      {"AnAxisOf2To31", [] { return "fn f(x: f32[2147483648]) -> f32 = sum(x)\n"; }, "L0001"},
      {"AnAxisJustBelow2To31", [] { return "fn f(x: f32[2147483647]) -> f32 = sum(x)\n"; }, ""},
      {"ARangeOf2To32", [] { return "fn f(x: f32) -> f32 = sum[i: 65536 * 65536] x\n"; }, "L0001"},
      {"AComprehensionOver2To31",
       [] { return "fn f(x: f32) -> f32 { let y[i: 2147483648] = x\n return y[0] }\n"; }, "L0001"},
      {"AParamOf4Billions",
       [] { return "model M(N: dim) { param w: f32[N, 2] = 0 }\nexport type T = M(4000000000)\n"; }, "L0001"},
      {"AProductOfAxesBeyond64Bits",
       [] { return "fn f(N: dim, x: f32[N * 9223372036854775807 * 4]) -> f32 = sum(x)\n"; }, "E0310"},
      {"ALiteralOfAMillionDigits",
       [] { return "fn f(x: f32) -> f32 = x * " + std::string(1'000'000, '9') + "\n"; }, "E0008"},
      {"AnExponentBeyondAllFloats", [] { return "fn f(x: f32) -> f32 = x * 1e99999999999\n"; }, "E0008"},
      {"AConstantBeyond127Bits",
       [] {
         return "const A = 170141183460469231731687303715884105727\nconst B = A * A\nfn f(x: f32) -> f32 = x "
                "* B\n";
       },
       "E0203"},
      {"ANameOfAMillionCharacters",
       [] {
         const std::string name(1'000'000, 'a');
         return "fn f(" + name + ": f32) -> f32 = " + name + "\n";
       },
       ""},
      {"AMillionIndices",
       [] {
         return "fn f(x: f32) -> f32 = sum[" +
                repeated(1'000'000, ", ", [](int i) { return fmt::format("i{}: 2", i); }) + "] x\n";
       },
       "L0001"},
      {"AHundredThousandParameters",
       [] {
         return "fn f(" + repeated(100'000, ", ", [](int i) { return fmt::format("x{}: f32", i); }) +
                ") -> f32 = x0\n";
       },
       "L0001"},
      {"ManyResults",
       [] {
         return "fn f(x: f32) -> " +
                repeated(20'000, ", ", [](int i) { return fmt::format("y{}: f32", i); }) + " { y0 = x }\n";
       },
       "L0001"},
      {"AHundredThousandAxes",
       [] {
         return "fn f(x: f32[" + repeated(100'000, ", ", [](int) { return "2"; }) + ", N]) -> f32 = sum(x)\n";
       },
       "L0001"},
      {"AVectorOfAMillionNumbers",
       [] {
         return "fn f(i: i32) -> f32 { let t = [" + repeated(1'000'000, ", ", [](int) { return "1.5"; }) +
                "]\n return t[i] }\n";
       },
       "L0001"},
      {"AVectorOfTenThousandNumbers",
       [] {
         return "fn f(i: i32) -> f32 { let t = [" + repeated(10'000, ", ", [](int) { return "1.5"; }) +
                "]\n return t[i] }\n";
       },
       ""},
      {"AModelInItself",
       [] {
         return "model M(N: dim) {\n  inner: M(N + 1)\n  fn call(x: f32) -> f32 = x\n}\nexport type T = "
                "M(1)\n";
       },
       "E0505"},
      {"AModelInItselfFarTooOften",
       [] {
         return "model M(N: dim) {\n  inner: M(N - 1) if N > 0\n  fn call(x: f32) -> f32 = x\n}\n"
                "export type T = M(100000)\n";
       },
       "E0505"},
      {"ATypeInItself", [] { return "type A(N: dim) = (x: A(N + 1), y: f32)\nfn f(x: A(1)) -> f32 = 1\n"; },
       "E0505"},
      {"AConstantOfItself", [] { return "const A = B\nconst B = A\nfn f(x: f32) -> f32 = x * A\n"; },
       "E0412"},
      {"ABillionSubmodels",
       [] { return "model L { param w: f32 = 0 }\nmodel M { a: L[1000000000] }\nexport type T = M\n"; },
       "L0001"},
      {"ALongChainOfCalls",
       [] {
         return repeated(3'000, "",
                         [](int i) {
                           return fmt::format("fn g{}(x: f32) -> f32 = {}\n", i,
                                              i ? fmt::format("g{}(x)", i - 1) : "x");
                         }) +
                "export fn f(x: f32) -> y: f32 = g2999(x)\n";
       },
       "E0005"},
      {"AHundredCallsOneInTheOther",
       [] {
         return repeated(100, "",
                         [](int i) {
                           return fmt::format("fn g{}(x: f32) -> f32 = {}\n", i,
                                              i ? fmt::format("g{}(x)", i - 1) : "x");
                         }) +
                "export fn f(x: f32) -> y: f32 = g99(x)\n";
       },
       ""},
      {"TwentyThousandFunctions",
       [] {
         return repeated(20'000, "",
                         [](int i) { return fmt::format("fn g{}(x: f32[N]) -> f32[N] = x\n", i); });
       },
       ""},
      {"TwentyThousandStatements",
       [] {
         return "fn f(x: f32) -> y: f32 {\n  y = x\n" +
                repeated(20'000, "", [](int) { return "  y += 1\n"; }) + "}\n";
       },
       ""},
      {"ComprehensionsSixtyDeep",
       [] {
         return "fn f(x: f32[N]) -> f32 = " +
                repeated(60, "", [](int i) { return fmt::format("sum[i{0}] (x[i{0}] * ", i); }) + "1" +
                std::string(60, ')') + "\n";
       },
       ""},
      {"ComprehensionsAsDeepAsBracketsMayStand",
       [] {
         return "fn f(x: f32[N]) -> f32 = " +
                repeated(190, "", [](int i) { return fmt::format("sum[i{0}] (x[i{0}] * ", i); }) + "1" +
                std::string(190, ')') + "\n";
       },
       ""},
      {"MinimaAHundredDeep",
       [] {
         return "fn f(N: dim, x: f32[" + repeated(100, "", [](int) { return "min(N, "; }) + "N" +
                std::string(100, ')') + "]) -> f32 = sum(x)\n";
       },
       ""},
      {"ThreeHundredDivisibilities",
       [] {
         return "fn f(N: dim, M: dim, x: f32[N]) -> f32 where " +
                repeated(300, ", ", [](int i) { return fmt::format("N % (M + {}) == 0", i + 1); }) +
                " = sum[i] x[i]\n";
       },
       ""},
      {"AnEnormousTensor",
       [] {
         return "fn f(i: i32) -> f32 {\n  let t: f32[1000000, 1000000, 1000000] = 0\n  return t[i, 0, "
                "0]\n}\n";
       },
       ""},
  };
  return list;
}

TEST(Limits, GiveADiagnosticSoon) {
  for (const LimitCase& one : cases()) {
    SCOPED_TRACE(one.name);
    const std::clock_t start = std::clock();  // of this process: other work on the machine does not count
    const Checked checked = check_text(one.program());
    EXPECT_EQ(checked.mistakes.substr(0, checked.mistakes.find(' ')), one.codes)
        << checked.mistakes.substr(0, 500);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    EXPECT_LT(seconds, 10);
    std::printf("%s: %.2f s\n", one.name, seconds);
  }
}

}  // namespace
}  // namespace kiln::sema
