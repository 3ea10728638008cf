#include "graph/text_cursor.h"

#include <charconv>

#include <fmt/format.h>

namespace kiln::graph {

using Kind = TextToken::Kind;

void TextCursor::advance() {
  if (error_) return;
  taken_line_ = token_.line;
  token_ = scanner_.next();
  if (token_.kind == Kind::bad) fail_here(token_.text);
}

TextToken TextCursor::take() {
  TextToken taken = token_;
  advance();
  return taken;
}

bool TextCursor::accept(std::string_view mark) {
  if (!at_mark(mark)) return false;
  advance();
  return true;
}

bool TextCursor::accept_word(std::string_view word) {
  if (!at_word(word)) return false;
  advance();
  return true;
}

void TextCursor::expect(std::string_view mark) {
  if (!accept(mark)) fail_here(fmt::format("`{}` expected, not `{}`", mark, token_.text));
}

void TextCursor::expect_word(std::string_view word) {
  if (!accept_word(word)) fail_here(fmt::format("`{}` expected, not `{}`", word, token_.text));
}

std::string TextCursor::word(const char* what) {
  if (at(Kind::word)) return take().text;
  fail_here(fmt::format("{} expected, not `{}`", what, token_.text));
  return "";
}

std::string TextCursor::string() {
  if (at(Kind::string)) return take().text;
  fail_here(fmt::format("a string expected, not `{}`", token_.text));
  return "";
}

uint32_t TextCursor::small_number() {
  uint32_t number = 0;
  const std::string& text = token_.text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!at(Kind::number) || error != std::errc() || end != text.data() + text.size()) {
    fail_here(fmt::format("a number expected, not `{}`", text));
    return 0;
  }
  advance();
  return number;
}

void TextCursor::fail(std::string message) { fail_at(taken_line_, std::move(message)); }

void TextCursor::fail_here(std::string message) { fail_at(token_.line, std::move(message)); }

void TextCursor::fail_at(int line, std::string message) {
  if (!error_) error_ = ReadError{line, std::move(message)};
  token_ = {Kind::end, "", "", line};
}

}  // namespace kiln::graph
