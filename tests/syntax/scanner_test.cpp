// The scanner gives the tokens that the grammar says.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "KilnLexer.h"
#include "syntax/token_source.h"

namespace kiln::syntax {
namespace {

std::string described(const antlr4::Token& token) {
  std::ostringstream text;
  text << token.getType() << "@" << token.getStartIndex() << ".." << token.getStopIndex() << " line "
       << token.getLine() << ":" << token.getCharPositionInLine() << " channel " << token.getChannel();
  return text.str();
}

std::vector<std::string> all_of(antlr4::TokenSource& source) {
  std::vector<std::string> tokens;
  for (;;) {
    const auto token = source.nextToken();
    tokens.push_back(described(*token));
    if (token->getType() == antlr4::Token::EOF) return tokens;
  }
}

/// Hands a text to the lexer byte by byte, so that the places of tokens are places in the file; ANTLR's own
/// stream counts characters.
class ByteStream : public antlr4::ANTLRInputStream {
 public:
  explicit ByteStream(std::string_view text) {
    _data.resize(text.size());
    for (size_t i = 0; i < text.size(); ++i) _data[i] = static_cast<unsigned char>(text[i]);
    if (text.substr(0, 3) == byte_order_mark) _data.replace(0, 3, 3, U' ');
  }
};

void expect_same(const std::string& text) {
  ByteStream bytes(text);
  grammar::KilnLexer lexer(&bytes);
  lexer.removeErrorListeners();
  TokenSource source(text);
  ASSERT_EQ(all_of(source), all_of(lexer)) << "of the text: " << text;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(Scanner, GivesTheTokensOfTheGrammarOfAllPrograms) {
  int count = 0;
  for (const char* folder : {"stdlib", "samples", "tests"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(KILN_SOURCE_DIR) / folder)) {
      if (entry.path().extension() != ".model") continue;
      ++count;
      expect_same(read(entry.path()));
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(count, 100);
}

TEST(Scanner, GivesTheTokensOfTheGrammarAtTheCorners) {
  for (const char* text : {"",
                           " ",
                           "\n\n",
                           "x",
                           "1",
                           "1.",
                           "1..2",
                           "1...2",
                           "1.5.2",
                           "1e",
                           "1e+",
                           "1e+5",
                           "1E-05x",
                           "1_000",
                           "1_.5",
                           "0x",
                           "0xg",
                           "0x_",
                           "0xFf_1g",
                           "00x1",
                           "1e5e5",
                           "\"",
                           "\"a",
                           "\"a\"",
                           "\"a\\",
                           "\"a\\\n",
                           "\"a\\\"",
                           "\"a\\\"b\"",
                           "\"a\nb\"",
                           "\"a\r",
                           "/",
                           "//",
                           "///",
                           "////",
                           "// a\r\nb",
                           "a///b\n",
                           "+=",
                           "+ =",
                           "->",
                           "-->",
                           "...",
                           "....",
                           "..",
                           ".",
                           "==",
                           "===",
                           "<=",
                           "!=",
                           "!",
                           "&&",
                           "\xEF\xBB\xBFx",
                           "\xEF\xBB",
                           "x\xEF\xBB\xBF",
                           "\xC3\xA4",
                           "_",
                           "__a1",
                           "let",
                           "lets",
                           "le",
                           "Let",
                           "value_and_grad",
                           "value_and_grads",
                           "a.b",
                           "\t\f\v",
                           "\x7F",
                           "a\n  b\n"})
    expect_same(text);
  expect_same(std::string("a\0b", 3));
}

TEST(Scanner, GivesTheTokensOfTheGrammarOfRandomPieces) {
  const std::vector<std::string> pieces = {"\"", "\\", "/", ".", "0",  "x",    "1",  "e",   "_",   "+",
                                           "-",  "=",  "<", "!", "\n", "\r",   " ",  "let", "sum", "a",
                                           "F",  "[",  "}", "&", "@",  "\xC3", "\t", "9"};
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (size_t i = random() % 12; i-- > 0;) text += pieces[random() % pieces.size()];
    expect_same(text);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace kiln::syntax
