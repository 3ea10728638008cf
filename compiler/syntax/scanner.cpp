#include "syntax/scanner.h"

#include <algorithm>
#include <array>
#include <vector>

#include "KilnParser.h"

namespace kiln::syntax {

namespace {

using Parser = grammar::KilnParser;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_in_name(char c) { return is_letter(c) || is_digit(c); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_in_line(char c) { return c != '\r' && c != '\n'; }
bool is_in_hexadecimal(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '_';
}

struct Literal {
  std::string text;
  size_t type;
};

/// What the grammar writes out: its words, and its signs, by their first byte, the longest first.
struct Literals {
  std::vector<Literal> words;  // in the order of their texts
  std::array<std::vector<Literal>, 128> signs;

  Literals() {
    Parser parser(nullptr);  // the lexer has the same words, and tables of its own that are not needed
    const antlr4::dfa::Vocabulary& vocabulary = parser.getVocabulary();
    for (size_t type = 1; type <= vocabulary.getMaxTokenType(); ++type) {
      const std::string quoted = vocabulary.getLiteralName(type);
      if (quoted.size() < 3) continue;
      Literal literal{quoted.substr(1, quoted.size() - 2), type};
      if (is_letter(literal.text[0]))
        words.push_back(std::move(literal));
      else
        signs[static_cast<size_t>(literal.text[0])].push_back(std::move(literal));
    }
    std::sort(words.begin(), words.end(), [](const Literal& a, const Literal& b) { return a.text < b.text; });
    for (std::vector<Literal>& same : signs) {
      std::sort(same.begin(), same.end(),
                [](const Literal& a, const Literal& b) { return a.text.size() > b.text.size(); });
    }
  }

  size_t type_of_word(std::string_view text) const {
    const auto found = std::lower_bound(words.begin(), words.end(), text,
                                        [](const Literal& a, std::string_view b) { return a.text < b; });
    return found != words.end() && found->text == text ? found->type : size_t{Parser::IDENT};
  }
};

const Literals& literals() {
  static const Literals once;
  return once;
}

}  // namespace

Scanner::Scanner(std::string_view text) : bytes_(text), text_(text) {
  if (is_at(0, byte_order_mark)) begin_ = byte_order_mark.size();
}

std::unique_ptr<antlr4::Token> Scanner::nextToken() {
  skip_blanks();
  const bool is_over = begin_ >= text_.size();
  const Found found = is_over ? Found{antlr4::Token::EOF, begin_} : find();
  const bool is_hidden = found.type == Parser::DOC || found.type == Parser::COMMENT;
  auto token = std::make_unique<antlr4::CommonToken>(
      std::pair<antlr4::TokenSource*, antlr4::CharStream*>(this, &bytes_), found.type,
      is_hidden ? antlr4::Token::HIDDEN_CHANNEL : antlr4::Token::DEFAULT_CHANNEL, begin_, found.end - 1);
  token->setLine(line_);
  token->setCharPositionInLine(begin_ - line_begin_);
  if (is_over) token->setText("<EOF>");
  begin_ = found.end;
  return token;
}

void Scanner::skip_blanks() {
  for (; begin_ < text_.size() && is_blank(text_[begin_]); ++begin_) {
    if (text_[begin_] != '\n') continue;
    ++line_;
    line_begin_ = begin_ + 1;
  }
}

Scanner::Found Scanner::find() const {
  const char first = text_[begin_];
  if (is_letter(first)) {
    const size_t end = after(begin_ + 1, is_in_name);
    return {literals().type_of_word(text_.substr(begin_, end - begin_)), end};
  }
  if (is_digit(first)) return {Parser::NUMBER, end_of_number()};
  if (first == '"') return find_string();
  if (is_at(begin_, "//")) {
    const size_t type = is_at(begin_, "///") ? Parser::DOC : Parser::COMMENT;
    return {type, after(begin_, is_in_line)};
  }
  if (static_cast<unsigned char>(first) < 128) {
    for (const Literal& sign : literals().signs[static_cast<size_t>(first)]) {
      if (is_at(begin_, sign.text)) return {sign.type, begin_ + sign.text.size()};
    }
  }
  return {Parser::OTHER, begin_ + 1};
}

/// From a `"` on: to the next one of the line that no `\` stands before, or as far as the line goes.
Scanner::Found Scanner::find_string() const {
  size_t at = begin_ + 1;
  while (at < text_.size() && is_in_line(text_[at])) {
    if (text_[at] == '"') return {Parser::STRING, at + 1};
    if (text_[at] != '\\') {
      ++at;
    } else if (at + 1 < text_.size() && is_in_line(text_[at + 1])) {
      at += 2;
    } else {
      break;
    }
  }
  return {Parser::UNENDED, at};
}

size_t Scanner::end_of_number() const {
  if (is_at(begin_, "0x")) {
    const size_t end = after(begin_ + 2, is_in_hexadecimal);
    return end > begin_ + 2 ? end : begin_ + 1;
  }
  size_t end = after(begin_, [](char c) { return is_digit(c) || c == '_'; });
  if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) end = after(end + 1, is_digit);
  if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
    size_t digits = end + 1;
    if (digits < text_.size() && (text_[digits] == '+' || text_[digits] == '-')) ++digits;
    const size_t last = after(digits, is_digit);
    if (last > digits) end = last;
  }
  return end;
}

}  // namespace kiln::syntax
