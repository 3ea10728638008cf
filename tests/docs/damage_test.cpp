#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <sstream>

#include "checked_program.h"
#include "pieces.h"

namespace kiln::docs {
namespace {

namespace fs = std::filesystem;

constexpr const char* samples[] = {"samples/fashion_mnist/fashion_mnist.model",
                                   "tests/programs/attention.model", "tests/programs/convolution.model"};

int line_at(const std::string& text, size_t offset) {
  return 1 +
         static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

/// The line of the first error in the file itself; 0 if there is none.
int first_error_line(const std::string& said) {
  const size_t error = said.find("error[");
  const size_t place = error == std::string::npos ? error : said.find("--> net.model:", error);
  return place == std::string::npos ? 0 : std::atoi(said.c_str() + place + 14);
}

/// Where comments are: what is changed there means nothing.
bool is_in_comment(const std::string& text, size_t offset) {
  const size_t begin = text.rfind('\n', offset == 0 ? 0 : offset - 1);
  const size_t line = begin == std::string::npos ? 0 : begin + 1;
  const size_t comment = text.find("//", line);
  return comment != std::string::npos && comment <= offset;
}

struct Figures {
  int damages = 0;  // that gave an error
  int near = 0;     // whose first error stands within a line
  int harmless = 0;
  std::vector<std::string> far;

  void add(const std::string& what, int line, const Checked& checked) {
    const int found = first_error_line(checked.said);
    if (found == 0) {
      ++harmless;
      return;
    }
    ++damages;
    if (std::abs(found - line) <= 1)
      ++near;
    else
      far.push_back(what + " in line " + std::to_string(line) + ": told in line " + std::to_string(found) +
                    ": " + checked.said.substr(0, checked.said.find('\n')));
  }
  double share() const { return damages == 0 ? 0 : static_cast<double>(near) / damages; }
};

void say(const char* kind, const std::string& sample, const Figures& figures) {
  std::cout << kind << " " << sample << ": " << figures.damages
            << " damaged files, first error within a line in " << figures.near << " ("
            << static_cast<int>(1000 * figures.share()) / 10.0 << "%), " << figures.harmless
            << " still right\n";
  for (size_t i = 0; i < std::min<size_t>(figures.far.size(), 40); ++i)
    std::cout << "  " << figures.far[i] << "\n";
}

class Damage : public testing::TestWithParam<const char*> {
 protected:
  std::string text_ = read_text(fs::path(KILN_SOURCE_DIR) / GetParam());
};

// Each piece is left out in turn: the place of the first error is that of the damage.
TEST_P(Damage, OfOnePieceIsToldWhereItIs) {
  const std::vector<std::string> pieces = pieces_of(text_);
  Figures figures;
  size_t offset = 0;
  for (const std::string& piece : pieces) {
    const size_t begin = offset, length = piece.find_last_not_of(" \n") + 1;
    offset += piece.size();
    if (length == 0 || is_in_comment(text_, begin)) continue;
    std::string damaged = text_;
    damaged.erase(begin, length);
    figures.add("without `" + piece.substr(0, length) + "`", line_at(text_, begin),
                check_program(damaged, "net.model"));
  }
  say("deletions", GetParam(), figures);
  EXPECT_GE(figures.share(), 0.9);
}

// Half-typed: what is written up to some place of a line, with the rest of the file as it was.
TEST_P(Damage, OfTheEndOfALineIsToldWhereItIs) {
  const std::vector<std::string> pieces = pieces_of(text_);
  Figures figures;
  size_t offset = 0;
  for (const std::string& piece : pieces) {
    const size_t begin = offset;
    offset += piece.size();
    const size_t end = text_.find('\n', begin);
    if (piece.empty() || end == std::string::npos || is_in_comment(text_, begin)) continue;
    // A line that begins with what follows is gone as a whole; nothing is half-typed then.
    const size_t line_begin = text_.rfind('\n', begin == 0 ? 0 : begin - 1);
    if (text_.find_first_not_of(" \n", line_begin == std::string::npos ? 0 : line_begin) == begin) continue;
    if (text_[end - 1] == '{') continue;  // then the rest of the file has lost a brace: measured above
    std::string damaged = text_;
    damaged.erase(begin, end - begin);
    figures.add("line cut before `" + piece.substr(0, piece.find_last_not_of(" \n") + 1) + "`",
                line_at(text_, begin), check_program(damaged, "net.model"));
  }
  say("cut lines", GetParam(), figures);
  EXPECT_GE(figures.share(), 0.9);
}

// A character that stands nowhere, at each place.
TEST_P(Damage, ByAStrayCharacterIsToldWhereItIs) {
  const std::vector<std::string> pieces = pieces_of(text_);
  constexpr const char* strays[] = {"$", ";", ")", "]", "}", "\"", "=", "let "};
  Figures figures;
  size_t offset = 0, count = 0;
  for (const std::string& piece : pieces) {
    const size_t begin = offset;
    offset += piece.size();
    if (piece.empty() || is_in_comment(text_, begin)) continue;
    const std::string stray = strays[count++ % std::size(strays)];
    std::string damaged = text_;
    damaged.insert(begin, stray);
    figures.add("with `" + stray + "` before `" + piece.substr(0, piece.find_last_not_of(" \n") + 1) + "`",
                line_at(text_, begin), check_program(damaged, "net.model"));
  }
  say("stray signs", GetParam(), figures);
  EXPECT_GE(figures.share(), 0.9);
}

INSTANTIATE_TEST_SUITE_P(Samples, Damage, testing::ValuesIn(samples),
                         [](const auto& information) { return fs::path(information.param).stem().string(); });

}  // namespace
}  // namespace kiln::docs
