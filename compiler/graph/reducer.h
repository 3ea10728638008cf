#pragma once

#include <optional>
#include <string_view>

#include "base/scalar_function.h"
#include "graph/graph.h"

namespace kiln::graph {

struct ReducerRow {
  Reducer reducer;
  std::string_view name;  // in the text form
  /// Joins two partial results, for the reducers that are monoids on scalars. Sums and products of floats may
  /// be joined in any order; `minimum` and `maximum` pass NaN on.
  std::optional<ScalarFunction> combine;
  bool reports_index;  // argmax, argmin
};

/// One row for each reducer; the only list of them.
const ReducerRow& row_of(Reducer reducer);
std::optional<Reducer> reducer_named(std::string_view name);
inline std::string_view name_of(Reducer reducer) { return row_of(reducer).name; }

/// The result's element for bodies of this element.
ElementType reduced_type(Reducer reducer, ElementType body);
/// What a cell holds that no point writes: of type `reduced_type(reducer, body)`.
Scalar neutral_element(Reducer reducer, ElementType body);
/// Whether a point's value takes the place of the best so far (argmax, argmin): NaN beats all numbers, the
/// first of equals stays.
bool beats(Reducer reducer, ElementType body, Scalar candidate, Scalar best);

}  // namespace kiln::graph
