#include <filesystem>

#include "command.h"

namespace kiln::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TestVerb, PropertiesThatHoldPassForAllCases) {
  const Folder folder;
  const std::string file = folder.write(
      "t.model",
      "import nn\n"
      "test \"rows sum to one\" for x: f32[N, M] where M >= 1 {\n"
      "  let p = nn.softmax(x)\n"
      "  let s[i] = sum[j] p[i, j]\n"
      "  assert all[i] abs(s[i] - 1) < 1e-4\n"
      "}\n"
      "test \"sizes suit\" for x: f32[D], Heads: dim where Heads >= 1, D % Heads == 0, D >= 28, D <= 30 {\n"
      "  let y[h: Heads, d: D / Heads] = x[h * (D / Heads) + d]\n"
      "  assert all[h, d] y[h, d] == x[h * (D / Heads) + d]\n"
      "}\n"
      "test \"streams, models and what changes\" for m: Net, inout rng: Rng, k: i32[N], b: bool {\n"
      "  let u: f32[3] = rng.uniform()\n"
      "  let y = m(u)\n"
      "  assert all[i] (k[i] == k[i] and (b or not b))\n"
      "}\n"
      "export type Net = nn.Linear(3, 2)\n");
  const Outcome outcome = kilnc({"test", file, "--cases", "30"});
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.error;
  EXPECT_THAT(outcome.out, HasSubstr("ok      rows sum to one (30 cases)"));
  EXPECT_THAT(outcome.out, HasSubstr("3 passed, 0 failed\n"));
}

TEST(TestVerb, APropertyThatFailsIsMadeSmallAndReproduces) {
  const Folder folder;
  const std::string file = folder.write("t.model",
                                        "test \"numbers are small\" for x: f32[N, M], k: i32[N] {\n"
                                        "  assert all[i, j] x[i, j] < 3, \"too large\"\n"
                                        "}\n");
  const Outcome first = kilnc({"test", file, "--seed", "7"});
  EXPECT_EQ(first.code, 1) << first.error;
  EXPECT_THAT(first.out, HasSubstr("FAILED  numbers are small (case "));
  EXPECT_THAT(first.out, HasSubstr("again with --seed 7)"));
  EXPECT_THAT(first.out, HasSubstr("too large"));
  EXPECT_THAT(first.out, HasSubstr("M = 1, N = 1\n"));
  EXPECT_THAT(first.out, HasSubstr("k: i32[N] = [0]\n"));
  const auto without_times = [](const std::string& text) {
    const size_t begin = text.find('\n');
    return text.substr(begin, text.find("\nin ") - begin);
  };
  EXPECT_EQ(without_times(kilnc({"test", file, "--seed", "7"}).out), without_times(first.out));
}

TEST(TestVerb, APropertyIsTriedOnValuesThatItsWhereLetsThrough) {
  const Folder folder;
  const std::string file =
      folder.write("t.model",
                   "test \"counts\" for n: i32, k: i32, x: f32[N] where n >= 1, k < n {\n"
                   "  assert n >= 1 and k < n\n"
                   "  assert sum[t: 0..n] t >= 0\n"
                   "}\n"
                   "test \"rows\" for len: i32[B], x: f32[b: B, len[b]] {\n"
                   "  let s[b] = sum[t] x[b, t] * x[b, t]\n"
                   "  assert all[b] s[b] >= 0\n"
                   "}\n"
                   "test \"never\" for n: i32 where n >= 3, n <= 2 { assert true }\n"
                   "test \"short\" for n: i32, len: i32[B], x: f32[b: B, len[b]] where n >= 5 {\n"
                   "  assert all[b] len[b] < 3\n"
                   "}\n");
  const Outcome outcome = kilnc({"test", file, "--cases", "40"});
  EXPECT_EQ(outcome.code, 1) << outcome.error;
  EXPECT_THAT(outcome.out, HasSubstr("ok      counts (40 cases)"));
  EXPECT_THAT(outcome.out, HasSubstr("ok      rows (40 cases)"));
  EXPECT_THAT(outcome.out, HasSubstr("1000 draws in turn did not meet its `where`"));
  EXPECT_THAT(outcome.out, HasSubstr("FAILED  short (case "));
  EXPECT_THAT(outcome.out, HasSubstr("B = 1\n"));
  EXPECT_THAT(outcome.out, HasSubstr("n: i32 = 5\n"));
  EXPECT_THAT(outcome.out, HasSubstr("len: i32[B] = [3]\n"));
}

TEST(TestVerb, APropertyWithoutSizesSaysSo) {
  const Folder folder;
  const std::string file =
      folder.write("t.model", "test \"none\" for x: f32[N] where N >= 3, N <= 2 { assert true }\n");
  const Outcome outcome = kilnc({"test", file});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out + outcome.error, HasSubstr("no sizes"));
}

TEST(TestVerb, ChoosesListsAndCountsOverFolders) {
  const Folder folder;
  std::filesystem::create_directories(folder / "in");
  folder.write("a.model",
               "test \"adds up\" { assert 1 + 1 == 2 }\ntest \"adds down\" { assert 1 - 1 == 0 }\n");
  folder.write("in/b.model", "test \"other\" { assert true }\n");
  const Outcome list = kilnc({"test", folder.path(), "--list"});
  EXPECT_EQ(list.code, 0) << list.error;
  EXPECT_EQ(list.out, (folder / "a.model") + ": adds up\n" + (folder / "a.model") + ": adds down\n" +
                          (folder / "in/b.model") + ": other\n");
  EXPECT_THAT(kilnc({"test", folder.path()}).out, HasSubstr("6 passed, 0 failed\n"));
  EXPECT_THAT(kilnc({"test"}, {.folder = folder.path()}).out, HasSubstr("6 passed, 0 failed\n"));
  const Outcome chosen = kilnc({"test", folder.path(), "--filter", "adds*"});
  EXPECT_THAT(chosen.out, HasSubstr("4 passed, 0 failed\n"));
  EXPECT_THAT(chosen.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(kilnc({"test", folder.path(), "--filter", "*add"}).out, HasSubstr("0 passed, 0 failed\n"));
  EXPECT_EQ(kilnc({"test", folder / "none.model"}).code, 1);
}

TEST(TestVerb, GivesOutcomesAsJson) {
  const Folder folder;
  const std::string file = folder.write("t.model",
                                        "test \"good\" { assert true }\n"
                                        "test \"bad\" for x: f32 { assert x < 0, \"why\" }\n");
  const Outcome outcome = kilnc({"test", file, "--json"});
  EXPECT_EQ(outcome.code, 1);
  for (const char* part :
       {"\"title\": \"good\"", "\"how\": \"interpreted\"", "\"passed\": true", "\"passed\": false",
        "\"message\": \"", "\"seed\": 1", "\"case\": \"x: f32 = 0\"", "\"milliseconds\": "})
    EXPECT_THAT(outcome.out, HasSubstr(part));
}

}  // namespace
}  // namespace kiln::tests
