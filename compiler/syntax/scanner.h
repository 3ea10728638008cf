#pragma once

#include <cstddef>
#include <string_view>

namespace kiln::syntax {

inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // taken for blanks

/// A place in a text: lines count from 1, the rest are bytes of the text.
struct TextPlace {
  size_t at = 0;
  size_t line = 1;
  size_t line_begin = 0;
};

/// A token of the grammar, and where it begins and ends. The last one is of type EOF and empty.
struct ScannedToken {
  size_t type = 0;
  TextPlace begin;
  size_t end = 0;
  bool is_comment = false;  // hidden from the parser
};

/// The tokens of a text, those that the lexer of grammar/Kiln.g4 gives (tests/syntax/scanner_test.cpp holds
/// it to that on every file and on random bytes), found by plain loops over bytes: several times as fast as
/// ANTLR's lexer, which was a third of the time of parsing. Words and signs are those of the grammar; what is
/// written here are its rules from IDENT on.
class Scanner {
 public:
  /// From a place on. The text must stay while the scanner is used.
  explicit Scanner(std::string_view text, TextPlace from = {});

  ScannedToken next();
  /// Behind the token that was given last.
  const TextPlace& place() const { return place_; }

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

  std::string_view text_;
  TextPlace place_;
};

}  // namespace kiln::syntax
