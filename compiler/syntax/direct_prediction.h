#pragma once

#include <antlr4-runtime.h>

#include <optional>

namespace kiln::syntax {

/// The alternative that a decision of the grammar takes at the next token of a stream that holds all its
/// tokens, found by looking at some of them, in a file without mistakes. Nothing where there is no rule for
/// the decision.
///
/// ANTLR simulates its automaton for these decisions and remembers what came; in a program that parses one
/// file the remembering never pays, and the simulation was half of parsing. In a file with mistakes the
/// answer may be another one than ANTLR's, but the parser then stops all the same: what it accepts is matched
/// token by token, whatever was predicted.
std::optional<size_t> direct_alternative(antlr4::atn::DecisionState& decision, antlr4::TokenStream& stream);

class DirectPrediction : public antlr4::atn::ParserATNSimulator {
 public:
  using ParserATNSimulator::ParserATNSimulator;

  size_t adaptivePredict(antlr4::TokenStream* input, size_t decision,
                         antlr4::ParserRuleContext* context) override {
    if (const auto alternative = direct_alternative(*atn.decisionToState[decision], *input))
      return *alternative;
    return ParserATNSimulator::adaptivePredict(input, decision, context);
  }
};

}  // namespace kiln::syntax
