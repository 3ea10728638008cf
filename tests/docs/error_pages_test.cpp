#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "checked_program.h"
#include "markdown.h"
#include "source/diagnostic_table.h"
#include "source/error_pages.h"

namespace kiln::docs {
namespace {

namespace fs = std::filesystem;

#define KILN_ADDRESS(name, code, severity, title) &diagnostics::name,
constexpr std::array all_kinds = {KILN_DIAGNOSTICS(KILN_ADDRESS)};
#undef KILN_ADDRESS

/// What no program of one file can show: files that cannot be read or written, sizes, other files, options.
const std::set<std::string> without_program = {"E0001", "E0003", "E0004", "E0005", "E0090",
                                               "E0091", "E0105", "E0611", "E0705", "L0001"};

fs::path page_of(const std::string& code) {
  return fs::path(KILN_SOURCE_DIR) / "docs" / "errors" / (code + ".md");
}

/// The codes of what kilnc says, each once.
std::set<std::string> codes_in(const std::string& said) {
  std::set<std::string> codes;
  for (size_t at = said.find("]: "); at != std::string::npos; at = said.find("]: ", at + 1)) {
    const size_t open = said.rfind('[', at);
    const bool starts_line = open != std::string::npos && said.find_last_of('\n', open) + 1 <= open;
    if (starts_line && at - open == 6) codes.insert(said.substr(open + 1, 5));
  }
  return codes;
}

class ErrorPages : public testing::TestWithParam<const DiagnosticKind*> {};

TEST_P(ErrorPages, ShowAProgramThatGivesTheCodeAndOneThatDoesNot) {
  const DiagnosticKind& kind = *GetParam();
  const fs::path file = page_of(kind.code);
  ASSERT_TRUE(fs::exists(file)) << "each code has a page: " << file;
  const Document page = read_document(file);
  EXPECT_EQ(page.text.substr(0, page.text.find('\n')), fmt::format("# {}: {}", kind.code, kind.title));
  EXPECT_EQ(error_page(kind.code), page.text) << "kilnc holds another page";
  int wrong = 0, right = 0;
  for (const Block& block : page.blocks) {
    SCOPED_TRACE(fmt::format("{}:{}", file.filename().string(), block.line));
    const Checked checked = check_program(block.program, "example.model", {}, true);
    if (block.claim == Claim::error) {
      ++wrong;
      EXPECT_EQ(codes_in(checked.said), std::set<std::string>{kind.code}) << checked.said;
    } else {
      ++right;
      EXPECT_EQ(checked.said, "");
    }
  }
  if (without_program.count(kind.code) > 0) return;
  EXPECT_GE(wrong, 1);
  EXPECT_GE(right, 1);
}

INSTANTIATE_TEST_SUITE_P(All, ErrorPages, testing::ValuesIn(all_kinds),
                         [](const auto& information) { return std::string(information.param->code); });

TEST(ErrorPageFiles, AreNoMoreThanTheCodes) {
  std::set<std::string> codes;
  for (const DiagnosticKind* kind : all_kinds) codes.insert(kind->code);
  for (const fs::directory_entry& entry : fs::directory_iterator(page_of("E0312").parent_path()))
    EXPECT_EQ(codes.count(entry.path().stem().string()), 1u) << entry.path();
}

}  // namespace
}  // namespace kiln::docs
