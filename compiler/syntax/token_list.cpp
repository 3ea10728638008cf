#include "syntax/token_list.h"

#include <algorithm>
#include <initializer_list>

#include "syntax/parse.h"
#include "syntax/token_types.h"

namespace kiln::syntax {

using Parser = grammar::KilnParser;

static bool among(size_t type, std::initializer_list<size_t> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

TokenList::TokenList(const std::vector<antlr4::Token*>& all, std::string_view text, uint32_t file)
    : index_(all.size(), 0), text_(text), file_(file) {
  for (antlr4::Token* token : all) {
    if (token->getChannel() != antlr4::Token::DEFAULT_CHANNEL) continue;
    index_[token->getTokenIndex()] = tokens_.size();
    tokens_.push_back(token);
  }
  internal_check(!tokens_.empty() && type(last()) == antlr4::Token::EOF, "TokenList: no end of the file");
  pair_brackets();
}

/// A closing bracket takes its partner across brackets of other kinds that were never closed, but `)` and `]`
/// do not look out of the block they stand in.
void TokenList::pair_brackets() {
  partner_.assign(tokens_.size(), none);
  std::vector<size_t> open;
  size_t signs = 0;  // a run of minus signs nests like brackets
  for (size_t i = 0; i < tokens_.size(); ++i) {
    signs = type(i) == Parser::MINUS ? signs + 1 : 0;
    if (is_opening(i)) open.push_back(i);
    if (open.size() + signs > deepest_) deepest_ = open.size() + signs, deepest_at_ = i;
    if (!is_closing(i)) continue;
    const size_t wanted = type(i) == Parser::RPAREN   ? Parser::LPAREN
                          : type(i) == Parser::RBRACE ? Parser::LBRACE
                                                      : Parser::LBRACKET;
    size_t depth = open.size();
    while (depth > 0 && type(open[depth - 1]) != wanted &&
           (wanted == Parser::LBRACE || type(open[depth - 1]) != Parser::LBRACE))
      --depth;
    if (depth == 0 || type(open[depth - 1]) != wanted) continue;
    partner_[i] = open[depth - 1];
    partner_[open[depth - 1]] = i;
    open.resize(depth - 1);
  }
}

size_t TokenList::too_long_list_at() const {
  struct List {
    size_t commas = 0;
    bool is_constant = true;
  };
  std::vector<List> open(1);  // the last one: what stands in no brackets, from one `fn` to the next
  for (size_t i = 0; i < size(); ++i) {
    List& list = open.back();
    if (type(i) == Parser::COMMA) {
      if (++list.commas >= (list.is_constant ? longest_constant : longest_list)) return i;
    } else if (is_opening(i)) {
      if (type(i) != Parser::LBRACKET) list.is_constant = false;
      open.emplace_back();
    } else if (is_closing(i)) {
      const bool is_constant = list.is_constant;
      if (open.size() > 1) open.pop_back();
      if (!is_constant) open.back().is_constant = false;
      if (type(i) == Parser::RBRACE) open.back() = {};
    } else if (type(i) == Parser::FN) {
      list = {};
    } else if (among(type(i), {Parser::ASSERT, Parser::FOR, Parser::LET, Parser::VAR})) {
      list.commas = 0;
    } else if (type(i) != Parser::NUMBER && type(i) != Parser::MINUS) {
      list.is_constant = false;
    }
  }
  return none;
}

std::string_view TokenList::text(size_t first, size_t last) const {
  const Span at = span(first, last);
  return text_.substr(at.begin, at.end - at.begin);
}

Span TokenList::span(size_t i) const {
  const auto place = [this](size_t begin, size_t end) {
    return Span{file_, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
  };
  if (i < last()) return place(tokens_[i]->getStartIndex(), tokens_[i]->getStopIndex() + 1);
  const size_t end = last() == 0 ? 0 : tokens_[last() - 1]->getStopIndex() + 1;
  return place(end, end);
}

size_t TokenList::index_of(const antlr4::Token* token) const {
  return token->getTokenIndex() < index_.size() ? index_[token->getTokenIndex()] : last();
}

bool TokenList::first_on_line(size_t i) const {
  return i == 0 || i >= size() || tokens_[i]->getLine() != tokens_[i - 1]->getLine();
}

size_t TokenList::open_before(size_t i) const {
  for (size_t k = i; k-- > 0;) {
    if (is_opening(k) && (partner_[k] == none || partner_[k] >= i)) return k;
    if (is_closing(k) && partner_[k] != none) k = partner_[k];
  }
  return none;
}

bool TokenList::is_reducer(size_t i) const {
  return syntax::is_reducer(type(i)) || type(i) == Parser::ANY || type(i) == Parser::ALL;
}

bool TokenList::is_name(size_t i) const { return syntax::is_name(type(i)); }

bool TokenList::is_word(size_t i) const {
  if (i >= last()) return false;
  const char first = text(i).front();
  return (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '_';
}

bool TokenList::is_comparison(size_t i) const {
  return among(type(i), {Parser::EQUAL, Parser::NOT_EQUAL, Parser::LESS, Parser::LESS_EQUAL, Parser::GREATER,
                         Parser::GREATER_EQUAL});
}

bool TokenList::is_binary_operator(size_t i) const {
  return is_comparison(i) || among(type(i), {Parser::PLUS, Parser::MINUS, Parser::STAR, Parser::SLASH,
                                             Parser::PERCENT, Parser::AND, Parser::OR});
}

bool TokenList::is_opening(size_t i) const { return closing_of(type(i)) != 0; }

bool TokenList::is_closing(size_t i) const {
  return among(type(i), {Parser::RPAREN, Parser::RBRACKET, Parser::RBRACE});
}

bool TokenList::starts_expression(size_t i) const {
  return is_name(i) || is_reducer(i) || is_opening(i) ||
         among(type(i), {Parser::NUMBER, Parser::STRING, Parser::TRUE, Parser::FALSE, Parser::MINUS,
                         Parser::NOT, Parser::FOR, Parser::FN, Parser::IF, Parser::GRAD,
                         Parser::VALUE_AND_GRAD, Parser::VJP, Parser::JVP, Parser::CHECKPOINT});
}

}  // namespace kiln::syntax
