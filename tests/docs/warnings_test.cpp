#include <gtest/gtest.h>

#include "checked_program.h"

namespace kiln::docs {
namespace {

namespace fs = std::filesystem;

// A warning about a program that means what it says would teach people to look away.
TEST(Warnings, AreNotSaidAboutTheLibraryAndTheSamples) {
  int files = 0;
  for (const char* folder : {"stdlib", "samples", "bench"})
    for (const fs::directory_entry& entry :
         fs::recursive_directory_iterator(fs::path(KILN_SOURCE_DIR) / folder)) {
      if (entry.path().extension() != ".model") continue;
      ++files;
      SCOPED_TRACE(entry.path().string());
      const Checked checked = check_program(read_text(entry.path()), entry.path().filename(), {}, true);
      EXPECT_EQ(checked.said.find("warning["), std::string::npos) << checked.said;
    }
  EXPECT_GE(files, 5);
}

TEST(Warnings, KnowWhatIsUsed) {
  for (const char* program : {
           "import nn\nfn f(x: f32[N]) -> f32[N] = nn.relu(x)\n",
           "fn f(x: f32) -> f32 {\n  let y = x\n  let y = 2 * y\n  return y\n}\n",
           "fn f(x: f32[N]) -> f32 {\n  let (a, _) = (min(x), max(x))\n  return a\n}\n",
           "fn f(inout rng: Rng) -> f32 {\n  let other = rng\n  return rng.normal()\n}\n",
           "fn f(N: i32) -> bool = N >= 0\n",
           "import nn\nfn f(x: f32[B, C], y: i32[B]) -> f32 = nn.cross_entropy(2 * nn.softmax(x), y)\n",
       }) {
    const Checked checked = check_program(program, "net.model", {}, true);
    const bool is_copy = std::string(program).find("other") != std::string::npos;
    EXPECT_EQ(checked.said.find("warning[") != std::string::npos, is_copy) << program << checked.said;
    EXPECT_EQ(checked.said.find("W0006"), std::string::npos) << checked.said;  // `other` is never drawn from
  }
}

}  // namespace
}  // namespace kiln::docs
