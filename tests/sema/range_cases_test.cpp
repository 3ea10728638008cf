// The table of range_cases.txt.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "checked.h"

namespace kiln::sema {
namespace {

struct RangeCase {
  std::string name, program, expected;
};

std::vector<RangeCase> read_cases() {
  std::ifstream file(KILN_SOURCE_DIR "/tests/sema/range_cases.txt");
  std::vector<RangeCase> cases;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("== ")) {
      cases.push_back({line.substr(3), "", ""});
    } else if (line.starts_with("=> ")) {
      cases.back().expected = line.substr(3);
    } else if (!cases.empty()) {
      cases.back().program += line + "\n";
    }
  }
  return cases;
}

/// "i: 1..N, j: M" as pairs.
std::map<std::string, std::string> read_ranges(const std::string& text) {
  std::map<std::string, std::string> ranges;
  for (size_t at = 0; at < text.size();) {
    const size_t colon = text.find(": ", at);
    size_t end = colon;
    for (int depth = 0; end < text.size() && (depth > 0 || text[end] != ','); ++end)
      depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
    ranges[text.substr(at, colon - at)] = text.substr(colon + 2, end - colon - 2);
    at = end + 2;
  }
  return ranges;
}

/// All ranges that binders of this name have in the typed text: what stands behind `name.7: `.
std::vector<std::string> ranges_of(const std::string& index, const std::string& typed) {
  std::vector<std::string> found;
  for (size_t at = typed.find(index + "."); at != std::string::npos; at = typed.find(index + ".", at + 1)) {
    if (at == 0 || (typed[at - 1] != '[' && typed[at - 1] != ' ' && typed[at - 1] != '(')) continue;
    size_t begin = at + index.size() + 1;
    while (begin < typed.size() && std::isdigit(static_cast<unsigned char>(typed[begin]))) ++begin;
    if (typed.compare(begin, 2, ": ") != 0) continue;
    begin += 2;
    size_t end = begin;
    int depth = 0;
    while (end < typed.size() && typed.compare(end, 7, " where ") != 0) {
      const char c = typed[end];
      if (depth == 0 && (c == ',' || c == ']' || c == ')')) break;
      depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
      ++end;
    }
    found.push_back(typed.substr(begin, end - begin));
  }
  return found;
}

std::string codes_of(const std::string& mistakes) {
  std::istringstream lines(mistakes);
  std::string codes;
  for (std::string line; std::getline(lines, line);)
    codes += (codes.empty() ? "" : " ") + line.substr(0, line.find(' '));
  return codes;
}

TEST(RangeTable, IsLargeEnough) { EXPECT_GE(read_cases().size(), 80u); }

TEST(RangeTable, AnswersAsItSays) {
  for (const RangeCase& one : read_cases()) {
    SCOPED_TRACE(one.name + "\n" + one.program);
    const Checked checked = check_text(one.program);
    if (one.expected.starts_with("E")) {
      EXPECT_EQ(codes_of(checked.mistakes), one.expected) << checked.rendered;
      continue;
    }
    EXPECT_EQ(checked.mistakes, "") << checked.rendered;
    const std::string typed = checked.text();
    for (const auto& [index, range] : read_ranges(one.expected)) {
      const std::vector<std::string> found = ranges_of(index, typed);
      EXPECT_FALSE(found.empty()) << "no binder `" << index << "` in\n" << typed;
      for (const std::string& has : found) EXPECT_EQ(has, range) << "of `" << index << "` in\n" << typed;
    }
  }
}

}  // namespace
}  // namespace kiln::sema
