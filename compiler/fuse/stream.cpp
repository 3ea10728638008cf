#include "fuse/stream.h"

#include <algorithm>
#include <map>
#include <set>

#include "dim/guess.h"
#include "fuse/inside.h"
#include "fuse/linear_offset.h"
#include "fuse/shape.h"
#include "fuse/stream_bounds.h"
#include "graph/reducer.h"
#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;

namespace {

/// Inner values of one stream; past it code grows for no gain.
constexpr size_t most_inner = 12;

bool is_real(ElementType type) { return type == ElementType::f32 || type == ElementType::f64; }

class Matcher {
 public:
  Matcher(const Function& function, ValueId product) : function_(function) { stream_.product = product; }

  std::optional<Stream> run() {
    const Compute* compute = compute_of(function_, stream_.product);
    if (!compute || !match_product(*compute)) return std::nullopt;
    shape_ = function_.type_of(stream_.weights).shape;
    stream_.axes = static_cast<uint32_t>(shape_.size());
    if (!collect(stream_.weights) || !stream_.scores.valid()) return std::nullopt;
    if (!match_scores() || !choose_lane(*compute)) return std::nullopt;
    collect_rows();
    if (stream_.inner.size() > most_inner || !find_levels()) return std::nullopt;
    if (stream_.levels() == 1) return std::nullopt;  // two products with maps between them need no rows
    find_bounds(function_, stream_);
    if (!is_inside() || !guards_are_of_scores(*compute)) return std::nullopt;
    return std::move(stream_);
  }

 private:
  const Expressions& expressions() const { return function_.expressions; }
  const Expr& expr(ExprId id) const { return expressions()[id]; }
  bool depends(ExprId id, uint32_t index) const { return mentions_index(expressions(), id, index); }
  std::optional<LinearRead> linear(ExprId id) const {
    if (expr(id).kind != ExprKind::read) return std::nullopt;
    const std::optional<Affine> offset =
        linear_offset(expressions(), expr(id).operands, function_.type_of(expr(id).value).shape);
    if (!offset) return std::nullopt;
    return LinearRead{id, expr(id).value, *offset};
  }
  bool is_sum(const Compute& compute, ValueId value) const {
    const WriteShape write = write_shape(function_, compute, function_.type_of(value).shape);
    return compute.reducer == Reducer::sum && write.covers && write.reduces &&
           is_real(expr(compute.body).type);
  }

  /// weights[index_of..] * values[..], over the one summed index; `index_of` names every written index but
  /// one.
  bool match_product(const Compute& compute) {
    if (!is_sum(compute, stream_.product)) return false;
    const auto written = static_cast<uint32_t>(function_.type_of(stream_.product).shape.size());
    if (compute.domain.size() != written + 1) return false;
    const std::vector<ExprId> factors =
        operands_of_nested(expressions(), compute.body, ScalarFunction::multiply);
    if (factors.size() != 2) return false;
    for (size_t i = 0; i < 2; ++i)
      if (match_operands(compute, factors[i], factors[1 - i], written)) return true;
    return false;
  }
  bool match_operands(const Compute& compute, ExprId weights, ExprId values, uint32_t written) {
    const Expr& read = expr(weights);
    if (read.kind != ExprKind::read || !compute_of(function_, read.value)) return false;
    const std::vector<dim::Dim>& shape = function_.type_of(read.value).shape;
    std::vector<uint32_t> index_of;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      const Expr& subscript = expr(read.operands[axis]);
      if (subscript.kind != ExprKind::index) return false;
      if (std::find(index_of.begin(), index_of.end(), subscript.index) != index_of.end()) return false;
      if (!(compute.domain[subscript.index].extent == shape[axis])) return false;
      index_of.push_back(subscript.index);
    }
    if (index_of.size() < 2 || index_of.back() != written) return false;
    uint32_t width = UINT32_MAX;
    for (uint32_t index = 0; index < written; ++index) {
      if (std::find(index_of.begin(), index_of.end(), index) != index_of.end()) continue;
      if (width != UINT32_MAX) return false;
      width = index;
    }
    const std::optional<LinearRead> operand = linear(values);
    if (width == UINT32_MAX || !operand || expr(values).type != expr(weights).type) return false;
    if (operand->offset.coefficient_of(width).is_constant(0) || has_atom_of(*operand, width)) return false;
    if (operand->offset.coefficient_of(written).is_constant(0) || has_atom_of(*operand, written))
      return false;
    stream_.weights = read.value;
    stream_.values = *operand;
    stream_.width = width;
    stream_.index_of = std::move(index_of);
    return true;
  }
  bool has_atom_of(const LinearRead& read, uint32_t index) const {
    return std::any_of(read.offset.atoms.begin(), read.offset.atoms.end(),
                       [&](const auto& term) { return depends(term.first, index); });
  }
  bool mentions(const LinearRead& read, uint32_t index) const {
    return !read.offset.coefficient_of(index).is_constant(0) || has_atom_of(read, index);
  }

