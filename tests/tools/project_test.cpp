#include <cstdlib>
#include <filesystem>

#include "command.h"

namespace kiln::tests {
namespace {

using testing::HasSubstr;

TEST(New, MakesAProjectThatBuildsRunsAndPassesItsTests) {
  const Folder folder;
  const Outcome made = kilnc({"new", folder / "sine"});
  ASSERT_EQ(made.code, 0) << made.error;
  EXPECT_EQ(kilnc({"fmt", "--check", folder / "sine"}).code, 0);
  const Outcome tests = kilnc({"test", "--cases", "5"}, {.folder = folder / "sine"});
  EXPECT_EQ(tests.code, 0) << tests.out << tests.error;
  const std::string source = folder / "sine", build = folder / "sine/build";
  const std::string command = "cd " + source +
                              " && cmake -B build -DKILNC=" KILNC
                              " > log 2>&1 && cmake --build build >> log 2>&1"
                              " && ctest --test-dir build >> log 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0) << read(source + "/log");
  EXPECT_TRUE(std::filesystem::exists(build + "/sine.safetensors"));
}

TEST(New, OverwritesNothingAndKnowsWhatANameIs) {
  const Folder folder;
  folder.write("there", "x");
  const Outcome taken = kilnc({"new", folder / "there"});
  EXPECT_EQ(taken.code, 1);
  EXPECT_THAT(taken.error, HasSubstr("exists already"));
  EXPECT_EQ(read(folder / "there"), "x");
  for (const char* name : {"Net", "1st", "class", "test", "a-b"}) {
    EXPECT_EQ(kilnc({"new", folder / name}).code, 1) << name;
    EXPECT_FALSE(std::filesystem::exists(folder / name));
  }
}

TEST(Doc, WritesAPageForEachModuleWithLinksAndInferredConditions) {
  const Folder folder;
  const std::string file = folder.write(
      "shapes.model",
      "/// A module of *examples*, <two> of them.\nimport nn\n\n"
      "/// Takes the first. Needs `Layer`:\n///\n/// - one\n/// - two\n///\n/// ```\n/// let y = "
      "first(x)\n/// ```\n"
      "fn first(\n  /// what is read\n  x: f32[N]) -> y: f32 = x[0]\n\n"
      "/// A layer.\nmodel Layer(D: dim) where D >= 1 {\n  /// The weights.\n  param w: f32[D] = 1\n  inner: "
      "nn.Linear(D, D)\n"
      "  /// Applies it.\n  fn call(x: f32[D]) -> y: f32[D] = inner(x * w)\n  fn _hidden() -> y: f32 = 1\n}\n"
      "export type Small = Layer(4)\nconst size = 4\nfn _private() -> y: f32 = 1\ntest \"no doc\" { assert "
      "true }\n");
  const Outcome outcome = kilnc({"doc", file, "--stdlib", "-o", folder / "out"});
  ASSERT_EQ(outcome.code, 0) << outcome.error;
  const std::string page = read(folder / "out/shapes.html");
  for (const char* part :
       {"<em>examples</em>, &lt;two&gt; of them", "<li>one</li>", "inferred: where N &gt;= 1",
        "id=\"Layer.call\"", "href=\"nn.html#Linear\"", "href=\"#Layer\"", "prefers-color-scheme",
        "<dt>x</dt>", "what is read", "The weights.", "id=\"size\"", "exported"})
    EXPECT_THAT(page, HasSubstr(part));
  EXPECT_THAT(page, testing::Not(HasSubstr("_private")));
  EXPECT_THAT(page, testing::Not(HasSubstr("_hidden")));
  EXPECT_THAT(page, testing::Not(HasSubstr("http")));
  EXPECT_THAT(read(folder / "out/index.html"), HasSubstr("href=\"nn.html\""));
  EXPECT_THAT(read(folder / "out/nn.html"), HasSubstr("id=\"softmax\""));
}

TEST(Doc, WritesMarkdown) {
  const Folder folder;
  const std::string file = folder.write(
      "m.model", "/// The module.\nimport nn\n/// Relu.\nexport fn f(x: f32[N]) -> y: f32[N] = nn.relu(x)\n");
  ASSERT_EQ(kilnc({"doc", file, "-o", folder / "out", "--format", "markdown"}).code, 0);
  EXPECT_EQ(read(folder / "out/m.md"),
            "# m\n\nThe module.\n\n## `f`\n\n```kiln\nexport fn f(x: f32[N]) -> y: f32[N]\n```\n\nRelu.\n");
  EXPECT_EQ(read(folder / "out/README.md"), "# Modules\n\n- [m](m.md): The module.\n");
}

TEST(Doc, TellsMistakes) {
  const Folder folder;
  const std::string wrong = folder.write("wrong.model", "fn f() -> y: f32 = nothing\n");
  EXPECT_EQ(kilnc({"doc", wrong, "-o", folder / "out"}).code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
  EXPECT_THAT(kilnc({"doc"}).error, HasSubstr("there is nothing to document"));
  EXPECT_THAT(kilnc({"doc", wrong, "--format", "pdf"}).error, HasSubstr("html or markdown"));
}

}  // namespace
}  // namespace kiln::tests
