#include "fuse/two_operands.h"

#include <algorithm>
#include <map>
#include <set>

#include "dim/guess.h"
#include "fuse/contraction.h"
#include "fuse/insert_nodes.h"
#include "fuse/linear_offset.h"
#include "fuse/shape.h"
#include "graph/import_expression.h"
#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;
using dim::Dim;

namespace {

/// Points of a sum from which on a kernel for an operand is worth its start.
constexpr int64_t least_points = 16384;
/// How often at least each point of an operand is used.
constexpr int64_t least_uses = 8;

using Indices = std::set<uint32_t>;

struct Operand {
  Indices indices;
  std::vector<ExprId> factors;
};

class OperandMaker {
 public:
  explicit OperandMaker(Function& function) : function_(function) {}

  void run() {
    NodesBefore operands;
    const size_t count = function_.nodes.size();
    for (size_t i = 0; i < count; ++i) {
      Node& node = function_.nodes[i];
      auto* compute = std::get_if<Compute>(&node.op);
      if (compute == nullptr || !may_gain(*compute, node.results[0])) continue;
      std::vector<Operand> sides;
      std::vector<ExprId> rest;
      if (!sort_factors(*compute, sides, rest)) continue;
      const Compute before = *compute;
      std::vector<Node> made;
      for (const Operand& side : sides) rest.push_back(as_read(before, side, node.span, made));
      compute->body = product(rest);
      if (match_contraction(function_, *compute, function_.type_of(node.results[0]).shape))
        operands[i] = std::move(made);
      else
        *compute = before;
    }
    insert_nodes(function_, std::move(operands));
  }

 private:
  Expressions& expressions() { return function_.expressions; }

  bool may_gain(const Compute& compute, ValueId value) const {
    const std::vector<Dim>& shape = function_.type_of(value).shape;
    const WriteShape write = write_shape(function_, compute, shape);
    if (compute.reducer != Reducer::sum || !write.covers || !write.reduces || !compute.guard.empty())
      return false;
    return dim::guess(points(compute)) >= least_points && !match_contraction(function_, compute, shape);
  }

  /// Two operands, none of them over all indices, such that each factor is part of one of them; `rest` are
  /// the factors without a summed index. False: there are no such two.
  bool sort_factors(const Compute& compute, std::vector<Operand>& sides, std::vector<ExprId>& rest) const {
    const auto written = static_cast<uint32_t>(compute.write.size());
    std::vector<Operand> factors;
    for (const ExprId factor :
         operands_of_nested(function_.expressions, compute.body, ScalarFunction::multiply)) {
      const std::vector<uint32_t> found = indices_in(function_.expressions, factor);
      const Indices indices(found.begin(), found.end());
      if (indices.empty() || *indices.rbegin() < written)
        rest.push_back(factor);
      else
        factors.push_back({indices, {factor}});
    }
    // Those with the most indices first: each begins an operand or is part of the smallest that has them all.
    std::stable_sort(factors.begin(), factors.end(),
                     [](const Operand& a, const Operand& b) { return a.indices.size() > b.indices.size(); });
    for (const Operand& factor : factors) {
      Operand* home = nullptr;
      for (Operand& side : sides) {
        const bool has_all = std::includes(side.indices.begin(), side.indices.end(), factor.indices.begin(),
                                           factor.indices.end());
        if (has_all && (home == nullptr || size(compute, side) < size(compute, *home))) home = &side;
      }
      if (home != nullptr)
        home->factors.push_back(factor.factors[0]);
      else
        sides.push_back(factor);
    }
    if (sides.size() != 2) return false;
    return std::all_of(sides.begin(), sides.end(), [&](const Operand& side) {
      return is_linear_read(side) || uses(compute, side) >= least_uses;
    });
  }

  static int64_t size(const Compute& compute, const Operand& operand) {
    Dim volume = 1;
    for (const uint32_t index : operand.indices) volume = volume * compute.domain[index].extent;
    return dim::guess(volume);
  }
  static int64_t uses(const Compute& compute, const Operand& operand) {
    Dim others = 1;
    for (uint32_t index = 0; index < compute.domain.size(); ++index)
      if (!operand.indices.contains(index)) others = others * compute.domain[index].extent;
    return dim::guess(others);
  }

  bool is_linear_read(const Operand& operand) const {
    const Expr& expr = function_.expressions[operand.factors[0]];
    return operand.factors.size() == 1 && expr.kind == ExprKind::read &&
           linear_offset(function_.expressions, expr.operands, function_.type_of(expr.value).shape);
  }

  ExprId product(const std::vector<ExprId>& factors) {
    ExprId result = factors[0];
    for (size_t i = 1; i < factors.size(); ++i)
      result = expressions().call(ScalarFunction::multiply, {result, factors[i]});
    return result;
  }

  /// The operand as a read of a value that it becomes, if it is none yet.
  ExprId as_read(const Compute& compute, const Operand& operand, Origin span, std::vector<Node>& made) {
    if (is_linear_read(operand)) return operand.factors[0];
    const std::vector<uint32_t> axes = axes_of(operand);
    Compute map;
    Type type{expressions()[compute.body].type, {}};
    std::vector<ExprId> places(compute.domain.size()), subscripts;
    for (const uint32_t index : axes) {
      places[index] = expressions().index(static_cast<uint32_t>(map.domain.size()));
      map.write.push_back(places[index]);
      map.domain.push_back(compute.domain[index]);
      type.shape.push_back(compute.domain[index].extent);
      subscripts.push_back(expressions().index(index));
    }
    map.body = substitute_indices(expressions(), product(operand.factors), places);
    const ElementType element = type.element;
    const ValueId value = add_value(function_, std::move(type), "operand");
    made.push_back({std::move(map), {value}, span});
    return expressions().read(value, element, subscripts);
  }

  /// The indices of an operand in the order in which its largest factor lies in memory.
  std::vector<uint32_t> axes_of(const Operand& operand) const {
    std::vector<uint32_t> order;
    for (const ExprId id : reachable(function_.expressions, operand.factors)) {
      const Expr& read = function_.expressions[id];
      if (read.kind != ExprKind::read) continue;
      std::vector<uint32_t> found;
      for (const ExprId subscript : read.operands) {
        const Expr& expr = function_.expressions[subscript];
        if (expr.kind == ExprKind::index && std::find(found.begin(), found.end(), expr.index) == found.end())
          found.push_back(expr.index);
      }
      if (found.size() > order.size()) order = std::move(found);
    }
    for (const uint32_t index : operand.indices)
      if (std::find(order.begin(), order.end(), index) == order.end()) order.push_back(index);
    return order;
  }

  Function& function_;
};

}  // namespace

void make_two_operands(Function& function) { OperandMaker(function).run(); }

}  // namespace kiln::fuse
