#include <gtest/gtest.h>

#include "checked_program.h"
#include "syntax/parse.h"
#include "syntax/print_ast.h"

namespace kiln::docs {
namespace {

/// An expression of one float with a mistake, and what the fixes that are surely meant make of it.
struct Mistake {
  const char* wrong;
  const char* right;
  bool binds_alike = true;  // as tightly as what it stands for: `right` is meant as one whole
};

// In scope: x: f32[N], a: i32[N], k: i32, s: f32, on: bool; N >= 3.
constexpr Mistake mistakes[] = {
    {"s + k", "s + f32(k)"},           {"k * s", "f32(k) * s"},
    {"s / N", "s / f32(N)"},           {"s / (N - 1)", "s / f32(N - 1)"},
    {"s * (k + k)", "s * f32(k + k)"}, {"x[-1]", "x[N - 1]"},
    {"sqrt(N)", "sqrt(f32(N))"},       {"helper(s, k=2)", "helper(s, k: 2)"},
    {"helprr(s, 2)", "helper(s, 2)"},  {"helper(k, 2)", "helper(f32(k), 2)"},
    {"helper[s, 2]", "helper(s, 2)"},  {"x(0)", "x[0]"},
    {"sum(i) x[i]", "sum[i] x[i]"},    {"s ** 2", "pow(s, 2)"},
    {"x[0] ** 2", "pow(x[0], 2)"},     {"2s", "2 * s"},
    {"nn.relu(s)", "nn.relu(s)"},
};

/// A condition with a mistake.
constexpr Mistake conditions[] = {
    {"0 < s < 1", "0 < s and s < 1"},
    {"s > 0 && on", "s > 0 and on", false},
    {"s > 0 || on", "s > 0 or on", false},
    {"!on", "not on"},
    {"s > k", "s > f32(k)"},
    {"on == True", "on == true"},
};

const std::string signature =
    "fn f(x: f32[N], a: i32[N], k: i32, s: f32, on: bool) -> y: f32[N], z: f32 where N >= 3 ";

std::string in_function(const std::string& statements) {
  return "fn helper(x: f32, k: i32) -> f32 = x * f32(k)\n" + signature + "{\n" + statements + "\n}\n";
}

/// Programs with `@` where an expression of one float stands.
const std::vector<std::string>& places_of_values() {
  static const std::vector<std::string> places = {
      in_function("  y = x\n  z = @"),
      in_function("  y = x\n  z = @\n  z += 1"),
      in_function("  y = x\n  z = 0\n  for t in 0..4 {\n    z += @\n  }"),
      in_function("  y = x\n  z = 0\n  for t in 0..4 { z += @ }"),
      in_function("  y = x\n  if on {\n    z = @\n  } else {\n    z = 1\n  }"),
      in_function("  y = x\n  z = if on { @ } else { 1 }"),
      in_function("  y = x\n  z = if on { 1 } else { @ }  // what else\n"),
      in_function("  y[i] = @\n  z = 0"),
      in_function("  y[i] = x[i] * (@)\n  z = 0"),
      in_function("  y = for[i] (@)\n  z = 0"),
      in_function("  y = x\n  z = (1 +\n    (@)\n    + 2)"),
      in_function("  y = x\n  z = exp(@)"),
      in_function("  y = x\n  z = step(\n    1,\n    @\n  )") + "fn step(v: f32, w: f32) -> f32 = v - w\n",
      in_function("  y = x\n  z = { let one = 1.0 return one + (@) }"),
      in_function("  y = grad(x) { sum(x) * (@) }\n  z = 0"),
      in_function("  y = x\n  let bend = fn(v) = v * (@)\n  z = bend(2.0)"),
      in_function("  y = x\n  z = 0\n  while z < @ max 3 { z += 1 }"),
      in_function("  y = x\n  z = 1\n  assert z > @"),
      in_function("  y = x\n  z = x[0]\n  if @ > 1 { z = 0 }"),
      "fn helper(x: f32, k: i32) -> f32 = x * f32(k)\n"
      "model M(N: dim) {\n  param x: f32[N] = 0\n  fn call(s: f32, k: i32) -> f32 where N >= 3 {\n"
      "    return @\n  }\n}\n",
      "fn helper(x: f32, k: i32) -> f32 = x * f32(k)\n"
      "test \"of a value\" for x: f32[N], k: i32, s: f32 where N >= 3 {\n  assert @ == 1, \"one\"\n}\n",
  };
  return places;
}

const std::vector<std::string>& places_of_conditions() {
  static const std::vector<std::string> places = {
      in_function("  y = x\n  z = 0\n  if @ { z = 1 }"),
      in_function("  y = x\n  z = 0\n  if @ and on { z = 1 }"),
      in_function("  y = x\n  z = 0\n  if on or @ { z = 1 }"),
      in_function("  y = x\n  z = 0\n  if not @ { z = 1 }"),
      in_function("  y = x\n  z = 0\n  if not (@) { z = 1 }"),
      in_function("  y = x\n  z = if @ { 1 } else { 0 }"),
      in_function("  y = x\n  z = 0\n  while @ max 3 { z += 1 }"),
      in_function("  y = x\n  z = 0\n  assert @, \"why\""),
      in_function("  y = x\n  z = f32(all[i] @)"),
      in_function("  y = x\n  z = f32(any[i] (@))"),
      in_function("  y = x\n  z = sum[i where @] x[i]"),
      in_function("  y[i] = if @ { x[i] } else { 0 }\n  z = 0"),
      in_function("  y = x\n  let b = @\n  z = if b { 1 } else { 0 }"),
  };
  return places;
}

/// Statements with a mistake; `z` is in scope and has a value.
constexpr Mistake statements[] = {
    {"let t = s\n  for q in 0..3 { t += 1.0 }\n  z += t",
     "var t = s\n  for q in 0..3 { t += 1.0 }\n  z += t"},
    {"let (t, u) = (s, s)\n  u *= 2\n  z += t + u", "var (t, u) = (s, s)\n  u *= 2\n  z += t + u"},
    {"let z = z + 1", "z = z + 1"},
    {"z ++", "z += 1"},
    {"var t = s\n  grow(t, 2)\n  z += t", "var t = s\n  grow(&t, 2)\n  z += t"},
    {"var t = s\n  z += helper(&t, 2)\n  t = 1", "var t = s\n  z += helper(t, 2)\n  t = 1"},
    {"if s == 1 { z = 1 } elif s = 2 { z = 2 }", "if s == 1 { z = 1 } else if s == 2 { z = 2 }"},
    {"let g = lambda v: v + 1\n  z = g(s)", "let g = fn(v) = v + 1\n  z = g(s)"},
    {"if s = 1 { z = 1 }", "if s == 1 { z = 1 }"},
};

const std::vector<std::string>& places_of_statements() {
  static const std::string grow = "fn grow(inout v: f32, by: f32) { v *= by }\n";
  static const std::vector<std::string> places = {
      grow + in_function("  y = x\n  z = 0\n  @"),
      grow + in_function("  y = x\n  z = 0\n  for t0 in 0..4 {\n    @\n  }"),
      grow + in_function("  y = x\n  z = 0\n  for t0 in 0..4 { @ }"),
      grow + in_function("  y = x\n  z = 0\n  while z < 3 max 5 {\n    z += 1\n    @\n  }"),
      grow + in_function("  y = x\n  z = 0\n  if on { @ } else { z = 2 }"),
      grow + in_function("  y = x\n  z = 0\n  if on { z = 2 } else {\n    @\n    z += 1\n  }"),
      grow + "fn helper(x: f32, k: i32) -> f32 = x * f32(k)\n" +
          "model M {\n  state n: f32 = 0\n  fn call(s: f32) -> z: f32 {\n    z = n\n    @\n  }\n}\n",
      grow + "fn helper(x: f32, k: i32) -> f32 = x * f32(k)\n" +
          "test \"of a change\" for s: f32 {\n  var z = 0.0\n  @\n  assert z == z\n}\n",
  };
  return places;
}

std::string filled(const std::string& place, const std::string& text) {
  std::string program = place;
  return program.replace(program.find('@'), 1, text);
}

/// As `kilnc check --fix` does it: one fix after the other.
std::string mended(std::string program) {
  for (int round = 0; round < 8; ++round) {
    const Checked checked = check_program(program, "net.model");
    bool has_one = false;
    for (const Checked::Mended& fix : checked.mended) {
      if (!fix.is_certain || has_one) continue;
      EXPECT_NE(fix.text, "") << "edits overlap, or lie in another file";
      program = fix.text;
      has_one = true;
    }
    if (!has_one) break;
  }
  return program;
}

std::string meaning(const std::string& program) {
  SourceFiles files;
  Diagnostics diagnostics;
  const uint32_t file = files.add("net.model", program);
  const auto tree = syntax::parse(files, file, diagnostics);
  return tree->is_complete ? syntax::print(*tree) : "no program";
}

/// Whether the fixes make what is meant: the same tree as with the right text in parentheses. A mistake
/// without a certain fix at this place stays; `count` tells how many were mended.
void try_everywhere(const std::vector<std::string>& places, const Mistake& mistake, int& count) {
  for (const std::string& place : places) {
    const std::string program = filled(place, mistake.wrong);
    SCOPED_TRACE(program);
    const std::string text = mended(program);
    if (text == program) continue;
    ++count;
    const std::string whole = "(" + std::string(mistake.right) + ")";
    const bool is_expression = mistake.binds_alike && places != places_of_statements();
    std::string right = filled(place, is_expression ? whole : mistake.right);
    if (text.rfind("import nn", 0) == 0) right = "import nn\n\n" + right;
    EXPECT_EQ(meaning(text), meaning(right)) << text;
  }
}

TEST(FixPlaces, CertainFixesOfValuesMeanTheSameAtEveryPlace) {
  for (const Mistake& mistake : mistakes) {
    int count = 0;
    try_everywhere(places_of_values(), mistake, count);
    EXPECT_GE(count, 19) << mistake.wrong;
  }
}

TEST(FixPlaces, CertainFixesOfConditionsMeanTheSameAtEveryPlace) {
  for (const Mistake& mistake : conditions) {
    int count = 0;
    try_everywhere(places_of_conditions(), mistake, count);
    EXPECT_GE(count, 10) << mistake.wrong;
  }
}

TEST(FixPlaces, CertainFixesOfStatementsMeanTheSameAtEveryPlace) {
  for (const Mistake& mistake : statements) {
    int count = 0;
    try_everywhere(places_of_statements(), mistake, count);
    EXPECT_GE(count, 7) << mistake.wrong;
  }
}

}  // namespace
}  // namespace kiln::docs
