#include "format/format.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "syntax/tokens.h"

namespace kiln::format {
namespace {

namespace fs = std::filesystem;

Formatted result_of(const std::string& text) {
  SourceFiles files;
  Diagnostics diagnostics;
  return format(files, files.add("test.model", text), diagnostics);
}

std::string formatted(const std::string& text) {
  const Formatted result = result_of(text);
  EXPECT_EQ(result.defect, "") << text;
  EXPECT_TRUE(result.text.has_value()) << text;
  return result.text.value_or("");
}

/// That a text gets a layout, and that it keeps it.
void expect_layout(const std::string& before, const std::string& after) {
  EXPECT_EQ(formatted(before), after);
  EXPECT_EQ(formatted(after), after);
}

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<fs::path> programs(const std::vector<std::string>& folders) {
  std::vector<fs::path> list;
  for (const std::string& folder : folders)
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(KILN_SOURCE_DIR) / folder))
      if (entry.path().extension() == ".model") list.push_back(entry.path());
  std::sort(list.begin(), list.end());
  EXPECT_FALSE(list.empty());
  return list;
}

TEST(Format, BlanksStandWhereTheyBelong) {
  expect_layout(
      "import   a.b  as c\nfn f [ T :float ] ( x:T[ N,M ],inout y : f32 = - 1 )->z:f32[...S]where "
      "N>=1,M>=2{z=x}",
      "import a.b as c\n\nfn f[T: float](x: T[N, M], inout y: f32 = -1) -> z: f32[...S] where N >= 1, M >= 2 "
      "{ z = x }\n");
  expect_layout(
      "fn f(x:f32[N])->f32=sum[i:0 .. N where not x[i]>0]x[ i+1 else 0 ]*2%3-(1+x [0])",
      "fn f(x: f32[N]) -> f32 = sum[i: 0..N where not x[i] > 0] x[i + 1 else 0] * 2 % 3 - (1 + x[0])\n");
  expect_layout(
      "fn f(m:M)->a:f32,b:f32{let(a,_)=jvp(x:dx){g(& m.k [ 1 ] ,K:3)}b+=a[:,...,1..,..2,0..3,(i:H,j)]}",
      "fn f(m: M) -> a: f32, b: f32 {\n  let (a, _) = jvp(x: dx) { g(&m.k[1], K: 3) }\n"
      "  b += a[:, ..., 1.., ..2, 0..3, (i: H, j)]\n}\n");
}

TEST(Format, ABlockStaysOnItsLineIfItIsShortAndWasThere) {
  expect_layout("fn f() { g() }", "fn f() { g() }\n");
  expect_layout("fn f() {\ng() }", "fn f() {\n  g()\n}\n");
  expect_layout("fn f() { g() h() }", "fn f() {\n  g()\n  h()\n}\n");
  expect_layout("fn f() { if a { b = 1 } else if c { b = 2 } else {\n b = 3 } }",
                "fn f() {\n  if a {\n    b = 1\n  } else if c {\n    b = 2\n  } else {\n    b = 3\n  }\n}\n");
  expect_layout("model M{}", "model M {}\n");
}

TEST(Format, LongSignaturesBreakBeforeResultsOrBetweenParameters) {
  const std::string name = "a_function_with_a_long_name_in_it";
  expect_layout(
      "fn " + name +
          "(x: f32[N, M], y: f32[N, M]) -> first: f32[N, M], second: f32[N, M] where N >= 1 { g() }",
      "fn " + name +
          "(x: f32[N, M], y: f32[N, M])\n    -> first: f32[N, M], second: f32[N, M]\n    where N >= 1 { g() "
          "}\n");
  expect_layout("fn " + name +
                    "(x: f32[N, M], y: f32[N, M], another: f32[N, M], last: f32[N, M]) -> first: f32 { g() }",
                "fn " + name +
                    "(\n  x: f32[N, M],\n  y: f32[N, M],\n  another: f32[N, M],\n  last: f32[N, M],\n) -> "
                    "first: f32 { g() "
                    "}\n");
}

