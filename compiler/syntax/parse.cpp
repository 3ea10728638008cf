#include "syntax/parse.h"

#include "KilnLexer.h"
#include "base/internal_check.h"
#include "source/utf8.h"
#include "syntax/byte_stream.h"
#include "syntax/check_tokens.h"
#include "syntax/error_strategy.h"
#include "syntax/tolerant_prediction.h"
#include "syntax/tree_builder.h"

namespace kiln::syntax {

namespace {

using grammar::KilnLexer;
using grammar::KilnParser;

/// At most 12 rules lie between a bracket and the next one in it; the rest is for runs such as `not not not
/// …`.
constexpr int deepest_rules = 12 * static_cast<int>(deepest_brackets) + 200;

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

/// Whether the bytes are such that they can be parsed at all.
bool check_bytes(std::string_view text, Reporter& reporter) {
  if (text.size() > largest_source) {
    reporter.mistake(diagnostics::file_too_large, reporter.span(0, 0), "the file is larger than 16 MiB");
    return false;
  }
  const size_t wrong = find_invalid_utf8(text);
  if (wrong == std::string_view::npos) return true;
  reporter.mistake(diagnostics::invalid_utf8, reporter.span(wrong, wrong + 1), "the file is not UTF-8")
      .label = "this byte is not part of a character";
  return false;
}

void report_depth(const TokenList& tokens, size_t at, Reporter& reporter) {
  Diagnostic& diagnostic =
      reporter.mistake(diagnostics::nested_too_deeply, tokens.span(at), "this is nested too deeply");
  diagnostic.help = "give parts of it a name with `let`";
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

  antlr4::CommonTokenStream& stream;
  SyntaxMessages messages;
  DocComments docs;
  TreeBuilder builder;
  KilnParser parser;
  DepthGuard guard;
};

/// With SLL prediction, which is enough for every program without a mistake that is known, and one parse tree
/// at a time: a tree takes a hundred times the room of its text. Throws where the parser gets stuck.
std::unique_ptr<File> parse_in_parts(Attempt& attempt, Kept kept) {
  KilnParser& parser = attempt.parser;
  parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(
      antlr4::atn::PredictionMode::SLL);
  parser.setErrorHandler(std::make_shared<antlr4::BailErrorStrategy>());
  std::unique_ptr<File> file = attempt.builder.start(attempt.stream.LT(1));
  while (attempt.stream.LA(1) != antlr4::Token::EOF) {
    if (attempt.stream.LA(1) == KilnParser::IMPORT && file->declarations.empty())
      attempt.builder.add(parser.importDecl(), *file);
    else
      attempt.builder.add(parser.decl(), kept, *file);
    const size_t next = attempt.stream.index();
    parser.reset();  // drops the tree, and goes back to the begin
    attempt.guard.reset();
    attempt.stream.seek(next);
  }
  return file;
}

/// With LL prediction and our error strategy, whose word counts.
std::unique_ptr<File> parse_with_mistakes(Attempt& attempt, const TokenList& tokens, Kept kept) {
  KilnParser& parser = attempt.parser;
  auto* simulator = parser.getInterpreter<antlr4::atn::ParserATNSimulator>();
  auto* tolerant = new TolerantPrediction(&parser, simulator->atn, simulator->decisionToDFA,
                                          simulator->getSharedContextCache());
  parser.setInterpreter(tolerant);  // takes it, and frees the former one
  tolerant->setPredictionMode(antlr4::atn::PredictionMode::LL);
  parser.setErrorHandler(std::make_shared<ErrorStrategy>(tokens, attempt.messages));
  return attempt.builder.file(parser.file(), kept);
}

std::unique_ptr<File> parse_text(std::string_view text, Reporter& reporter, Kept kept) {
  auto nothing = std::make_unique<File>();
  nothing->number = reporter.file();
  if (!check_bytes(text, reporter)) return nothing;
  ByteStream bytes(text);
  KilnLexer lexer(&bytes);
  lexer.removeErrorListeners();  // every byte is part of a token
  antlr4::CommonTokenStream stream(&lexer);
  stream.fill();
  std::set<size_t> spoiled_lines = check_tokens(stream, text, reporter);
  const TokenList tokens(stream.getTokens(), text, reporter.file());
  if (tokens.deepest() > deepest_brackets) {
    report_depth(tokens, tokens.deepest_at(), reporter);
    return nothing;
  }
  if (const size_t at = tokens.too_long_list_at(); at != TokenList::none) {
    reporter.mistake(diagnostics::not_yet_supported, tokens.span(at),
                     "a list of more than " + std::to_string(longest_list) + " parts, or of more than " +
                         std::to_string(longest_constant) + " numbers, cannot be compiled yet");
    return nothing;
  }
  spoiled_lines.merge(check_matrix_signs(tokens, reporter));
  const Reporter before = reporter;
  for (const bool in_parts : {true, false}) {
    reporter = before;
    Attempt attempt(stream, tokens, spoiled_lines, text, reporter);
    try {
      std::unique_ptr<File> file =
          in_parts ? parse_in_parts(attempt, kept) : parse_with_mistakes(attempt, tokens, kept);
      if (reporter.mistakes() == 0) attempt.docs.warn_unused(reporter);
      return file;
    } catch (const antlr4::ParseCancellationException&) {
    } catch (const TooDeep& place) {
      reporter = before;
      report_depth(tokens, tokens.index_of(place.token), reporter);
      return nothing;
    }
  }
  internal_error("the error strategy gives up no file");
}

}  // namespace

std::unique_ptr<File> parse(const SourceFiles& files, uint32_t number, Diagnostics& diagnostics, Kept kept) {
  Reporter reporter(number);
  std::unique_ptr<File> file = parse_text(files[number].text(), reporter, kept);
  file->is_complete = reporter.mistakes() == 0;
  reporter.hand_on(diagnostics);
  return file;
}

}  // namespace kiln::syntax
