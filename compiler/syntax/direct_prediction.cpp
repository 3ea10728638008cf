#include "syntax/direct_prediction.h"

#include "KilnParser.h"
#include "syntax/token_types.h"

namespace kiln::syntax {

namespace {

using Parser = grammar::KilnParser;
using Stream = antlr4::TokenStream;

bool is_product_sign(size_t type) {
  return type == Parser::STAR || type == Parser::SLASH || type == Parser::PERCENT;
}

/// `sum[…] …`, behind any number of minus signs; `sum(…)` is a value.
bool is_reduction(Stream& stream, ssize_t at) {
  while (stream.LA(at) == Parser::MINUS) ++at;
  return is_reducer(stream.LA(at)) && stream.LA(at + 1) == Parser::LBRACKET;
}

/// `(member ':')? …`
size_t with_name(Stream& stream) { return stream.LA(2) == Parser::COLON ? 1 : 2; }

/// `(',' …)* ','?`: whether something follows the comma.
size_t next_of_list(Stream& stream) {
  if (stream.LA(1) != Parser::COMMA) return 2;
  switch (stream.LA(2)) {
    case Parser::RPAREN:
    case Parser::RBRACKET:
    case Parser::LBRACE:           // behind the params of a test
    case Parser::WHERE: return 2;  // the same
    default: return 1;
  }
}

size_t declaration(Stream& stream) {
  switch (stream.LA(1)) {
    case Parser::FN: return 1;
    case Parser::EXPORT: return stream.LA(2) == Parser::TYPE ? 3 : 1;
    case Parser::MODEL: return 2;
    case Parser::TYPE: return 3;
    case Parser::CONST: return 4;
    case Parser::TEST: return 6;
    case Parser::MESH: return 7;
    default: return 5;
  }
}

/// `export fn name = …` is an alias.
size_t function(Stream& stream) {
  return stream.LA(1) == Parser::EXPORT && stream.LA(4) == Parser::SET ? 2 : 1;
}

size_t field(Stream& stream) { return stream.LA(2) == Parser::COLON ? 2 : 1; }

size_t subscript(Stream& stream) {
  switch (stream.LA(1)) {
    case Parser::COLON: return 1;
    case Parser::PACK: return 2;
    case Parser::RANGE: return 3;
    default: return stream.LA(2) == Parser::COLON ? 5 : 4;
  }
}

size_t negation(Stream& stream) {
  const size_t first = stream.LA(1);
  if (first == Parser::NOT) return 1;
  return (first == Parser::ANY || first == Parser::ALL) && stream.LA(2) == Parser::LBRACKET ? 2 : 3;
}

size_t term(Stream& stream) { return is_reduction(stream, 1) ? 2 : 1; }

size_t next_factor(Stream& stream) {
  return is_product_sign(stream.LA(1)) && !is_reduction(stream, 2) ? 1 : 2;
}

/// A value, or statements that end in `return`: which of the block's own, not of blocks in it.
size_t value_block(Stream& stream) {
  size_t depth = 0;
  for (size_t at = stream.index(); at < stream.size(); ++at) {
    switch (stream.get(at)->getType()) {
      case Parser::LBRACE: ++depth; break;
      case Parser::RBRACE:
        if (--depth == 0) return 1;
        break;
      case Parser::RETURN:
        if (depth == 1) return 2;
        break;
      default: break;
    }
  }
  return 1;
}

struct Rule {
  size_t rule;
  bool is_loop;  // a decision whether to go on, or between alternatives
  size_t (*alternative)(Stream&);
};

constexpr Rule rules[] = {
    {Parser::RuleDecl, false, declaration},    {Parser::RuleFnDecl, false, function},
    {Parser::RuleParams, true, next_of_list},  {Parser::RuleResult, false, with_name},
    {Parser::RuleField, false, field},         {Parser::RuleFieldType, false, with_name},
    {Parser::RuleDimItem, false, with_name},   {Parser::RuleValueBlock, false, value_block},
    {Parser::RuleSub, false, subscript},       {Parser::RuleNotExpr, false, negation},
    {Parser::RuleTerm, false, term},           {Parser::RuleTerm, true, next_factor},
    {Parser::RuleArgs, true, next_of_list},    {Parser::RuleArg, false, with_name},
    {Parser::RulePrimary, true, next_of_list}, {Parser::RuleTupleItem, false, with_name},
};

}  // namespace

std::optional<size_t> direct_alternative(antlr4::atn::DecisionState& decision, Stream& stream) {
  const bool is_loop = decision.getStateType() == antlr4::atn::ATNState::STAR_LOOP_ENTRY;
  for (const Rule& rule : rules) {
    if (rule.rule == decision.ruleIndex && rule.is_loop == is_loop) return rule.alternative(stream);
  }
  return std::nullopt;
}

}  // namespace kiln::syntax
