#include <gtest/gtest.h>

#include "sema/check.h"
#include "source/render_diagnostic.h"

namespace kiln::sema {
namespace {

TEST(Samples, FashionMnistChecks) {
  SourceFiles files;
  Diagnostics diagnostics;
  const auto root = files.load(KILN_SOURCE_DIR "/samples/fashion_mnist/fashion_mnist.model");
  ASSERT_TRUE(root.has_value());
  const auto program = check(files, *root, {{KILN_SOURCE_DIR "/stdlib"}}, diagnostics);
  ASSERT_TRUE(program.has_value()) << render(diagnostics, files, false);
  EXPECT_EQ(program->functions.size(), 3u);
}

}  // namespace
}  // namespace kiln::sema
