#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sema/body.h"

/// Axes whose extent is data: `f32[n, D]`, `i32[b: B, len[b]]`.
///
/// An integer that is data is a symbol of the prover with a `#` in its name: that of a variable of rank 0
/// ("n#4"), or of an element of a tensor ("len#7[b#3]"), which says the tensor ("len#7", its family) and the
/// subscripts. Two extents are equal if they are equal expressions of equal symbols, as everywhere.
///
/// Within a shape the index of an axis before is `$1` (the axis right before), `$2`…: so shapes stay equal
/// under axes in front, and equal shapes are equal texts. Subscripts, binders and comprehensions replace
/// these references by the point, by the symbol of an index, and the other way round.
namespace kiln::sema {

/// The symbol of an element, known to the session: `family[subscripts]`.
dim::Dim element_symbol(Session& session, const std::string& family, const std::vector<dim::Dim>& subscripts);
/// The index of the axis that stands `distance` places before (1: right before).
dim::Dim axis_reference(size_t distance);
bool has_axis_reference(const dim::Dim& extent);
/// Whether an extent or a clause holds anything that is known only when it runs.
bool is_data(const dim::Dim& value);

/// The expression with symbols replaced, also within the subscripts of elements.
dim::Dim replaced(Session& session, const dim::Dim& value, const std::map<std::string, dim::Dim>& values);
/// Whether an axis can have this extent: what is data in it belongs to variables, elements and indices.
bool is_known_extent(const Session& session, const dim::Dim& extent);
/// All symbols, also those within the subscripts of elements.
std::set<std::string> symbols_within(const Session& session, const dim::Dim& value);

/// An axis of a shape for whom indices of the axes before it are known: `points` has one for each of them.
/// Where there is none, the axis stays in the result, as axis number `places[i]` of it.
struct OpenAxis {
  std::optional<dim::Dim> point;
  size_t place = 0;
  dim::Dim low;  // of an axis that stays as a slice: where the slice starts
};
/// The axis behind these, as axis number `place` of the result.
Axis resolved_axis(Session& session, const Axis& axis, const std::vector<OpenAxis>& before, size_t place);

/// One fresh index for each axis, in order, named "i0", "i1"…; packs are left out.
std::vector<IndexId> open_axes(Body& body, const Shape& shape, Span span);

/// A binder of one fresh index.
TypedBinder binder_of(const Body& body, IndexId id);

/// The indices of binders and the axes that they become, to close a type over them.
struct ClosedIndex {
  std::string symbol;
  size_t place = 0;
  dim::Dim low;
};
/// The shape with the symbols of the indices replaced by references to their axes.
Shape closed_shape(Session& session, Shape shape, const std::vector<ClosedIndex>& indices);

/// A length of an axis is not negative: whoever makes the axis checks it.
void assume_extent(Body& body, const dim::Dim& extent);

/// Remembers `n <= Max` for whoever needs room for `n` elements.
void take_bounds(Body& body, const dim::Condition& condition);

/// An extent of a type: dims, or data of the names in scope, of the parameters of the signature at work, and
/// of the indices that the type binds (`binders`: their axes). `axis` is its own place. Nothing after a
/// report.
std::optional<dim::Dim> evaluate_extent(Body& body, const syntax::Expression& expression,
                                        const std::map<std::string, size_t>& binders, const Shape& before);

/// The names in the extents of a signature that stand for data.
std::set<std::string> names_in_extents(const syntax::Function& function);

/// A condition over dims and data, as a tree.
TypedExprPtr condition_tree(Span span, const dim::Condition& condition);

}  // namespace kiln::sema
