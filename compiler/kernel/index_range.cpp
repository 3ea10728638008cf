#include "kernel/index_range.h"

#include <algorithm>
#include <functional>

#include "fuse/index_bound.h"

namespace kiln::kernel {

using fuse::IndexBound;
using graph::ExprId;
using F = ScalarFunction;
using Relation = IndexBound::Relation;

namespace {

class RangeFinder {
 public:
  RangeFinder(Evaluation& at, const dim::Dim& extent) : at_(at), builder_(at.context().builder) {
    extent_ = builder_.dim(extent);
    range_.low = builder_.integer(0);
    range_.high = extent_;
  }

  IndexRange run(const std::vector<ExprId>& conditions, uint32_t index) {
    for (const ExprId condition : conditions) {
      const auto scaled = fuse::scaled_bound(at_.context().function.expressions, condition, index);
      if (!scaled || !is_known(scaled->bound.limit)) continue;
      if (scaled->factor != 1 && scaled->bound.relation == Relation::equal) continue;
      if (cut(scaled->bound, scaled->factor)) range_.settled.push_back(condition);
    }
    return result();
  }
  IndexRange run(const std::vector<IndexBound>& bounds) {
    for (const IndexBound& bound : bounds)
      if (is_known(bound.limit)) cut(bound, 1);
    return result();
  }

 private:
  IndexRange result() {
    // Loops count their rounds: a range is never turned round.
    if (!range_.is_whole) range_.high = builder_.map(F::maximum, {range_.low, range_.high});
    return std::move(range_);
  }
  bool is_known(const graph::Affine& limit) {
    for (const auto& [index, factor] : limit.indices)
      if (!at_.is_bound(index)) return false;
    return std::all_of(limit.atoms.begin(), limit.atoms.end(), [&](const auto& term) {
      return at_.is_bound(term.first) && !at_.needs_guard(term.first);
    });
  }

  bool varies(const graph::Affine& limit) {
    return std::any_of(limit.indices.begin(), limit.indices.end(),
                       [&](const auto& term) { return at_.varies(term.first); });
  }
  /// Whether its least and greatest value lie at ends of the tile that are known now.
  bool ends_are_known(const graph::Affine& limit) {
    const bool atoms_are_scalars = std::all_of(limit.atoms.begin(), limit.atoms.end(), [&](const auto& term) {
      return builder_.type_of(at_.value(term.first)).is_scalar();
    });
    return atoms_are_scalars &&
           std::all_of(limit.indices.begin(), limit.indices.end(),
                       [&](const auto& term) { return !at_.varies(term.first) || term.second.constant(); });
  }

  /// The least or the greatest value within a tile.
  Value extreme(const graph::Affine& limit, bool greatest) {
    if (ends_are_known(limit))
      return at_.sum(limit, [&](uint32_t index, const dim::Dim& factor) {
        const bool is_rising = factor.constant().value_or(1) > 0;
        return at_.varies(index) && is_rising == greatest ? at_.last_index(index) : at_.first_index(index);
      });
    Value tile = at_.sum(limit, [&](uint32_t index, const dim::Dim&) { return at_.index(index); });
    const F join = greatest ? F::maximum : F::minimum;
    if (builder_.type_of(tile).rows > 1) tile = builder_.reduce_rows(join, tile);
    if (builder_.type_of(tile).lanes > 1) tile = builder_.reduce_lanes(join, tile);
    return tile;
  }

  /// Whether the bound holds for all that is left, at every lane and row.
  bool cut(const IndexBound& bound, int64_t factor) {
    const bool uniform = ends_are_known(bound.limit) && !varies(bound.limit);
    const Value one = builder_.integer(1), none = builder_.integer(-1);
    // Clamped before 1 is added, which then cannot leave 64 bits.
    const auto after = [&](Value value) {
      const Value clamped = builder_.map(F::maximum, {value, none});
      return builder_.add(builder_.map(F::minimum, {clamped, builder_.subtract(extent_, one)}), one);
    };
    const auto least = [&] { return floor_quotient(extreme(bound.limit, false), factor); };
    const auto greatest = [&] { return floor_quotient(extreme(bound.limit, true), factor); };
    const auto up = [&](Value limit) {
      return floor_quotient(builder_.add(limit, builder_.integer(factor - 1)), factor);
    };
    switch (bound.relation) {
      case Relation::below: lower(up(extreme(bound.limit, true))); break;
      case Relation::at_most: lower(after(greatest())); break;
      case Relation::at_least: raise(up(extreme(bound.limit, false))); break;
      case Relation::above: raise(after(least())); break;
      case Relation::equal:
        raise(least());
        lower(after(greatest()));
        break;
    }
    range_.is_whole = false;
    return uniform;
  }
  Value floor_quotient(Value limit, int64_t factor) {
    return factor == 1 ? limit : builder_.map(F::quotient, {limit, builder_.integer(factor)});
  }
  void lower(Value high) { range_.high = builder_.map(F::minimum, {range_.high, high}); }
  void raise(Value low) { range_.low = builder_.map(F::maximum, {range_.low, low}); }

  Evaluation& at_;
  Builder& builder_;
  Value extent_;
  IndexRange range_;
};

}  // namespace

IndexRange index_range(Evaluation& at, const std::vector<ExprId>& conditions, uint32_t index,
                       const dim::Dim& extent) {
  return RangeFinder(at, extent).run(conditions, index);
}

IndexRange index_range(Evaluation& at, const std::vector<IndexBound>& bounds, const dim::Dim& extent) {
  return RangeFinder(at, extent).run(bounds);
}

}  // namespace kiln::kernel
