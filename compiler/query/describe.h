#pragma once

#include <optional>
#include <string>

#include "query/analysis.h"

namespace kiln::query {

/// One line that says what a symbol is, as it could be written: "let y: f32[N, M]", "index k: 0..K".
std::string line_of(const Analysis& analysis, SymbolId id);

struct Hover {
  Span span;
  std::string code;                // in the language
  std::vector<std::string> notes;  // "needs N >= 1"
  std::string doc;
};

/// What is to be said about a place: of a name its line and documentation, of another part of an expression
/// its type.
std::optional<Hover> hover_at(const Analysis& analysis, uint32_t offset);

/// What is inferred and not written: the types of `let`s, the ranges of indices.
struct Hint {
  uint32_t at;
  std::string text;  // ": f32[N, M]"
  bool is_range;     // else a type
};
std::vector<Hint> hints_of(const Analysis& analysis, uint32_t begin, uint32_t end);

}  // namespace kiln::query
