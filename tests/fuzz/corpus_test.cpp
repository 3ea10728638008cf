#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "targets.h"

namespace kiln::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> inputs_of(const Target& target) {
  std::vector<fs::path> paths;
  for (const auto& entry :
       fs::directory_iterator(fs::path(KILN_SOURCE_DIR "/tests/fuzz/corpus") / target.name))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

class Corpus : public testing::TestWithParam<Target> {};

/// What fuzzing once found, and a small set that reaches much of the code.
TEST_P(Corpus, RunsWithoutACrashAHangOrAnInternalError) {
  const Target target = GetParam();
  const std::vector<fs::path> paths = inputs_of(target);
  ASSERT_FALSE(paths.empty());
  for (const fs::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    const auto start = std::chrono::steady_clock::now();
    try {
      target.run(bytes);
    } catch (const InternalError& error) {
      ADD_FAILURE() << path.filename() << ": " << error.what();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10)) << path.filename();
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Corpus, testing::ValuesIn(targets().begin(), targets().end()),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace kiln::fuzz
