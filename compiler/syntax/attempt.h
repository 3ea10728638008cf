#pragma once

#include <set>
#include <string_view>
#include <utility>

#include "KilnParser.h"
#include "syntax/direct_prediction.h"
#include "syntax/parse.h"
#include "syntax/tree_builder.h"

namespace kiln::syntax {

/// At most 12 rules lie between a bracket and the next one in it; the rest is for runs such as `not not not
/// …`.
inline constexpr int deepest_rules = 12 * static_cast<int>(deepest_brackets) + 200;

struct TooDeep {
  antlr4::Token* token;
};

/// Stops the parser before it runs out of stack.
class DepthGuard : public antlr4::tree::ParseTreeListener {
 public:
  void visitTerminal(antlr4::tree::TerminalNode*) override {}
  void visitErrorNode(antlr4::tree::ErrorNode*) override {}
  void enterEveryRule(antlr4::ParserRuleContext* context) override {
    if (++depth_ > deepest_rules) throw TooDeep{context->getStart()};
  }
  void exitEveryRule(antlr4::ParserRuleContext*) override { --depth_; }
  void reset() { depth_ = 0; }

 private:
  int depth_ = 0;
};

/// Gives a parser another prediction of its own tables.
template <class Prediction>
void predict_by(grammar::KilnParser& parser, antlr4::atn::PredictionMode mode) {
  auto* simulator = parser.getInterpreter<antlr4::atn::ParserATNSimulator>();
  auto* prediction =
      new Prediction(&parser, simulator->atn, simulator->decisionToDFA, simulator->getSharedContextCache());
  parser.setInterpreter(prediction);  // takes it, and frees the former one
  prediction->setPredictionMode(mode);
}

/// What one attempt at a file works with. A failed one leaves nothing behind but mistakes in the reporter.
struct Attempt {
  Attempt(antlr4::CommonTokenStream& tokens_of_file, const TokenList& list, std::set<size_t> spoiled_lines,
          std::string_view text, Reporter& reporter)
      : stream(tokens_of_file),
        messages(list, std::move(spoiled_lines), reporter),
        docs(stream, text),
        builder(list, reporter, messages, docs),
        parser(&stream) {
    stream.seek(0);
    parser.removeErrorListeners();
    parser.addParseListener(&guard);
  }

  /// SLL prediction, and an exception (`antlr4::ParseCancellationException`, TooDeep) where the parser is
  /// stuck.
  void give_up_at_mistakes() {
    predict_by<DirectPrediction>(parser, antlr4::atn::PredictionMode::SLL);
    parser.setErrorHandler(std::make_shared<antlr4::BailErrorStrategy>());
  }

  /// What stands next: an import or a declaration.
  void add_next(Kept kept, File& file) {
    if (stream.LA(1) == grammar::KilnParser::IMPORT && file.declarations.empty())
      builder.add(parser.importDecl(), file);
    else
      builder.add(parser.decl(), kept, file);
    const size_t next = stream.index();
    parser.reset();  // drops the tree, and goes back to the begin
    guard.reset();
    stream.seek(next);
  }

  antlr4::CommonTokenStream& stream;
  SyntaxMessages messages;
  DocComments docs;
  TreeBuilder builder;
  grammar::KilnParser parser;
  DepthGuard guard;
};

}  // namespace kiln::syntax
