#pragma once

#include <unordered_map>

#include "graph/import_expression.h"
#include "transform/fold.h"

namespace kiln::transform {

/// Copies expressions as graph::ExpressionImporter does, but through a Folder, so that what a replaced leaf
/// makes simpler becomes simpler.
class FoldingImporter {
 public:
  /// `from` may be the folder's own arena.
  FoldingImporter(const graph::Expressions& from, Folder& folder, graph::ImportRules rules)
      : from_(from), folder_(folder), rules_(std::move(rules)) {}
  graph::ExprId import(graph::ExprId root);

 private:
  graph::ExprId copy(const graph::Expr& expr, std::vector<graph::ExprId> operands);

  const graph::Expressions& from_;
  Folder& folder_;
  graph::ImportRules rules_;
  std::unordered_map<uint32_t, graph::ExprId> copies_;
};

/// Index numbers to the expressions that take their place; the others stay.
using IndexReplacements = std::unordered_map<uint32_t, graph::ExprId>;
graph::ExprId replace_indices(Folder& folder, graph::ExprId root, const IndexReplacements& replacements);
/// In the body, the guard and the write map.
void replace_indices(Folder& folder, graph::Compute& compute, const IndexReplacements& replacements);

bool mentions_index(const graph::Expressions& expressions, graph::ExprId root, uint32_t index);

}  // namespace kiln::transform
