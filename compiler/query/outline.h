#pragma once

#include <string>
#include <vector>

#include "query/analysis.h"

namespace kiln::query {

/// A declaration with what it holds, for the outline of a file.
struct OutlineItem {
  std::string name;
  std::string detail;
  SymbolKind kind = SymbolKind::function;
  bool is_test = false;
  Span name_span, whole;
  std::vector<OutlineItem> children;
};
std::vector<OutlineItem> outline_of(const Analysis& analysis);

/// Runs of more than one line that can be folded: what stands in brackets, comments, imports.
struct Fold {
  enum class Kind : uint8_t { code, comment, imports };
  uint32_t begin, end;
  Kind kind;
};
std::vector<Fold> folds_of(const Analysis& analysis);

/// The pieces around a place, from the word to the whole file: each lies in the next.
std::vector<Span> selections_at(const Analysis& analysis, uint32_t offset);

}  // namespace kiln::query