  bool has_shape_of_scores(ValueId value, bool reduced) const {
    const std::vector<dim::Dim>& shape = function_.type_of(value).shape;
    return shape.size() + (reduced ? 1 : 0) == shape_.size() &&
           std::equal(shape.begin(), shape.end(), shape_.begin());
  }

  /// Takes a value in, and before it what it is made of, back to the scores. False if that is no stream.
  bool collect(ValueId value) {
    if (value == stream_.scores || !taken_.insert(value).second) return true;
    const Compute& compute = *compute_of(function_, value);
    const WriteShape write = write_shape(function_, compute, function_.type_of(value).shape);
    if (!write.covers || !is_real(expr(compute.body).type)) return false;
    if (has_shape_of_scores(value, false) && write.reduces) {
      if (stream_.scores.valid() || !is_sum(compute, value)) return false;
      stream_.scores = value;
      return true;
    }
    const bool reduced = !has_shape_of_scores(value, false);
    if (reduced ? !is_reduction(value, compute) : !write.is_map) return false;
    for (const ExprId id : reads_of(expressions(), compute)) {
      const Expr& read = expr(id);
      if (!is_inner(read)) continue;
      if (!reads_at_point(expressions(), read, static_cast<uint32_t>(read.operands.size()))) return false;
      if (!collect(read.value)) return false;
    }
    stream_.inner.push_back(value);
    return true;
  }
  bool is_reduction(ValueId value, const Compute& compute) const {
    return has_shape_of_scores(value, true) && compute.domain.size() == shape_.size() &&
           compute.domain.back().extent == shape_.back() && row_of(compute.reducer).combine.has_value();
  }
  /// Whether what it reads is made from scores; all else is an operand in memory.
  bool is_inner(const Expr& read) {
    if (taken_.contains(read.value)) return true;
    const Compute* compute = compute_of(function_, read.value);
    if (!compute || !(has_shape_of_scores(read.value, false) || has_shape_of_scores(read.value, true)))
      return false;
    if (const auto known = from_scores_.find(read.value); known != from_scores_.end()) return known->second;
    const WriteShape write = write_shape(function_, *compute, function_.type_of(read.value).shape);
    bool inner = has_shape_of_scores(read.value, false) && write.reduces;
    if (!inner)
      for (const ExprId id : reads_of(expressions(), *compute)) inner = inner || is_inner(expr(id));
    return from_scores_[read.value] = inner;
  }

