#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "checked_program.h"
#include "gallery.h"

namespace kiln::docs {
namespace {

namespace fs = std::filesystem;

constexpr const char* introduction = R"(# The mistakes that people bring along

<!-- Written by test_docs from mistakes.txt and the programs beside it: KILN_REWRITE_EXPECTED=1. -->

What people write who come from PyTorch, JAX, NumPy and Python, what happens there, and what `kilnc` says. Each is a program in this
folder, with the whole answer at its end.
)";

fs::path folder() { return fs::path(KILN_SOURCE_DIR) / "tests" / "errors"; }

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(' '), last = text.find_last_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

/// The first line of what kilnc says, with the fix behind it.
std::string answer_of(const std::string& expected) {
  std::string answer = expected.substr(0, expected.find('\n'));
  const size_t help = expected.find("\nhelp: ");
  if (help != std::string::npos) {
    const size_t begin = help + 7;
    answer += "; " + expected.substr(begin, expected.find('\n', begin) - begin);
  }
  std::string escaped;  // a `|` would end the cell
  for (const char c : answer) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  return escaped;
}

struct Page {
  std::string text = introduction;
  int rows = 0;
};

Page mistakes_page(const std::vector<GalleryProgram>& gallery) {
  Page page;
  std::istringstream lines(read_text(folder() / "mistakes.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("## ", 0) == 0)
      page.text += "\n" + line + "\n\n| mistake | elsewhere | here |\n|---|---|---|\n";
    if (line.empty() || line[0] == '#') continue;
    const size_t first = line.find('|'), second = line.find('|', first + 1);
    if (second == std::string::npos) {
      ADD_FAILURE() << "mistakes.txt: `" << line << "` has not three parts";
      continue;
    }
    const std::string name = trimmed(line.substr(0, first));
    const auto program = std::find_if(gallery.begin(), gallery.end(), [&](const GalleryProgram& candidate) {
      return candidate.file.stem() == name;
    });
    if (program == gallery.end()) {
      ADD_FAILURE() << "mistakes.txt: there is no program `" << name << "`";
      continue;
    }
    page.text +=
        fmt::format("| [{}]({}.model) | {} | {} |\n", trimmed(line.substr(first + 1, second - first - 1)),
                    name, trimmed(line.substr(second + 1)), answer_of(program->expected));
    ++page.rows;
  }
  return page;
}

TEST(MistakesPage, ListsEachWithItsAnswer) {
  const Page page = mistakes_page(read_gallery());
  EXPECT_GE(page.rows, 60);
  if (rewriting()) {
    write_text(folder() / "MISTAKES.md", page.text);
  } else {
    EXPECT_EQ(read_text(folder() / "MISTAKES.md"), page.text)
        << "KILN_REWRITE_EXPECTED=1 test_docs writes it";
  }
}

}  // namespace
}  // namespace kiln::docs
