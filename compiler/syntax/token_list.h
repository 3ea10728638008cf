#pragma once

#include <antlr4-runtime.h>

#include <string_view>
#include <vector>

#include "KilnParser.h"
#include "source/source_file.h"
#include "syntax/ast_node.h"

namespace kiln::syntax {

/// The tokens that the parser sees, the end of the file last, with the brackets that belong together.
class TokenList {
 public:
  static constexpr size_t none = static_cast<size_t>(-1);

  TokenList(const std::vector<antlr4::Token*>& all, std::string_view text, uint32_t file);

  size_t size() const { return tokens_.size(); }
  size_t last() const { return tokens_.size() - 1; }  // the end of the file
  /// The type of a token; past the end and before the begin that of the end of the file.
  size_t type(size_t i) const { return i < tokens_.size() ? tokens_[i]->getType() : antlr4::Token::EOF; }
  std::string_view text(size_t i) const { return text(i, i); }
  std::string_view text(size_t first, size_t last) const;
  /// The end of the file is the empty span behind the last token.
  Span span(size_t i) const;
  Span span(size_t first, size_t last) const { return cover(span(first), span(last)); }
  Span span(const antlr4::Token* token) const { return span(index_of(token)); }
  size_t index_of(const antlr4::Token* token) const;
  bool first_on_line(size_t i) const;
  size_t line(size_t i) const { return tokens_[i]->getLine(); }
  int column(size_t i) const { return static_cast<int>(tokens_[i]->getCharPositionInLine()); }
  /// The other bracket of a pair, or `none`.
  size_t partner(size_t i) const { return partner_[i]; }
  /// The innermost bracket before token `i` that is still open there, or `none`.
  size_t open_before(size_t i) const;
  std::string_view source() const { return text_; }
  /// The most brackets open at once, and where.
  size_t deepest() const { return deepest_; }
  size_t deepest_at() const { return deepest_at_; }

  /// The first comma past `longest_list` in one list (`longest_constant` in a list of numbers), or `none`.
  size_t too_long_list_at() const;

  bool is_reducer(size_t i) const;  // also `any` and `all`
  bool is_name(size_t i) const;     // also the soft words
  bool is_word(size_t i) const;     // reserved words, soft ones and names
  bool is_comparison(size_t i) const;
  bool is_binary_operator(size_t i) const;
  bool is_opening(size_t i) const;
  bool is_closing(size_t i) const;
  bool starts_expression(size_t i) const;

 private:
  void pair_brackets();

  std::vector<antlr4::Token*> tokens_;
  std::vector<size_t> partner_;
  std::vector<size_t> index_;  // by ANTLR's token index
  std::string_view text_;
  uint32_t file_;
  size_t deepest_ = 0;
  size_t deepest_at_ = 0;
};

}  // namespace kiln::syntax
