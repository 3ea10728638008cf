#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace kiln::syntax {

enum class TokenKind : uint8_t {
  word,  // reserved, or soft: `let`, `sum`, `state`
  name,  // any other
  number,
  string,   // also one without an end
  sign,     // operators and brackets
  comment,  // `// …`, `//// …`
  doc,      // `/// …`
  other,    // what the language does not use
};

/// A run of bytes of a text. Tokens do not overlap; between them stand blanks and ends of lines alone.
struct Token {
  TokenKind kind;
  uint32_t begin, end;

  std::string_view in(std::string_view text) const { return text.substr(begin, end - begin); }
};

/// All tokens of a text in order, comments too, mistakes too: for what shows or lays out a program. Whatever
/// the bytes are, nothing is reported.
std::vector<Token> tokens_of(std::string_view text);

}  // namespace kiln::syntax
