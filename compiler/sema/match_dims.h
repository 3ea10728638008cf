#pragma once

#include "sema/bindings.h"

namespace kiln::sema {

/// Solves the open names of a signature from the types of arguments: bare names first, every compound extent
/// is then compared by equality. There is no unification.
class Matcher {
 public:
  explicit Matcher(Bindings& bindings) : bindings_(bindings) {}

  /// Binds what stands bare in `open`. False if the forms differ; extents that are not bare are kept for
  /// `settle`. Untyped elements of `actual` bind nothing.
  bool match(const Type& open, const Type& actual);
  /// Whether every extent that was kept is equal.
  bool agrees(const SameDim& same) const;

  /// Whether a dim met an axis that depends on the index of another.
  bool met_ragged_axis() const { return is_ragged_; }

 private:
  void match_dim(const dim::Dim& open, const dim::Dim& actual);
  bool match_shape(const Shape& open, const Shape& actual);
  bool match_element(const Element& open, const Element& actual);
  bool match_static(const StaticValue& open, const StaticValue& actual);

  Bindings& bindings_;
  bool is_ragged_ = false;
  std::vector<std::pair<dim::Dim, dim::Dim>> kept_;
  std::vector<std::pair<Shape, Shape>> kept_packs_;
};

}  // namespace kiln::sema
