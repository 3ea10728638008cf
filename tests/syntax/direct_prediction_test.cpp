// The decisions that are made directly are those that ANTLR's simulation makes, in every program without a
// mistake.
#include "KilnParser.h"  // before the macro TEST, which is a token there
//
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "syntax/direct_prediction.h"
#include "syntax/token_source.h"

namespace kiln::syntax {
namespace {

using grammar::KilnParser;

/// Answers as the simulation does, and counts by decision how often the direct answer is another one.
class Comparison : public antlr4::atn::ParserATNSimulator {
 public:
  using ParserATNSimulator::ParserATNSimulator;

  struct Count {
    int asked = 0, different = 0, unknown = 0;
  };
  std::map<size_t, Count> counts;

  size_t adaptivePredict(antlr4::TokenStream* input, size_t decision,
                         antlr4::ParserRuleContext* context) override {
    const auto direct = direct_alternative(*atn.decisionToState[decision], *input);
    const size_t simulated = ParserATNSimulator::adaptivePredict(input, decision, context);
    Count& count = counts[decision];
    ++count.asked;
    if (!direct)
      ++count.unknown;
    else if (*direct != simulated)
      ++count.different;
    return simulated;
  }
};

TEST(DirectPrediction, IsWhatTheSimulationSaysInAllPrograms) {
  std::map<size_t, Comparison::Count> all;
  int files = 0;
  for (const char* folder : {"stdlib", "samples", "tests", "bench"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(KILN_SOURCE_DIR) / folder)) {
      if (entry.path().extension() != ".model") continue;
      std::ifstream stream(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(stream), {}};
      TokenSource source(text);
      antlr4::CommonTokenStream tokens(&source);
      tokens.fill();
      KilnParser parser(&tokens);
      parser.removeErrorListeners();
      parser.setErrorHandler(std::make_shared<antlr4::BailErrorStrategy>());
      auto* simulator = parser.getInterpreter<antlr4::atn::ParserATNSimulator>();
      auto* comparison = new Comparison(&parser, simulator->atn, simulator->decisionToDFA,
                                        simulator->getSharedContextCache());
      parser.setInterpreter(comparison);
      try {
        parser.file();
      } catch (const antlr4::ParseCancellationException&) {
        continue;  // a program with a mistake in its syntax
      }
      ++files;
      for (const auto& [decision, count] : comparison->counts) {
        EXPECT_EQ(count.different, 0) << entry.path() << ", decision " << decision;
        all[decision].asked += count.asked;
        all[decision].unknown += count.unknown;
      }
    }
  }
  EXPECT_GT(files, 100);
  EXPECT_EQ(all.size(), 17u);
  for (const auto& [decision, count] : all)
    EXPECT_EQ(count.unknown, 0) << "no rule for decision " << decision;
}

}  // namespace
}  // namespace kiln::syntax
