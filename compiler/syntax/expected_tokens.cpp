#include "syntax/expected_tokens.h"

#include <vector>

#include "KilnParser.h"

namespace kiln::syntax {

namespace {

using Parser = grammar::KilnParser;

struct RuleName {
  size_t rule;
  const char* name;
};

constexpr RuleName rule_names[] = {
    {Parser::RuleExpr, "an expression"},
    {Parser::RuleOrExpr, "an expression"},
    {Parser::RuleAndExpr, "an expression"},
    {Parser::RuleNotExpr, "an expression"},
    {Parser::RuleComparison, "an expression"},
    {Parser::RuleSumExpr, "an expression"},
    {Parser::RuleTerm, "an expression"},
    {Parser::RuleReduction, "an expression"},
    {Parser::RuleUnary, "an expression"},
    {Parser::RulePrimary, "an expression"},
    {Parser::RuleArg, "an argument"},
    {Parser::RuleSub, "an index or a slice"},
    {Parser::RuleBinder, "an index"},
    {Parser::RuleBinders, "`[`"},
    {Parser::RuleType, "a type"},
    {Parser::RuleFieldType, "a type"},
    {Parser::RuleDimItem, "an extent"},
    {Parser::RulePattern, "a name or `(`"},
    {Parser::RuleIdent, "a name"},
    {Parser::RuleMember, "a name"},
    {Parser::RuleQname, "a name"},
    {Parser::RuleParam, "a parameter"},
    {Parser::RuleResult, "a result"},
    {Parser::RuleGeneric, "a name"},
    {Parser::RuleFnBody, "`=` or `{`"},
    {Parser::RuleBlock, "`{`"},
    {Parser::RuleValueBlock, "`{`"},
    {Parser::RuleIfExpr, "`if`"},
    {Parser::RuleDecl, "a declaration"},
    {Parser::RuleTarget, "a name"},
    {Parser::RulePlace, "a name"},
    {Parser::RuleTupleItem, "an expression"},
};

/// Sets of tokens that have a name, tried in order: it is the set if it holds the token.
constexpr RuleName set_names[] = {
    {Parser::CONST, "a declaration"},
    {Parser::LET, "a statement"},
    {Parser::CHECKPOINT, "an expression"},
};

std::string joined(const std::vector<std::string>& choices) {
  std::string text;
  for (size_t i = 0; i < choices.size(); ++i)
    text += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + choices[i];
  return text;
}

std::string name_of_token(size_t type, const antlr4::dfa::Vocabulary& vocabulary) {
  switch (type) {
    case Parser::IDENT: return "a name";
    case Parser::NUMBER: return "a number";
    case Parser::STRING: return "a string";
    case antlr4::Token::EOF: return "the end of the file";
    default: break;
  }
  const std::string literal = vocabulary.getLiteralName(type);
  return literal.size() > 2 ? "`" + literal.substr(1, literal.size() - 2) + "`" : "a token";
}

}  // namespace

std::string describe_expected(const antlr4::ParserRuleContext* context,
                              const antlr4::misc::IntervalSet& expected,
                              const antlr4::dfa::Vocabulary& vocabulary, bool at_start) {
  if (at_start)
    for (const RuleName& row : rule_names)
      if (row.rule == context->getRuleIndex()) return row.name;
  if (context->getRuleIndex() == Parser::RuleModelDecl && holds(expected, Parser::IDENT) &&
      holds(expected, Parser::RBRACE))
    return "a field, a method or `}`";
  std::vector<std::string> choices;
  for (const RuleName& row : set_names) {
    if (!holds(expected, row.rule)) continue;
    choices.push_back(row.name);
    break;
  }
  const bool named = !choices.empty(), name = holds(expected, Parser::IDENT);
  if (!named && name) choices.push_back("a name");
  const bool in_list = holds(expected, Parser::RPAREN) || holds(expected, Parser::RBRACKET);
  if (in_list && !name) choices.push_back("`,`");  // also where the loop over the list has been left
  for (const ssize_t type : expected.toList()) {
    const bool closing = type == Parser::RPAREN || type == Parser::RBRACKET || type == Parser::RBRACE;
    if (!closing && (named || name)) continue;  // soft words, and what the name of the set says
    if (in_list && type == Parser::COMMA) continue;
    choices.push_back(name_of_token(static_cast<size_t>(type), vocabulary));
  }
  return choices.empty() ? "something else" : joined(choices);
}

}  // namespace kiln::syntax
