// What is checked of files of the standard library, and what is made once.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "checked.h"
#include "sema/modules.h"

namespace kiln::sema {
namespace {

namespace fs = std::filesystem;

constexpr const char* library =
    "fn good(x: f32) -> f32 = twice(x)\n"
    "fn twice(x: f32) -> f32 = 2 * x\n"
    "fn bad(x: f32) -> f32 = nothing\n"
    "type Pair = (a: f32, b: f32)\n";
constexpr const char* library_with_bad_syntax =
    "fn good(x: f32) -> f32 = 2 * x\nfn bad(x: f32) -> f32 = x +\n";

class LibraryFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("kiln_library_test_" + std::to_string(::getpid()));
    fs::create_directories(folder_ / "library");
    fs::create_directories(folder_ / "own");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  /// The codes of what is said about a file.
  std::string said(const std::string& name) {
    SourceFiles files;
    Diagnostics diagnostics;
    const auto root = files.load(folder_ / name);
    check(files, *root, {{folder_ / "library"}}, diagnostics);
    std::string codes;
    for (const Diagnostic& diagnostic : diagnostics.all())
      codes += std::string(codes.empty() ? "" : " ") + diagnostic.kind->code;
    return codes;
  }

 private:
  fs::path folder_;
};

TEST_F(LibraryFiles, AreCheckedAsFarAsTheyAreUsed) {
  write("library/lib.model", library);
  write("own/good.model", "import lib\nexport fn f(x: f32) -> f32 = lib.good(x)\n");
  write("own/bad.model", "import lib\nexport fn f(x: f32) -> f32 = lib.bad(x)\n");
  write("own/none.model", "import lib\nexport fn f(x: f32) -> f32 = lib.godo(x)\n");
  EXPECT_EQ(said("own/good.model"), "");
  EXPECT_EQ(said("own/bad.model"), "E0101");
  EXPECT_EQ(said("own/none.model"), "E0104");
}

TEST_F(LibraryFiles, AreParsedAsFarAsTheyAreUsed) {
  write("library/lib.model", library_with_bad_syntax);
  write("own/good.model", "import lib\nexport fn f(x: f32) -> f32 = lib.good(x)\n");
  write("own/bad.model", "import lib\nexport fn f(x: f32) -> f32 = lib.bad(x)\n");
  EXPECT_EQ(said("own/good.model"), "");
  EXPECT_EQ(said("own/bad.model").substr(0, 5), "E0002");
}

TEST_F(LibraryFiles, AreNotReadWhereTheImporterHasMistakes) {
  write("library/lib.model", "fn bad(x: f32) -> f32 = x $ 1\n");
  const std::string imports = "import lib\nimport missing\n";
  write("own/good.model", imports + "export fn f(x: f32) -> f32 = 2 * x\n");
  write("own/bad.model", imports + "export fn f(x: f32) -> f32 = 2 *\n");
  EXPECT_EQ(said("own/good.model"), "E0006 E0704");
  EXPECT_EQ(said("own/bad.model"), "E0002 E0704");
}

TEST_F(LibraryFiles, AreCheckedWholeAsARoot) {
  write("library/lib.model", library);
  EXPECT_EQ(said("library/lib.model"), "E0101");
  write("library/lib.model", library_with_bad_syntax);
  EXPECT_EQ(said("library/lib.model"), "E0002");
}

TEST_F(LibraryFiles, OfTheUserAreCheckedWhole) {
  write("own/lib.model", library);
  write("own/good.model", "import lib\nexport fn f(x: f32) -> f32 = lib.good(x)\n");
  EXPECT_EQ(said("own/good.model"), "E0101");
}

std::shared_ptr<const TypedFunction> callee_of(const ExportedFunction& exported) {
  const auto* call = syntax::if_is<Call>(*exported.function->body.result);
  return call == nullptr ? nullptr : call->callee;
}

TEST(Exports, OverTheSameDimsShareWhatTheyCall) {
  const Checked checked = check_text(
      "fn twice(x: f32[N]) -> y: f32[N] {\n  y[n] = 2 * x[n]\n}\n"
      "export fn a(x: f32[N]) -> f32[N] = twice(x)\nexport fn b(x: f32[N]) -> f32[N] = twice(x)\n"
      "export fn c(x: f32[N]) -> f32[N] where N >= 1 = twice(x)\nexport fn d(x: f32[M]) -> f32[M] = "
      "twice(x)\n");
  ASSERT_TRUE(checked.program) << checked.rendered;
  const auto& functions = checked.program->functions;
  ASSERT_NE(callee_of(functions[0]), nullptr);
  EXPECT_EQ(callee_of(functions[0]), callee_of(functions[1]));
  EXPECT_NE(callee_of(functions[0]), callee_of(functions[2])) << "more is known of its dims";
  EXPECT_NE(callee_of(functions[0]), callee_of(functions[3]));
}

TEST(Models, MakeTheInitialValuesOfEqualSubmodelsOnce) {
  const Checked checked = check_text(
      "model Layer(N: dim) {\n  param w: f32[N] = 1\n}\n"
      "model Net() {\n  a: Layer(3)\n  b: Layer(4)\n  c: Layer(3)[2]\n}\nexport type N = Net()\n"
      "export fn f(m: N, x: f32) -> f32 = x\n");
  ASSERT_TRUE(checked.program) << checked.rendered;
  const auto& initial = checked.program->models[0].model->initial;
  ASSERT_EQ(initial.size(), 4U);
  EXPECT_EQ(initial[0], initial[2]);
  EXPECT_EQ(initial[0], initial[3]);
  EXPECT_NE(initial[0], initial[1]);
}

}  // namespace
}  // namespace kiln::sema
