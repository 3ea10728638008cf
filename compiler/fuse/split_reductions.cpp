#include "fuse/split_reductions.h"

#include "dim/guess.h"
#include "fuse/collapse.h"
#include "fuse/contraction.h"
#include "fuse/insert_nodes.h"
#include "fuse/running_reduction.h"
#include "fuse/shape.h"
#include "graph/import_expression.h"
#include "graph/reducer.h"

namespace kiln::fuse {

using namespace graph;
using dim::Dim;

namespace {

/// Cells from which on there are enough to share out.
constexpr int64_t few_cells = 256;
/// Points worth a second kernel; a part has at least as many, so that small calls fill one part alone.
constexpr int64_t part_points = 16384;
/// A number and not an expression, so that the join is a few instructions.
constexpr int64_t part_count = 32;
/// A part of neighbours begins at a multiple of this, so that its vectors are aligned where the whole is.
constexpr int64_t part_unit = 64;

class Splitter {
 public:
  Splitter(Function& function, bool repeated) : function_(function), repeated_(repeated) {}

  void run() {
    NodesBefore parts_before;
    for (size_t i = 0; i < function_.nodes.size(); ++i) {
      Node& node = function_.nodes[i];
      const auto* compute = std::get_if<Compute>(&node.op);
      if (!compute || !is_worth_it(*compute, node.results[0])) continue;
      Compute parts = *compute;
      const ValueId value = split(parts, node);
      parts_before[i].push_back({std::move(parts), {value}, node.span});
    }
    insert_nodes(function_, std::move(parts_before));
  }

 private:
  bool is_worth_it(const Compute& compute, ValueId value) const {
    const std::vector<Dim>& shape = function_.type_of(value).shape;
    const WriteShape write = write_shape(function_, compute, shape);
    if (!write.covers || !write.reduces || !row_of(compute.reducer).combine) return false;
    const ElementType element = function_.type_of(value).element;
    if (element == ElementType::f16 || element == ElementType::bf16) return false;  // parts would be rounded
    const std::optional<int64_t> cells = volume(shape).constant();
    if (!cells || *cells == 0 || *cells > few_cells) return false;
    if (match_contraction(function_, compute, shape) || running_reduction(function_, compute)) return false;
    if (is_checked(value)) return false;
    const Dim all = points(compute);
    if (const std::optional<int64_t> known = all.constant()) return *known >= 2 * part_points;
    return !repeated_ && (*cells == 1 || guess(all) >= part_points) && reads_raw(compute);
  }

  /// The extremes of subscripts: what reads through them takes longer.
  bool is_checked(ValueId value) const {
    for (const Node& node : function_.nodes)
      if (const auto* check = std::get_if<Check>(&node.op))
        if (check->subject == value || check->greatest == value) return true;
    return false;
  }

  /// Whether it reads anything but what other reductions made: those visited far more points.
  bool reads_raw(const Compute& compute) const {
    for (const ExprId id : reads_of(function_.expressions, compute)) {
      const ValueId value = function_.expressions[id].value;
      const Compute* made = compute_of(function_, value);
      const std::vector<Dim>& shape = function_.type_of(value).shape;
      if (!shape.empty() && (!made || !write_shape(function_, *made, shape).reduces)) return true;
    }
    return false;
  }

  /// `parts` is the compute that `node` was; the node becomes the reduction of its result.
  ValueId split(Compute& parts, Node& node) {
    Expressions& expressions = function_.expressions;
    const ValueId whole = node.results[0];
    const std::vector<Dim> shape = function_.type_of(whole).shape;
    const auto rank = static_cast<uint32_t>(shape.size());
    const auto count = static_cast<uint32_t>(parts.domain.size());

    // The summed indices that neighbour in memory are cut as one.
    std::vector<Dim> extents;
    for (const Index& index : parts.domain) extents.push_back(index.extent);
    collapse_indices(function_, {whole}, rank, count, extents);
    uint32_t cut = rank;
    for (uint32_t index = rank; index < count; ++index)
      if (extents[cut].is_constant(1) || guess(extents[index]) > guess(extents[cut])) cut = index;
    uint32_t first = cut;  // first..cut are joined
    if (!(extents[cut] == parts.domain[cut].extent))
      while (first > rank && extents[first - 1].is_constant(1)) --first;
    const Dim extent = extents[cut], number = part_count;
    Dim others = 1;
    for (uint32_t index = 0; index < count; ++index)
      if (index < first || index > cut) others = others * parts.domain[index].extent;
    const Dim size = size_of_part(extent, others);

    // Indices of the parts: the part, the written ones, the place within the part, the other summed ones.
    std::vector<Index> domain = {{number, "part"}};
    std::vector<ExprId> places(count);
    const auto keep = [&](uint32_t index) {
      places[index] = expressions.index(static_cast<uint32_t>(domain.size()));
      domain.push_back(parts.domain[index]);
    };
    for (uint32_t index = 0; index < rank; ++index) keep(index);
    const ExprId start =
        expressions.call(ScalarFunction::multiply, {expressions.index(0), expressions.dim(size)});
    const ExprId place = expressions.call(ScalarFunction::add,
                                          {start, expressions.index(static_cast<uint32_t>(domain.size()))});
    domain.push_back({size, parts.domain[cut].name});
    ExprId rest = place;
    for (uint32_t index = cut; index > first; --index) {
      const ExprId divisor = expressions.dim(parts.domain[index].extent);
      places[index] = expressions.call(ScalarFunction::remainder, {rest, divisor});
      rest = expressions.call(ScalarFunction::quotient, {rest, divisor});
    }
    places[first] = rest;
    for (uint32_t index = rank; index < count; ++index)
      if (index < first || index > cut) keep(index);

    parts.domain = std::move(domain);
    parts.body = substitute_indices(expressions, parts.body, places);
    for (ExprId& guard : parts.guard) guard = substitute_indices(expressions, guard, places);
    if (!(extent == size * number))
      parts.guard.push_back(expressions.call(ScalarFunction::less, {place, expressions.dim(extent)}));
    parts.write.clear();
    for (uint32_t axis = 0; axis <= rank; ++axis) parts.write.push_back(expressions.index(axis));

    Type type{function_.type_of(whole).element, {number}};
    type.shape.insert(type.shape.end(), shape.begin(), shape.end());
    const std::string name = function_[whole].name.empty() ? "parts" : function_[whole].name + "_parts";
    const ValueId made = add_value(function_, type, name);

    auto& joined = std::get<Compute>(node.op);
    joined.domain.resize(rank);
    joined.domain.push_back({number, "part"});
    joined.guard.clear();
    std::vector<ExprId> subscripts = {expressions.index(rank)};
    for (uint32_t axis = 0; axis < rank; ++axis) subscripts.push_back(expressions.index(axis));
    joined.body = expressions.read(made, type.element, subscripts);
    return made;
  }

  /// The last parts may be short or empty.
  static Dim size_of_part(const Dim& extent, const Dim& others) {
    const auto divide_up = [](const Dim& a, int64_t b) { return (a + Dim(b - 1)) / Dim(b); };
    if (others.is_constant(1))
      return Dim(part_unit) * max(Dim(part_points / part_unit), divide_up(extent, part_unit * part_count));
    const Dim least = max(Dim(1), Dim(part_points) / max(Dim(1), others));
    return max(least, divide_up(extent, part_count));
  }

  Function& function_;
  const bool repeated_;
};

}  // namespace

void split_reductions(Function& function, bool repeated) { Splitter(function, repeated).run(); }

}  // namespace kiln::fuse