TEST(Format, LongExpressionsBreakAtTheirLoosestOperators) {
  const std::string long_name(38, 'a');
  expect_layout("fn f() { let y = " + long_name + " * 2 + " + long_name + " * 3 - " + long_name + " * 4 }",
                "fn f() {\n  let y =\n      " + long_name + " * 2\n      + " + long_name + " * 3\n      - " +
                    long_name + " * 4\n}\n");
  expect_layout(
      "fn f() { let y = " + long_name + "(" + long_name + ", " + long_name + ",) }",
      "fn f() {\n  let y = " + long_name + "(\n    " + long_name + ",\n    " + long_name + ",\n  )\n}\n");
  expect_layout("fn f() { let y = (" + long_name + ",) }", "fn f() { let y = (" + long_name + ",) }\n");
  expect_layout("fn f() { let y=" + long_name + "[i]+a[j] }",
                "fn f() { let y = " + long_name + "[i] + a[j] }\n");
  std::string numbers = "1";
  for (int i = 2; i < 60; ++i) numbers += ", " + std::to_string(i);
  const std::string vector = formatted("const t: f32[59] = [" + numbers + "]");
  EXPECT_EQ(std::count(vector.begin(), vector.end(), '\n'), 5) << vector;
}

TEST(Format, EveryConstructHasALayout) {
  expect_layout(
      "mesh data , tensors\n@realtime @precision( bf16 ) export fn "
      "a[M:fn(f32[B,I])->f32[B,O],T](m:M,x:f32[B,I @ data])"
      "->(k:f32[...S],v:(f32)){while x>0 and not y max 10 checkpoint{x-=1}for &p,g in "
      "m.params(\"*.w\"),grads max "
      "4 checkpoint  every  3{p*=2}"
      "let f=fn(a,b)=a+b let(y,back)=vjp(x,m.head){return(x,y)}let c=checkpoint{f(x,K:3,&m)}let v=[1,2,3,]"
      "var q:f32[b:B,len[b]]=0 return (k:a,v:(b,))}derivative of f.g(x:dx,k)=dx*2 adjoint of "
      "f(a,b)->y:dy,z:dz{return(da,db)}"
      "export fn other=nn.relu export type C(B:dim)=(k:f32[12,B],len:i32)"
      "test \"p\" for x:f32[N,M],K:dim, where N>=1,K<=M{assert all[i](x[i]>0),\"why\"}"
      "fn g(x:f32[N])->f32=if x[0]>0{1}else if x[0]<0{2}else{-sum[...s,(i:A,j) where i<j] x[...s,(i,j) else "
      "0]*-max[k] y[k]}"
      "model E(N:dim=3) where N>=1{@x a:B(N) if N==1 state s:f32=0 fn call()->f32=1}",
      "mesh data, tensors\n\n@realtime\n@precision(bf16)\n"
      "export fn a[M: fn(f32[B, I]) -> f32[B, O], T](m: M, x: f32[B, I @ data])\n    -> (k: f32[...S], v: "
      "(f32)) "
      "{\n"
      "  while x > 0 and not y max 10 checkpoint { x -= 1 }\n  for &p, g in m.params(\"*.w\"), grads max 4 "
      "checkpoint every 3 { p *= 2 }\n"
      "  let f = fn(a, b) = a + b\n  let (y, back) = vjp(x, m.head) { return (x, y) }\n"
      "  let c = checkpoint { f(x, K: 3, &m) }\n  let v = [1, 2, 3]\n  var q: f32[b: B, len[b]] = 0\n"
      "  return (k: a, v: (b,))\n}\n\nderivative of f.g(x: dx, k) = dx * 2\n"
      "adjoint of f(a, b) -> y: dy, z: dz { return (da, db) }\nexport fn other = nn.relu\n"
      "export type C(B: dim) = (k: f32[12, B], len: i32)\n"
      "test \"p\" for x: f32[N, M], K: dim where N >= 1, K <= M { assert all[i] (x[i] > 0), \"why\" }\n\n"
      "fn g(x: f32[N]) -> f32 = if x[0] > 0 {\n  1\n} else if x[0] < 0 {\n  2\n} else {\n"
      "  -sum[...s, (i: A, j) where i < j] x[...s, (i, j) else 0] * -max[k] y[k]\n}\n\n"
      "model E(N: dim = 3) where N >= 1 {\n  @x\n  a: B(N) if N == 1\n\n  state s: f32 = 0\n  fn call() -> "
      "f32 "
      "= 1\n}\n");
}

TEST(Format, CommentsKeepTheirPlace) {
  expect_layout(
      "// head\n\n\n\nfn f( // parameters\n  x: f32, // first\n  /// the second\n  y: f32 // second\n  // "
      "last\n) -> f32 "
      "{ // body\n\n  // above\n  let z = x // why\n    + y\n\n\n  z // not here\n = 1\n  // end\n\n}\n// "
      "tail",
      "// head\n\nfn f(  // parameters\n  x: f32,  // first\n  /// the second\n  y: f32,  // second\n  // "
      "last\n) -> f32 "
      "{  // body\n  // above\n  let z =\n      x  // why\n      + y\n\n  z  // not here\n  = 1\n  // "
      "end\n}\n// tail\n");
  expect_layout("fn f() {\n  let y = a + // left\n    b\n  g(a // one\n   , b)\n}",
                "fn f() {\n  let y =\n      a  // left\n      + b\n  g(\n    a,  // one\n    b,\n  )\n}\n");
}

