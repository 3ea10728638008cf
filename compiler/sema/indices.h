#pragma once

#include "sema/body.h"
#include "sema/ragged.h"

namespace kiln::sema {

/// One binder, or one part of a joined binder, after its name was declared.
struct DeclaredBinder {
  const syntax::Binder* syntax = nullptr;
  IndexId index = 0;                  // not of joined ones
  std::vector<DeclaredBinder> parts;  // of joined ones
};

/// A range that is known only when it runs, or that depends on other indices: `sum[k: 0..j]`.
struct DataRange {
  IndexId index = 0;
  Value low, high;  // integers of rank 0
  Span span;
};

/// The indices of a comprehension, reduction or assignment.
struct IndexSet {
  std::vector<DeclaredBinder> binders;
  std::vector<IndexId> all;  // in order, without joins
  std::vector<DataRange> data;
};

/// A fresh index under a name; an index may not have the name of anything in scope (E0103).
std::optional<IndexId> declare_index(Body& body, const syntax::Name& name, bool is_pack = false);
/// Declares all names of binders in the innermost block and takes the ranges that are stated. Only reducers
/// may have ranges that are data.
std::optional<IndexSet> declare_binders(Body& body, const std::vector<syntax::Binder>& binders,
                                        bool may_be_data);

/// Finds the ranges of the indices that have none from the bare sites in the bodies (judgement 3b). Reports
/// E0311, E0312.
bool infer_ranges(Body& body, const std::vector<IndexId>& indices,
                  const std::vector<const syntax::Expression*>& bodies);

/// Proves that ranges of data lie inside of the axes of their bare sites; what only the run can tell becomes
/// an assertion in `before`, to stand before the reduction. False after a report.
bool check_data_ranges(Body& body, IndexSet& set, std::vector<TypedStatementPtr>& before);
/// Adds the ranges to the facts, after they are known; makes the members of packs. Gives the conditions of
/// the ranges of data, as a tree; null if there is none.
TypedExprPtr assume_ranges(Body& body, IndexSet& set);

/// The axes that the binders make: joined ones multiply.
Shape axes_of(const Body& body, const std::vector<DeclaredBinder>& binders);
std::vector<TypedBinder> typed_binders(Body& body, const IndexSet& set);
bool has_joins(const std::vector<DeclaredBinder>& binders);
/// The place of the point along each axis, for binders with joins: `i*W + j`.
std::vector<TypedSubscript> joined_subscripts(Body& body, const std::vector<DeclaredBinder>& binders);
/// The indices that stand alone in an axis, with the axes that they become.
std::vector<ClosedIndex> closed_indices(const Body& body, const std::vector<DeclaredBinder>& binders);
/// `with_axes`, with the indices in extents that are data replaced by references to the axes.
Type closed_type(Body& body, const Type& type, const Shape& axes, const std::vector<ClosedIndex>& indices);
/// Axes in front of every tensor of a type; `error` for what cannot stand in a comprehension.
Type with_axes(const Type& type, const Shape& axes);

}  // namespace kiln::sema
