// The words of the language, as completion and rename know them: query/words.h.
#include "query/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "analyzed.h"
#include "query/scan.h"

namespace kiln::query {
namespace {

std::string grammar() {
  const std::string text = read_text(std::filesystem::path(KILN_SOURCE_DIR) / "grammar/Kiln.g4");
  return std::regex_replace(text, std::regex("//[^\n]*"), "");
}

std::set<std::string> quoted_words(const std::string& text) {
  static const std::regex word("'([a-z_]+)'");
  std::set<std::string> words;
  for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) words.insert((*at)[1]);
  return words;
}

TEST(Words, AreThoseOfTheGrammar) {
  const std::set<std::string> expected = quoted_words(grammar());
  EXPECT_GT(expected.size(), 40u);
  std::set<std::string> known;
  for (const Word& word : words()) EXPECT_TRUE(known.insert(std::string(word.text)).second) << word.text;
  for (const char* bound : {"dim", "string", "float", "int", "number", "element", "tree"})
    EXPECT_EQ(known.erase(bound), 1u);
  EXPECT_EQ(known, expected);
}

TEST(Words, AreReservedWhereTheGrammarHasNoNameOfThem) {
  const std::string text = grammar();
  const size_t begin = text.find("\nident "), end = text.find(';', begin);
  ASSERT_NE(begin, std::string::npos);
  const std::set<std::string> soft = quoted_words(text.substr(begin, end - begin));
  EXPECT_FALSE(soft.empty());
  for (const std::string& word : quoted_words(text))
    EXPECT_EQ(is_reserved(word), soft.count(word) == 0) << word;
  EXPECT_FALSE(is_reserved("dim"));
  EXPECT_FALSE(is_reserved("x"));
}

TEST(Scan, CutsAnyTextIntoPiecesInOrder) {
  const std::string text = "let x=1.5e-3+0..n // \"c\"\n\"a\\\"b\" \"open\n->...!\xFF\xC3";
  uint32_t last = 0;
  std::vector<std::string> pieces;
  for (const Piece& piece : scan(text)) {
    EXPECT_LE(last, piece.begin);
    EXPECT_LT(piece.begin, piece.end);
    last = piece.end;
    pieces.push_back(text.substr(piece.begin, piece.end - piece.begin));
  }
  EXPECT_THAT(pieces, testing::ElementsAre("let", "x", "=", "1.5e-3", "+", "0", "..", "n", "// \"c\"",
                                           "\"a\\\"b\"", "\"open", "->", "...", "!", "\xFF", "\xC3"));
}

}  // namespace
}  // namespace kiln::query
