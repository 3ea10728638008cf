#pragma once

#include "transform/fold.h"

/// The rules behind Folder::call: one function for each scalar function that has any. A rule gives the
/// simpler form, or an invalid id where nothing applies.
namespace kiln::transform::fold_rules {

using Rule = graph::ExprId (*)(Folder& f, const std::vector<graph::ExprId>& operands);

struct Row {
  ScalarFunction function;
  Rule rule;
};

const std::vector<Row>& numbers();
const std::vector<Row>& choices();

/// Comparisons of index arithmetic: `a < b` as positive terms on both sides, decided if the difference is
/// constant; what compares i32 with an index is done in i64.
graph::ExprId compare_integers(Folder& f, ScalarFunction function, graph::ExprId a, graph::ExprId b);

}  // namespace kiln::transform::fold_rules
