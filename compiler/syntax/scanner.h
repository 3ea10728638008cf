#pragma once

#include <antlr4-runtime.h>

#include <string_view>

#include "syntax/byte_stream.h"

namespace kiln::syntax {

/// The tokens of a text, those that the lexer of grammar/Kiln.g4 gives (tests/syntax/scanner_test.cpp holds
/// it to that on every file and on random bytes), found by plain loops over bytes: several times as fast as
/// ANTLR's lexer, which was a third of the time of parsing. Words and signs are those of the grammar; what is
/// written here are its rules from IDENT on.
class Scanner : public antlr4::TokenSource {
 public:
  /// The text must stay while the scanner and its tokens are used.
  explicit Scanner(std::string_view text);

  std::unique_ptr<antlr4::Token> nextToken() override;
  size_t getLine() const override { return line_; }
  size_t getCharPositionInLine() override { return begin_ - line_begin_; }
  antlr4::CharStream* getInputStream() override { return &bytes_; }
  std::string getSourceName() override { return bytes_.getSourceName(); }
  antlr4::TokenFactory<antlr4::CommonToken>* getTokenFactory() override { return &factory_; }

 private:
  struct Found {
    size_t type, end;
  };
  void skip_blanks();
  Found find() const;
  Found find_string() const;
  size_t end_of_number() const;
  /// The first place from `at` on that is not such a byte.
  template <class Test>
  size_t after(size_t at, Test test) const {
    while (at < text_.size() && test(text_[at])) ++at;
    return at;
  }
  bool is_at(size_t at, std::string_view part) const { return text_.substr(at, part.size()) == part; }

  ByteStream bytes_;
  std::string_view text_;
  size_t begin_ = 0;       // of the token
  size_t line_ = 1;        // where it begins
  size_t line_begin_ = 0;  // where that line begins
  antlr4::CommonTokenFactory factory_;
};

}  // namespace kiln::syntax
