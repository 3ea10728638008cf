#pragma once

#include <antlr4-runtime.h>

#include <string>

namespace kiln::syntax {

/// "an expression", "`,` or `)`": what the parser could have taken. `at_start`: it has not yet read a token
/// in the rule of `context`.
std::string describe_expected(const antlr4::ParserRuleContext* context,
                              const antlr4::misc::IntervalSet& expected,
                              const antlr4::dfa::Vocabulary& vocabulary, bool at_start);

inline bool holds(const antlr4::misc::IntervalSet& tokens, size_t type) {
  return tokens.contains(static_cast<ssize_t>(type));
}

}  // namespace kiln::syntax
