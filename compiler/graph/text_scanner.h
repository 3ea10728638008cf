#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kiln::graph {

struct TextToken {
  enum class Kind {
    word,        // letters, digits, underscores; not beginning with a digit
    number,      // "12", "0.5", "1e-08"; no sign
    value,       // "%h", "%7", "%h#2": `text` is "h" or "7", `suffix` "2"
    odd_value,   // "%\"odd name\"#2"
    definition,  // "$3": `text` is "3"
    string,      // `text` is unescaped
    mark,        // one of the marks, ".." and the comparisons included
    end,
    bad,  // `text` says what is wrong
  } kind = Kind::end;
  std::string text;
  std::string suffix;
  int line = 1;
};

/// Cuts the text form of a graph into tokens. Blanks and line ends only separate.
class TextScanner {
 public:
  explicit TextScanner(std::string_view text) : text_(text) {}
  TextToken next();

 private:
  TextToken scan();
  TextToken scan_string(TextToken::Kind kind);
  TextToken scan_value();
  TextToken scan_number();
  std::string take_word(bool dotted);
  char at(size_t offset) const { return place_ + offset < text_.size() ? text_[place_ + offset] : '\0'; }

  std::string_view text_;
  size_t place_ = 0;
  int line_ = 1;
};

}  // namespace kiln::graph
