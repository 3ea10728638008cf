#include "command.h"

namespace kiln::tests {
namespace {

using testing::HasSubstr;

Outcome repl(const std::string& input, const std::vector<std::string>& arguments = {}) {
  const Folder folder;
  std::vector<std::string> all = {"repl"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return kilnc(all, {.input = folder.write("input", input)});
}

TEST(RunExpression, PrintsValueAndType) {
  EXPECT_EQ(kilnc({"run", "-e", "1 + 2"}).out, "3 : i32\n");
  EXPECT_EQ(kilnc({"run", "-e", "sum[i: 5] f32(i)"}).out, "10 : f32\n");
  EXPECT_EQ(kilnc({"run", "-e", "for[i: 2, j: 3] i * j"}).out, "[[0, 0, 0],\n [0, 1, 2]] : i32[2, 3]\n");
  EXPECT_THAT(kilnc({"run", "-e", "(a: 1, b: true)"}).out, HasSubstr("\n  a: i32 = 1\n  b: bool = true\n"));
  EXPECT_EQ(kilnc({"run", "--eval=nn.relu(-2.5)"}).out, "0 : f32\n");
  EXPECT_THAT(kilnc({"run", "-e", "nn.Linear(2, 1).init(Rng(1))"}).out, HasSubstr("weight: f32[1, 2] = [["));
}

TEST(RunExpression, SeesTheDeclarationsOfTheFile) {
  const Folder folder;
  const std::string file = folder.write(
      "m.model", "/// Doc.\nimport nn as layers\nfn _twice(x: f32) -> y: f32 = 2 * layers.relu(x)\n");
  const Outcome outcome = kilnc({"run", "-e", "_twice(4)", file});
  EXPECT_EQ(outcome.out, "8 : f32\n") << outcome.error;
}

TEST(RunExpression, TellsMistakes) {
  const Outcome unknown = kilnc({"run", "-e", "nothing + 1"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.error, HasSubstr("E0101"));
  EXPECT_THAT(unknown.error, HasSubstr("nothing + 1"));
  EXPECT_THAT(kilnc({"run", "-e", "let x = 1"}).error, HasSubstr("-e takes an expression"));
  EXPECT_EQ(kilnc({"run", "-e", "(1"}).code, 1);
  EXPECT_EQ(kilnc({"run", "-e", "1", "/nowhere.model"}).code, 1);
}

TEST(Repl, KeepsLetsAndDeclarations) {
  const Outcome outcome = repl(
      "let x = 3\nx * x\nfn twice(a: f32) -> b: f32 = 2 * a\ntwice(4)\nfn twice(a: f32) -> b: f32 =\n  3 * "
      "a\ntwice(4)\n"
      "var y: f32[2] = 1\ny[0] = 5\ny\n:type for[i: 3] y\nlet z = [\n 1,\n 2]\nz\n");
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_EQ(outcome.out, "9 : i32\n8 : f32\n12 : f32\n[5, 1] : f32[2]\nf32[3, 2]\n[1, 2] : i32[2]\n");
}

TEST(Repl, MistakesDoNotEndIt) {
  const Outcome outcome =
      repl("let x = 3\nx +* 2\nlet y = nothing\nassert x == 4, \"not four\"\nx\n:nonsense\n");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "3 : i32\n");
  EXPECT_THAT(outcome.error, HasSubstr("E0002"));
  EXPECT_THAT(outcome.error, HasSubstr("E0101"));
  EXPECT_THAT(outcome.error, HasSubstr("not four"));
  EXPECT_THAT(outcome.error, HasSubstr("there is no command `:nonsense`"));
}

TEST(Repl, ShowsWhatIsPrintedOnce) {
  const Outcome outcome = repl("var s = 0\nfor t in 0..2 { s += 1 print(s) }\nlet z = s\nz\nprint(z)\n");
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_EQ(outcome.out, "s: i32[] = [1]\ns: i32[] = [2]\n2 : i32\nz: i32[] = [2]\n");
}

TEST(Repl, WhatHasNoValueIsAMistake) {
  const Outcome outcome = repl("nn.relu\n\"text\"\n1\n");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "1 : i32\n");
  EXPECT_THAT(outcome.error, HasSubstr("has no value to show"));
}

TEST(Repl, CallsWithoutResultsAreKept) {
  const Outcome outcome = repl("fn up(inout x: f32) { x += 1 }\nvar v: f32 = 1\nup(&v)\nup(&v)\nv\n");
  EXPECT_EQ(outcome.out, "3 : f32\n") << outcome.error;
}

TEST(Repl, LoadsFilesAndHasCommands) {
  const Folder folder;
  const std::string file = folder.write("m.model", "const size = 4\n");
  EXPECT_EQ(repl("size\n", {file}).out, "4 : i32\n");
  EXPECT_EQ(repl(":load " + file + "\nsize + 1\n:quit\nsize\n").out, "5 : i32\n");
  EXPECT_THAT(repl(":help\n").out, HasSubstr(":type EXPRESSION"));
  EXPECT_EQ(repl("let x = 1\n:list\n:clear\n:list\n").out, "let x = 1\n");
  EXPECT_EQ(repl(":load /nowhere.model\n").code, 1);
}

}  // namespace
}  // namespace kiln::tests
