#pragma once

#include <cstddef>
#include <string_view>

namespace kiln {

struct Utf8Character {
  char32_t code;  // U+FFFD if not valid
  int bytes;      // 1 if not valid
  bool valid;
};

/// The character at a place of a text. Overlong forms, surrogates and codes above U+10FFFF are not valid.
Utf8Character decode_utf8(std::string_view text, size_t at);

/// The place of the first byte that is not part of valid UTF-8, or npos.
size_t find_invalid_utf8(std::string_view text);

}  // namespace kiln