  /// Reductions of the rows that the weights do not need, but what follows the product may.
  void collect_rows() {
    for (uint32_t number = 0; number < function_[stream_.product].node; ++number) {
      const Node& node = function_.nodes[number];
      const auto* compute = std::get_if<Compute>(&node.op);
      if (!compute || taken_.contains(node.results[0]) || !is_reduction(node.results[0], *compute)) continue;
      bool of_tiles = false, at_point = true;
      for (const ExprId id : reads_of(expressions(), *compute)) {
        const Expr& read = expr(id);
        const bool taken = taken_.contains(read.value);
        of_tiles = of_tiles || (taken && has_shape_of_scores(read.value, false));
        at_point =
            at_point && (taken || !is_inner(read)) &&
            (!taken || reads_at_point(expressions(), read, static_cast<uint32_t>(read.operands.size())));
      }
      if (of_tiles && at_point) collect(node.results[0]);
    }
    std::sort(stream_.inner.begin(), stream_.inner.end(),
              [&](ValueId a, ValueId b) { return function_[a].node < function_[b].node; });
  }

  /// One factor with u, a plain read; the others do not depend on u. What a guard leaves out can be read too:
  /// tiles are computed whole.
  bool match_scores() {
    const Compute& compute = *compute_of(function_, stream_.scores);
    const uint32_t key = stream_.key();
    bool found = false;
    for (const ExprId factor : operands_of_nested(expressions(), compute.body, ScalarFunction::multiply)) {
      if (!depends(factor, key)) {
        stream_.queries.push_back(factor);
        continue;
      }
      const std::optional<LinearRead> read = linear(factor);
      if (found || !read || has_atom_of(*read, key)) return false;
      stream_.keys = *read;
      found = true;
    }
    for (const ExprId guard : compute.guard)
      for (const uint32_t index : indices_in(expressions(), guard))
        if (index >= stream_.axes) return false;
    for (uint32_t index = stream_.axes; index < compute.domain.size(); ++index)
      if (has_atom_of(stream_.keys, index)) return false;
    return found && !stream_.queries.empty();
  }

  /// Whether an operand of the scores can be read wherever its indices are: tiles are computed whole. Limits
  /// that do not differ within a tile bound the loops; all other guards are masks.
  bool is_inside() const {
    const Compute& compute = *compute_of(function_, stream_.scores);
    std::set<uint32_t> bounded;
    bool has_masks = false;
    for (const ExprId guard : compute.guard) {
      const std::optional<uint32_t> index = limited_index(guard);
      if (index)
        bounded.insert(*index);
      else
        has_masks = true;
    }
    return !has_masks || reads_inside(function_, compute, bounded);
  }
  /// Of a guard `t < limit` or `u < limit` that is the same for all t and u.
  std::optional<uint32_t> limited_index(ExprId guard) const {
    for (const uint32_t index : {stream_.lane, stream_.key()}) {
      const auto bound = index_bound(expressions(), guard, index);
      if (!bound || bound->relation != IndexBound::Relation::below) continue;
      const std::vector<uint32_t> used = indices_of(expressions(), bound->limit);
      const bool is_uniform = std::none_of(used.begin(), used.end(), [&](uint32_t other) {
        return other == stream_.lane || other == stream_.key();
      });
      const auto same = [&](const IndexBound& other) { return other == *bound; };
      if (!is_uniform) continue;
      if (index == stream_.key() && std::none_of(stream_.bounds.begin(), stream_.bounds.end(), same))
        continue;  // nobody proved that no other keys count
      return index;
    }
    return std::nullopt;
  }

  uint32_t level_of(ValueId value) const {
    if (value == stream_.scores) return 0;
    const auto found = std::find(stream_.inner.begin(), stream_.inner.end(), value);
    return stream_.level[static_cast<size_t>(found - stream_.inner.begin()) + 1];
  }
  bool find_levels() {
    stream_.level = {0};
    for (const ValueId value : stream_.inner) {
      uint32_t level = 0;
      for (const ExprId id : reads_of(expressions(), *compute_of(function_, value))) {
        const ValueId operand = expr(id).value;
        if (!taken_.contains(operand)) continue;
        level = std::max(level, level_of(operand) + (has_shape_of_scores(operand, true) ? 1 : 0));
      }
      stream_.level.push_back(level);
    }
    const uint32_t last = level_of(stream_.weights);
    return std::all_of(stream_.level.begin(), stream_.level.end(),
                       [&](uint32_t level) { return level <= last; });
  }

