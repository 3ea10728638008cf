#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace kiln::query {

/// A piece of text, roughly: enough to tell what stands around a place in a file that does not parse.
struct Piece {
  enum class Kind : uint8_t { word, number, string, comment, sign };
  Kind kind;
  uint32_t begin, end;
};

/// All of a text but the blanks. `..`, `...`, `->` and the signs with `=` are one piece, other signs one byte
/// each.
std::vector<Piece> scan(std::string_view text);

inline bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace kiln::query
