#include "syntax/tokens.h"

#include "KilnLexer.h"
#include "syntax/byte_stream.h"

namespace kiln::syntax {

static TokenKind kind_of(size_t type, std::string_view written) {
  using Lexer = grammar::KilnLexer;
  switch (type) {
    case Lexer::IDENT: return TokenKind::name;
    case Lexer::NUMBER: return TokenKind::number;
    case Lexer::STRING:
    case Lexer::UNENDED: return TokenKind::string;
    case Lexer::COMMENT: return TokenKind::comment;
    case Lexer::DOC: return written.substr(0, 4) == "////" ? TokenKind::comment : TokenKind::doc;
    case Lexer::OTHER: return TokenKind::other;
    default: return written.front() >= 'a' && written.front() <= 'z' ? TokenKind::word : TokenKind::sign;
  }
}

std::vector<Token> tokens_of(std::string_view text) {
  ByteStream bytes(text);
  grammar::KilnLexer lexer(&bytes);
  lexer.removeErrorListeners();  // every byte is part of a token
  std::vector<Token> tokens;
  for (const auto& token : lexer.getAllTokens()) {
    const Token place{TokenKind::other, static_cast<uint32_t>(token->getStartIndex()),
                      static_cast<uint32_t>(token->getStopIndex() + 1)};
    tokens.push_back({kind_of(token->getType(), place.in(text)), place.begin, place.end});
  }
  return tokens;
}

}  // namespace kiln::syntax