  /// The longest axis on which neither keys nor values depend; of equal ones the last.
  bool choose_lane(const Compute& product) {
    int64_t best = 0;
    for (uint32_t axis = 0; axis < stream_.key(); ++axis) {
      if (mentions(stream_.keys, axis) || mentions(stream_.values, stream_.index_of[axis])) continue;
      const dim::Dim& extent = product.domain[stream_.index_of[axis]].extent;
      if (extent.is_constant(1) || dim::guess(extent) < best) continue;
      best = dim::guess(extent);
      stream_.lane = axis;
    }
    return best > 0;
  }

  bool guards_are_of_scores(const Compute& product) const {
    return std::none_of(product.guard.begin(), product.guard.end(),
                        [&](ExprId guard) { return depends(guard, stream_.width); });
  }

  const Function& function_;
  Stream stream_;
  std::vector<dim::Dim> shape_;  // of the scores
  std::set<ValueId> taken_;
  std::map<ValueId, bool> from_scores_;
};

/// The nodes that read each value; outputs are read by one behind the last.
std::vector<std::set<uint32_t>> readers_of(const Function& function) {
  std::vector<std::set<uint32_t>> readers(function.values.size());
  for (uint32_t number = 0; number < function.nodes.size(); ++number)
    for (const ValueId operand : operands_of(function, function.nodes[number]))
      readers[operand.number].insert(number);
  for (const ValueId output : function.outputs)
    readers[output.number].insert(static_cast<uint32_t>(function.nodes.size()));
  return readers;
}

/// Nobody else reads what has the shape of the scores, and no operand from outside needs any of it. The rows'
/// reductions have memory where others read them.
bool is_alone(const Function& function, const Stream& stream,
              const std::vector<std::set<uint32_t>>& readers) {
  std::vector<ValueId> values = {stream.scores};
  values.insert(values.end(), stream.inner.begin(), stream.inner.end());
  std::set<uint32_t> own = {function[stream.product].node};
  for (const ValueId value : values) own.insert(function[value].node);
  std::vector<bool> depends(function.nodes.size(), false);
  for (uint32_t number = function[stream.scores].node; number <= function[stream.product].node; ++number) {
    const std::vector<ValueId> operands = operands_of(function, function.nodes[number]);
    const bool needs = std::any_of(operands.begin(), operands.end(),
                                   [&](ValueId operand) { return depends[function[operand].node]; });
    if (own.contains(number)) {
      for (const ValueId operand : operands)
        if (depends[function[operand].node] && !own.contains(function[operand].node)) return false;
    }
    depends[number] = needs || own.contains(number);
  }
  return std::all_of(values.begin(), values.end(), [&](ValueId value) {
    const std::set<uint32_t>& nodes = readers[value.number];
    return function.type_of(value).shape.size() < stream.axes ||
           std::includes(own.begin(), own.end(), nodes.begin(), nodes.end());
  });
}

}  // namespace

uint32_t Stream::levels() const { return *std::max_element(level.begin(), level.end()) + 1; }

std::optional<Stream> match_stream(const Function& function, ValueId product) {
  return Matcher(function, product).run();
}

std::vector<ValueId> find_streams(const Function& function) {
  std::vector<ValueId> stream_of(function.values.size());
  const std::vector<std::set<uint32_t>> readers = readers_of(function);
  for (const Node& node : function.nodes) {
    if (!std::holds_alternative<Compute>(node.op)) continue;
    const std::optional<Stream> stream = match_stream(function, node.results[0]);
    if (!stream || !is_alone(function, *stream, readers)) continue;
    // What one stream ends in cannot be made within another.
    if (std::find(stream_of.begin(), stream_of.end(), stream->scores) != stream_of.end()) continue;
    stream_of[stream->scores.number] = stream->product;
    for (const ValueId value : stream->inner) stream_of[value.number] = stream->product;
  }
  return stream_of;
}

}  // namespace kiln::fuse
