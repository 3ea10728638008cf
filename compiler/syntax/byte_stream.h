#pragma once

#include <antlr4-runtime.h>

#include <string_view>

namespace kiln::syntax {

inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // taken for blanks

/// Hands a text to the lexer byte by byte, so that the places of tokens are places in the file; ANTLR's own
/// stream counts characters. Nothing is lost: bytes above 127 are legal in strings and comments alone, as
/// `any other`.
class ByteStream : public antlr4::ANTLRInputStream {
 public:
  explicit ByteStream(std::string_view text) {
    _data.resize(text.size());
    for (size_t i = 0; i < text.size(); ++i) _data[i] = static_cast<unsigned char>(text[i]);
    if (text.substr(0, 3) == byte_order_mark) _data.replace(0, 3, 3, U' ');
  }
};

}  // namespace kiln::syntax
