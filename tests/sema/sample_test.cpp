// The library, the samples and the programs they are made from check.
#include <gtest/gtest.h>

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

class Library : public testing::TestWithParam<const char*> {};

TEST_P(Library, Checks) {
  const Checked checked = check_file(std::string(KILN_SOURCE_DIR "/stdlib/") + GetParam() + ".model");
  EXPECT_EQ(checked.mistakes, "") << checked.rendered;
}

INSTANTIATE_TEST_SUITE_P(Files, Library, testing::Values("init", "nn", "optim"));

}  // namespace
}  // namespace kiln::sema
