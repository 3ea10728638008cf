#include "syntax/parse.h"

#include "KilnParser.h"
#include "base/internal_check.h"
#include "source/utf8.h"
#include "syntax/attempt.h"
#include "syntax/check_tokens.h"
#include "syntax/error_strategy.h"
#include "syntax/token_source.h"
#include "syntax/tolerant_prediction.h"

namespace kiln::syntax {

namespace {

using grammar::KilnParser;

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

/// With SLL prediction, which is enough for every program without a mistake that is known, and one parse tree
/// at a time: a tree takes a hundred times the room of its text. Throws where the parser gets stuck.
std::unique_ptr<File> parse_in_parts(Attempt& attempt, Kept kept) {
  attempt.give_up_at_mistakes();
  std::unique_ptr<File> file = attempt.builder.start(attempt.stream.LT(1));
  while (attempt.stream.LA(1) != antlr4::Token::EOF) attempt.add_next(kept, *file);
  return file;
}

/// With LL prediction and our error strategy, whose word counts.
std::unique_ptr<File> parse_with_mistakes(Attempt& attempt, const TokenList& tokens, Kept kept) {
  KilnParser& parser = attempt.parser;
  predict_by<TolerantPrediction>(parser, antlr4::atn::PredictionMode::LL);
  parser.setErrorHandler(std::make_shared<ErrorStrategy>(tokens, attempt.messages));
  return attempt.builder.file(parser.file(), kept);
}

std::unique_ptr<File> parse_text(std::string_view text, Reporter& reporter, Kept kept) {
  auto nothing = std::make_unique<File>();
  nothing->number = reporter.file();
  if (!check_bytes(text, reporter)) return nothing;
  TokenSource source(text);
  antlr4::CommonTokenStream stream(&source);
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
