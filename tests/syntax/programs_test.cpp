#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "parsed.h"
#include "syntax/print_ast.h"

namespace kiln::syntax {
namespace {

std::vector<std::string> programs_in(const char* folder) {
  std::vector<std::string> paths;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::string(KILN_SOURCE_DIR) + "/" + folder))
    if (entry.path().extension() == ".model") paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string text_of(const std::string& path) {
  SourceFiles files;
  const auto number = files.load(path);
  return number.has_value() ? files[*number].text() : "cannot be read";
}

class Programs : public testing::TestWithParam<std::string> {};

TEST_P(Programs, ParseWithoutADiagnostic) {
  const Parsed parsed(text_of(GetParam()), GetParam());
  EXPECT_EQ(parsed.shown(), "");
  EXPECT_TRUE(parsed.file->is_complete);
  EXPECT_FALSE(parsed.file->declarations.empty());
}

TEST_P(Programs, PrintAndParseToTheSameTree) {
  const Parsed first(text_of(GetParam()));
  const std::string printed = print(*first.file);
  const Parsed second(printed);
  EXPECT_EQ(second.shown(), "");
  EXPECT_EQ(print(*second.file), printed);
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  return "p" + std::filesystem::path(info.param).stem().string();
}

INSTANTIATE_TEST_SUITE_P(Design, Programs, testing::ValuesIn(programs_in("tests/programs/design")), name_of);
INSTANTIATE_TEST_SUITE_P(Library, Programs, testing::ValuesIn(programs_in("stdlib")), name_of);

/// The 19, and what one of them imports.
TEST(DesignPrograms, AreAllHere) { EXPECT_EQ(programs_in("tests/programs/design").size(), 19u + 1u); }

}  // namespace
}  // namespace kiln::syntax
