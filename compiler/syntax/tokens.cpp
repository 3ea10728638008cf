#include "syntax/tokens.h"

#include "KilnParser.h"
#include "syntax/scanner.h"

namespace kiln::syntax {

static TokenKind kind_of(size_t type, std::string_view written) {
  using Parser = grammar::KilnParser;
  switch (type) {
    case Parser::IDENT: return TokenKind::name;
    case Parser::NUMBER: return TokenKind::number;
    case Parser::STRING:
    case Parser::UNENDED: return TokenKind::string;
    case Parser::COMMENT: return TokenKind::comment;
    case Parser::DOC: return written.substr(0, 4) == "////" ? TokenKind::comment : TokenKind::doc;
    case Parser::OTHER: return TokenKind::other;
    default: return written.front() >= 'a' && written.front() <= 'z' ? TokenKind::word : TokenKind::sign;
  }
}

std::vector<Token> tokens_of(std::string_view text) {
  Scanner scanner(text);
  std::vector<Token> tokens;
  for (ScannedToken token = scanner.next(); token.type != antlr4::Token::EOF; token = scanner.next()) {
    const Token place{TokenKind::other, static_cast<uint32_t>(token.begin.at),
                      static_cast<uint32_t>(token.end)};
    tokens.push_back({kind_of(token.type, place.in(text)), place.begin, place.end});
  }
  return tokens;
}

}  // namespace kiln::syntax
