#pragma once

#include <antlr4-runtime.h>

namespace kiln::syntax {

/// Prediction that does not give up where a decision starts: if no alternative fits the text, it takes one
/// that fits longest, so that the parser comes to the token that is wrong and reports it in the rule it
/// belongs to. Without this, a mistake deep in `grad(x) { … }` would be one of the whole block.
class TolerantPrediction : public antlr4::atn::ParserATNSimulator {
 public:
  using ParserATNSimulator::ParserATNSimulator;

  size_t adaptivePredict(antlr4::TokenStream* input, size_t decision,
                         antlr4::ParserRuleContext* context) override {
    try {
      return ParserATNSimulator::adaptivePredict(input, decision, context);
    } catch (const antlr4::NoViableAltException& failure) {
      const antlr4::atn::ATNConfigSet* survivors = failure.getDeadEndConfigs();
      if (failure.getStartToken() == failure.getOffendingToken() || survivors == nullptr ||
          survivors->configs.empty())
        throw;
      size_t alternative = survivors->configs.front()->alt;
      for (const auto& config : survivors->configs) alternative = std::min(alternative, config->alt);
      return alternative;
    }
  }
};

}  // namespace kiln::syntax
