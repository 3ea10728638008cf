#pragma once

#include <set>

#include "syntax/reporter.h"
#include "syntax/token_list.h"

namespace kiln::syntax {

/// Where and how the parser got stuck.
struct SyntaxMistake {
  size_t at;  // the token that does not fit
  antlr4::ParserRuleContext* context;
  antlr4::misc::IntervalSet expected;
  const antlr4::dfa::Vocabulary& vocabulary;
};

std::string in_backticks(std::string_view text);
/// The number of the grammar's rule; that of nothing for a token.
size_t rule_of(const antlr4::tree::ParseTree* tree);

/// Puts a mistake into words: a message of its own for those that people make often, else what was expected.
class SyntaxMessages {
 public:
  /// On `spoiled_lines` a mistake has been reported already: nothing more is said about them.
  SyntaxMessages(const TokenList& tokens, std::set<size_t> spoiled_lines, Reporter& reporter)
      : tokens_(tokens), spoiled_lines_(std::move(spoiled_lines)), reporter_(reporter) {}

  void report(const SyntaxMistake& mistake);
  /// Whether a mistake of the tokens or of the parser lies between two tokens.
  bool has_mistake(size_t first, size_t last) const;

  /// The tokens from `first` to `last` stand as a statement and are none. `return_fits`: they end a block
  /// that may give a value.
  void report_no_statement(size_t first, size_t last, bool return_fits);

 private:
  using Special = bool (SyntaxMessages::*)(const SyntaxMistake&);
  static const Special specials[];

  bool reducer_with_parentheses(const SyntaxMistake& mistake);
  bool statement_after_return(const SyntaxMistake& mistake);
  bool trailing_expression(const SyntaxMistake& mistake);
  bool python_lambda(const SyntaxMistake& mistake);
  bool python_slice(const SyntaxMistake& mistake);
  bool subscript_behind_else(const SyntaxMistake& mistake);
  bool tuple_assignment(size_t first);
  bool chained_comparison(const SyntaxMistake& mistake);
  bool ends_at_and(size_t comparison) const;
  bool assignment_for_comparison(const SyntaxMistake& mistake);
  bool assignment_for_argument(const SyntaxMistake& mistake);
  bool foreign_operator(const SyntaxMistake& mistake);
  bool late_import(const SyntaxMistake& mistake);
  bool listed_imports(const SyntaxMistake& mistake);
  bool nameless_function(const SyntaxMistake& mistake);
  bool exported_model(const SyntaxMistake& mistake);
  bool stray_word_or_bracket(const SyntaxMistake& mistake);
  bool reserved_word(const SyntaxMistake& mistake);
  void expectation(const SyntaxMistake& mistake);
  std::string foreign_habit(const SyntaxMistake& mistake) const;

  bool report_reducer(size_t after);
  bool is_spoiled(size_t at) const;
  void cannot_follow(size_t at, Span place);
  std::string advice_on_neighbours(size_t at) const;

  const TokenList& tokens_;
  std::set<size_t> spoiled_lines_;
  std::set<size_t> stuck_at_;                 // the tokens that did not fit
  std::set<std::string_view> misused_words_;  // reserved words that were used as names
  std::set<size_t> no_statements_;            // first tokens of what has been reported as no statement
  Reporter& reporter_;
};

}  // namespace kiln::syntax
