#include "syntax/token_types.h"

#include "KilnParser.h"

namespace kiln::syntax {

using Parser = grammar::KilnParser;

bool is_name(size_t type) {
  switch (type) {
    case Parser::IDENT:
    case Parser::STATE:
    case Parser::PARAM:
    case Parser::OF:
    case Parser::AS:
    case Parser::TEST:
    case Parser::MESH:
    case Parser::TYPE:
    case Parser::DERIVATIVE:
    case Parser::ADJOINT: return true;
    default: return false;
  }
}

bool is_reducer(size_t type) {
  switch (type) {
    case Parser::SUM:
    case Parser::PROD:
    case Parser::MEAN:
    case Parser::MAX:
    case Parser::MIN:
    case Parser::ARGMAX:
    case Parser::ARGMIN: return true;
    default: return false;
  }
}

size_t closing_of(size_t type) {
  switch (type) {
    case Parser::LPAREN: return Parser::RPAREN;
    case Parser::LBRACKET: return Parser::RBRACKET;
    case Parser::LBRACE: return Parser::RBRACE;
    default: return 0;
  }
}

}  // namespace kiln::syntax