TEST(Format, CommentsBehindNeighbouringLinesStandInOneColumn) {
  expect_layout("fn f() {\n  let a = 1 // one\n  let bcd = 2 // two\n\n  let e = 3 // three\n}",
                "fn f() {\n  let a = 1    // one\n  let bcd = 2  // two\n\n  let e = 3  // three\n}\n");
}

TEST(Format, EmptyLinesAreOneAtMostAndStandAroundLongItems) {
  expect_layout("import a\nconst x = 1\n\n\n\nconst y = 2\nfn f() {\n\n  g()\n\n\n  h()\n\n}\nconst z = 3",
                "import a\n\nconst x = 1\n\nconst y = 2\n\nfn f() {\n  g()\n\n  h()\n}\n\nconst z = 3\n");
}

TEST(Format, AFileWithSyntaxErrorsIsLeftAlone) {
  const Formatted result = result_of("fn f( { }");
  EXPECT_FALSE(result.text.has_value());
  EXPECT_EQ(result.defect, "");
}

TEST(Format, OddFilesAreFormatted) {
  expect_layout("", "");
  expect_layout("\n\n", "");
  expect_layout("// one", "// one\n");
  expect_layout(
      "\xEF\xBB\xBF"
      "const x = 1\r\n\r\n\r\nconst y = 2 // b\r\n",
      "const x = 1\n\nconst y = 2  // b\n");
  expect_layout("fn f() = ((((a)) + (b)))", "fn f() = ((((a)) + (b)))\n");
  expect_layout("fn f() = (((a, b)))", "fn f() = (((a, b)))\n");
  expect_layout("fn f() { y[((i, j))] = x }", "fn f() { y[((i, j))] = x }\n");
}

TEST(Format, TheLibraryAndTheSamplesStayFormatted) {
  for (const fs::path& path : programs({"stdlib", "samples"})) {
    const std::string text = read(path);
    EXPECT_EQ(formatted(text), text) << "run: kilnc fmt " << path;
  }
}

TEST(Format, WhatIsFormattedStaysAsItIs) {
  for (const fs::path& path : programs({"stdlib", "samples", "tests"})) {
    const Formatted once = result_of(read(path));
    EXPECT_EQ(once.defect, "") << path;
    if (!once.text) continue;  // one of the mistakes
    EXPECT_EQ(formatted(*once.text), *once.text) << path;
  }
}

/// The program with other blanks and ends of lines between its tokens, and comments in between.
std::string shuffled(const std::string& text, std::mt19937& random) {
  const auto below = [&](unsigned limit) { return random() % limit; };
  std::string result;
  const unsigned comments = below(2) == 0 ? 0 : 4 + below(30), lines = 1 + below(8);
  for (const syntax::Token& token : syntax::tokens_of(text)) {
    const bool is_comment = token.kind == syntax::TokenKind::comment || token.kind == syntax::TokenKind::doc;
    if (is_comment && !result.empty()) result += '\n';
    result += token.in(text);
    if (is_comment || below(lines) == 0)
      result += below(4) == 0 ? "\n\n\n" : "\n";
    else
      result += ' ';
    if (comments > 0 && below(comments) == 0) {
      constexpr const char* kinds[] = {"// c\n",  "\n// c\n",  "\n\n// c\n\n",
                                       "/// d\n", "\n/// d\n", "//// e\n\n"};
      result += kinds[below(6)];
    }
  }
  return result;
}

TEST(Format, AnyLayoutOfAProgramIsProvedAndFormattedOnce) {
  std::mt19937 random(7);
  int formatted_files = 0;
  for (const fs::path& path : programs({"stdlib", "samples", "tests/programs", "tests/language"})) {
    const std::string text = read(path);
    for (int round = 0; round < 6; ++round) {
      const std::string other = shuffled(text, random);
      const Formatted once = result_of(other);
      ASSERT_EQ(once.defect, "") << path << "\n" << other;
      if (!once.text) continue;
      ++formatted_files;
      ASSERT_EQ(formatted(*once.text), *once.text) << path << "\n" << other;
    }
  }
  EXPECT_GT(formatted_files, 100);
}

}  // namespace
}  // namespace kiln::format
