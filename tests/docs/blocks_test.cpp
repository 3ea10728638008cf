#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "checked_program.h"
#include "markdown.h"

namespace kiln::docs {
namespace {

void hold_block(const Block& block, Document& rewritten, std::ptrdiff_t& shift) {
  if (block.claim == Claim::fragment) return;
  const Checked checked = check_program(block.program, "net.model");
  switch (block.claim) {
    case Claim::compiles: EXPECT_EQ(checked.said, "") << "in\n" << block.program; break;
    case Claim::error: EXPECT_EQ(checked.exit, ExitCode::mistake) << checked.said; break;
    case Claim::limit:
      EXPECT_EQ(checked.exit, ExitCode::known_limit) << "if it compiles now, say so in the document\n"
                                                     << checked.said;
      break;
    case Claim::fragment: break;
  }
  if (!block.has_says) return;
  const std::string said = as_briefly_as(block.says, checked.said);
  if (!rewriting()) {
    EXPECT_EQ(said, block.says);
    return;
  }
  const auto length = block.says_end - block.says_begin;
  rewritten.text.replace(block.says_begin + static_cast<size_t>(shift), length, said);
  shift += static_cast<std::ptrdiff_t>(said.size()) - static_cast<std::ptrdiff_t>(length);
}

class Documents : public testing::TestWithParam<const char*> {};

TEST_P(Documents, HoldWhatTheirProgramsClaim) {
  const Document document = read_document(std::filesystem::path(KILN_SOURCE_DIR) / GetParam());
  EXPECT_FALSE(document.blocks.empty());
  Document rewritten = document;
  std::ptrdiff_t shift = 0;
  for (const Block& block : document.blocks) {
    SCOPED_TRACE(testing::Message() << GetParam() << ":" << block.line);
    hold_block(block, rewritten, shift);
  }
  if (rewriting()) write_text(document.file, rewritten.text);
}

INSTANTIATE_TEST_SUITE_P(All, Documents, testing::Values("README.md", "docs/language.md", "docs/stdlib.md"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase_if(
                               name, [](char c) { return std::isalpha(static_cast<unsigned char>(c)) == 0; });
                           return name;
                         });

/// Without the indentation of its lines.
std::string flush(const std::string& text) {
  std::istringstream stream(text);
  std::string result;
  for (std::string line; std::getline(stream, line);)
    result += line.substr(std::min(line.find_first_not_of(' '), line.size())) + "\n";
  return result;
}

std::string read_text(const char* path) {
  std::ifstream stream(std::filesystem::path(KILN_SOURCE_DIR) / path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The callers of the language's page are parts of a test that runs, and so is what they call.
TEST(Callers, StandInATest) {
  const std::string page = read_text("docs/language.md");
  const std::string test = flush(read_text("tests/interface/ragged_caller_test.cpp"));
  const std::string model = read_text("tests/interface/bags.model");
  const std::string fence = "\n```cpp\n";
  int found = 0;
  for (size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at + 1)) {
    const size_t begin = at + fence.size();
    const std::string caller = page.substr(begin, page.find("\n```", begin) + 1 - begin);
    EXPECT_NE(test.find(flush(caller)), std::string::npos) << caller;
    const size_t called = page.rfind("\n```kiln\n", at) + 9;  // the block before it
    const std::string program = page.substr(called, page.find("\n```", called) + 1 - called);
    EXPECT_EQ(model.substr(0, program.size()), program);
    ++found;
  }
  EXPECT_EQ(found, 1);
}

TEST(Briefly, KeepsFirstLinesOrWholeMessages) {
  const std::string said =
      "error[E0101]: a\n --> net.model:1:1\n1 | x[3]: 2\n  | ^\n\nlimit[L0001]: b\n --> net.model:2:1\n\n2 "
      "errors\n";
  EXPECT_EQ(as_briefly_as("", said), "error[E0101]: a\nlimit[L0001]: b\n");
  EXPECT_EQ(
      as_briefly_as("  --> net.model", said),
      "error[E0101]: a\n --> net.model:1:1\n1 | x[3]: 2\n  | ^\n\nlimit[L0001]: b\n --> net.model:2:1\n");
}

}  // namespace
}  // namespace kiln::docs
