// The library, the samples and the programs they are made from check.
#include <gtest/gtest.h>

#include <filesystem>

#include "checked.h"

namespace kiln::sema {
namespace {

TEST(Samples, FashionMnistChecks) {
  const Checked checked = check_file(KILN_SOURCE_DIR "/samples/fashion_mnist/fashion_mnist.model");
  ASSERT_EQ(checked.mistakes, "") << checked.rendered;
  ASSERT_TRUE(checked.program.has_value());
  EXPECT_EQ(checked.program->models.size(), 2u);
  EXPECT_EQ(checked.program->functions.size(), 3u);
  EXPECT_EQ(checked.program->models[1].model->initial.size(), 13u);
}

/// Each as a root, and whole: a program that imports it checks only what it uses.
TEST(Library, Checks) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(KILN_SOURCE_DIR "/stdlib")) {
    if (entry.path().extension() != ".model") continue;
    const Checked checked = check_file(entry.path().string());
    EXPECT_EQ(checked.mistakes, "") << entry.path() << checked.rendered;
    ++count;
  }
  EXPECT_GE(count, 10);
}

}  // namespace
}  // namespace kiln::sema
