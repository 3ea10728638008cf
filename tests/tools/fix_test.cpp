#include <gtest/gtest.h>

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "command.h"

namespace kiln::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string broken =
    "fn first(x: float32[N]) -> float32 = sum(i) x[i]\n"
    "fn second(x: f32[N], y: i32[N]) -> f32[N] = x * y\n"
    "fn third(x: f32[N]) -> f32 {\n"
    "  let s = 2.0\n"
    "  s * sum(x)\n"
    "}\n";
const std::string mended =
    "fn first(x: f32[N]) -> f32 = sum[i] x[i]\n"
    "fn second(x: f32[N], y: i32[N]) -> f32[N] = x * f32(y)\n"
    "fn third(x: f32[N]) -> f32 {\n"
    "  let s = 2.0\n"
    "  return s * sum(x)\n"
    "}\n";

TEST(Fix, MendsWhatItSaysUntilNothingIsLeft) {
  const Folder folder;
  const std::string file = folder.write("m.model", broken);
  const Outcome outcome = kilnc({"check", file, "--fix"});
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_EQ(read(file), mended);
  EXPECT_THAT(outcome.error, HasSubstr("fixed " + file + ":5:3: write `return s * sum(x)`"));
  EXPECT_THAT(outcome.error, HasSubstr("5 fixes applied"));
  EXPECT_EQ(folder.names(), std::vector<std::string>{"m.model"});
  const Outcome again = kilnc({"check", file, "--fix"});
  EXPECT_THAT(again.error, HasSubstr("nothing that can be fixed"));
  EXPECT_EQ(read(file), mended);
}

TEST(Fix, OfADryRunIsADiffAndChangesNothing) {
  const Folder folder;
  const std::string file = folder.write("m.model", broken);
  const Outcome outcome = kilnc({"check", file, "--fix", "--dry-run"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(read(file), broken);
  EXPECT_THAT(outcome.out, HasSubstr("@@ -1,6 +1,6 @@\n"
                                     "-fn first(x: float32[N]) -> float32 = sum(i) x[i]\n"
                                     "+fn first(x: float32[N]) -> float32 = sum[i] x[i]\n"));
  EXPECT_THAT(outcome.out, HasSubstr("-  s * sum(x)\n+  return s * sum(x)\n }\n"));
  EXPECT_THAT(kilnc({"check", file, "--dry-run"}).error, HasSubstr("--dry-run goes with --fix"));
}

TEST(Fix, LeavesMistakesWithoutACertainFix) {
  const Folder folder;
  const std::string text = "fn f(x: f32[N], y: f32[M]) -> f32[N] = x + y\n";
  const std::string file = folder.write("m.model", text);
  const Outcome outcome = kilnc({"check", file, "--fix"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.error, HasSubstr("E0303"));
  EXPECT_EQ(read(file), text);
}

TEST(Fix, ThatCannotBeWrittenLeavesTheFile) {
  const Folder folder;
  const std::string file = folder.write("m.model", broken);
  Settings settings;
  settings.largest_file = 8;
  const Outcome outcome = kilnc({"check", file, "--fix"}, settings);
  EXPECT_NE(outcome.code, 0);
  EXPECT_EQ(read(file), broken);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"m.model"});
}

TEST(Fix, IsHeldByJsonWithPlaces) {
  const Folder folder;
  const std::string file = folder.write("m.model", "fn f(x: f32) -> f32 = sinn(x)\n");
  const Outcome outcome = kilnc({"check", file, "--json"});
  EXPECT_EQ(outcome.error, "");
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["version"], 1);
  EXPECT_EQ(json["errors"], 1);
  const auto fix = json["diagnostics"][0]["fixes"][0];
  EXPECT_EQ(fix["title"], "did you mean `sin`?");
  EXPECT_EQ(fix["edits"][0]["text"], "sin");
  EXPECT_EQ(fix["edits"][0]["span"]["begin"], 22);
  EXPECT_EQ(fix["edits"][0]["span"]["end"], 26);
  EXPECT_EQ(fix["edits"][0]["span"]["line"], 1);
  EXPECT_EQ(fix["edits"][0]["span"]["column"], 23);
}

TEST(MaxErrors, ShowsSoManyAndCountsTheRest) {
  const Folder folder;
  std::string text;
  for (int i = 0; i < 5; ++i)
    text += "fn f" + std::to_string(i) + "(x: f32) -> f32 = y" + std::to_string(i) + "y\n";
  const std::string file = folder.write("m.model", text);
  const Outcome two = kilnc({"check", file, "--max-errors", "2"});
  EXPECT_THAT(two.error, HasSubstr("`y1y`"));
  EXPECT_THAT(two.error, Not(HasSubstr("`y2y`")));
  EXPECT_THAT(two.error, HasSubstr("5 errors; 3 of them are not shown"));
  EXPECT_THAT(kilnc({"check", file, "--max-errors", "0"}).error, HasSubstr("`y4y`"));
  EXPECT_EQ(kilnc({"check", file, "--max-errors", "-1"}).code, 1);
}

TEST(Explain, PrintsThePageOfACode) {
  const Outcome page = kilnc({"check", "--explain", "E0312"});
  EXPECT_EQ(page.code, 0);
  EXPECT_THAT(page.out, HasSubstr("# E0312: an index that ranges over two different sizes"));
  EXPECT_EQ(kilnc({"explain", "e0312"}).out, page.out);
  EXPECT_EQ(kilnc({"check", "--explain", "E9999"}).code, 1);
}

}  // namespace
}  // namespace kiln::tests
