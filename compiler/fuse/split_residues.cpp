#include "fuse/split_residues.h"

#include <algorithm>
#include <numeric>

#include "dim/guess.h"
#include "dim/prover.h"
#include "fuse/insert_nodes.h"
#include "fuse/shape.h"
#include "fuse/split_writes.h"
#include "graph/affine.h"
#include "graph/import_expression.h"

namespace kiln::fuse {

using namespace graph;
using dim::Dim;
using F = ScalarFunction;

namespace {

constexpr uint32_t none = UINT32_MAX;
/// Beyond these, offsets could leave 64 bits.
constexpr int64_t largest_coefficient = int64_t{1} << 20;

Dim ceiling(const Dim& number, int64_t divisor) { return (number + Dim(divisor - 1)) / Dim(divisor); }
int64_t floor_of(int64_t number, int64_t divisor) {
  return number / divisor - (number % divisor < 0 ? 1 : 0);
}

/// A written subscript `stride * slow + factor * fast + others`, where the stride divides the others'
/// coefficients: stride * (slow + …) + common * residue + constant.
struct StridedAxis {
  uint32_t slow = none, fast = none;
  int64_t stride = 1;
  int64_t factor = 0;    // of `fast`; 0: there is none
  int64_t common = 1;    // divisor of stride and factor
  int64_t residues = 1;  // stride / common
  int64_t sign = 1;      // factor / common modulo `residues`
};

class ResidueSplitter {
 public:
  explicit ResidueSplitter(Function& function) : function_(function) {}

  void run() {
    NodesBefore inserted;
    for (size_t i = 0; i < function_.nodes.size(); ++i) {
      Node& node = function_.nodes[i];
      auto* compute = std::get_if<Compute>(&node.op);
      if (compute == nullptr || compute->reducer != Reducer::sum) continue;
      const ValueId value = node.results[0];
      shape_ = function_.type_of(value).shape;
      shifts_.assign(shape_.size(), Dim(0));
      bool any = false;
      for (uint32_t axis = 0; axis < shape_.size(); ++axis)
        if (const auto strided = strided_axis(*compute, axis)) any = split(*compute, axis, *strided) || any;
      if (!any) continue;
      order_domain(expressions(), *compute);
      if (shape_ == function_.type_of(value).shape) continue;
      const Type type{function_.type_of(value).element, shape_};
      const ValueId whole = add_value(function_, type, function_[value].name);
      inserted[i].push_back({std::move(*compute), {whole}, node.span});
      node.op = part_of(value, whole);
    }
    insert_nodes(function_, std::move(inserted));
  }

 private:
  Expressions& expressions() { return function_.expressions; }

  bool stands_elsewhere(const Compute& compute, uint32_t axis, uint32_t index) const {
    for (uint32_t other = 0; other < compute.write.size(); ++other) {
      if (other == axis) continue;
      const std::vector<uint32_t> inside = indices_in(function_.expressions, compute.write[other]);
      if (std::find(inside.begin(), inside.end(), index) != inside.end()) return true;
    }
    return false;
  }

  std::optional<StridedAxis> strided_axis(const Compute& compute, uint32_t axis) const {
    const std::optional<Affine> form = affine_of(function_.expressions, compute.write[axis]);
    if (!form || form->has_atoms() || form->indices.empty()) return std::nullopt;
    StridedAxis strided;
    int64_t most = 0;
    for (const auto& [index, coefficient] : form->indices) {
      const std::optional<int64_t> number = coefficient.constant();
      if (!number || std::abs(*number) > largest_coefficient) return std::nullopt;
      if (stands_elsewhere(compute, axis, index)) return std::nullopt;
      const int64_t weight = *number * dim::guess(compute.domain[index].extent);
      if (*number < 2 || weight <= most) continue;
      most = weight;
      strided.slow = index;
      strided.stride = *number;
    }
    if (strided.slow == none) return std::nullopt;
    for (const auto& [index, coefficient] : form->indices) {
      const int64_t number = *coefficient.constant();
      if (number % strided.stride == 0) continue;
      if (number == 1 && weighs_more(compute, index, most)) return std::nullopt;
      if (strided.fast != none) return std::nullopt;
      strided.fast = index;
      strided.factor = number;
    }
    strided.common = std::gcd(strided.stride, strided.factor);
    strided.residues = strided.stride / strided.common;
    const int64_t step = strided.factor / strided.common;
    if (strided.fast == none || (step - 1) % strided.residues == 0) return strided;
    strided.sign = -1;
    if ((step + 1) % strided.residues != 0) return std::nullopt;
    return strided;
  }

  /// Whether an index of coefficient 1 runs further than all that is strided.
  static bool weighs_more(const Compute& compute, uint32_t index, int64_t most) {
    return dim::guess(compute.domain[index].extent) > most;
  }

  /// Counts the axis by quotient and remainder. False if it is counted so already, or nothing says that
  /// numbers below 0 do not occur.
  bool split(Compute& compute, uint32_t axis, const StridedAxis& strided) {
    const Affine form = *affine_of(expressions(), compute.write[axis]);
    const Dim extent = shape_[axis];
    const int64_t stride = strided.stride, residues = strided.residues, common = strided.common;
    // fast == residues * block + place; `place` is the residue, or counts against it.
    const Dim fast_extent = strided.fast == none ? Dim(1) : compute.domain[strided.fast].extent;
    const Dim blocks = ceiling(fast_extent, residues);
    const bool one_block = blocks.is_constant(1);
    if (strided.fast != none && one_block && fast_extent.is_constant(residues) && common == 1 &&
        form.constant.is_constant(0) && extent == compute.domain[strided.slow].extent * Dim(stride))
      return false;
    // The index that stood for `fast` counts blocks; that of `slow` the quotient.
    const auto quotient = strided.slow, block = strided.fast;
    uint32_t residue = none, gap = none;
    const auto add_index = [&](int64_t count, const char* name) {
      compute.domain.push_back({Dim(count), name});
      return static_cast<uint32_t>(compute.domain.size() - 1);
    };
    Affine place, residue_form;
    if (residues > 1 && strided.fast != none) {
      residue = add_index(residues, "r");
      residue_form.indices.emplace(residue, Dim(1));
      place = residue_form;
      if (strided.sign < 0) {
        place = place * Dim(-1);
        place.constant = Dim(residues - 1);
      }
    }
    if (common > 1) gap = add_index(common, "gap");
    Affine fast = place;
    if (block != none && !one_block) fast.indices.emplace(block, Dim(residues));
    // What is left of the subscript beside stride * slow: `rest * stride + common * residue + constant`.
    Affine rest = form;
    rest.indices.erase(strided.slow);
    if (strided.fast != none) rest.indices.erase(strided.fast);
    rest = rest + fast * Dim(strided.factor) - residue_form * Dim(common);
    Dim constant = rest.constant;
    rest.constant = 0;
    if (!divide(rest, stride)) return undo(compute, residue, gap);
    // Cell t is number `t - constant + stride * ahead` of what is counted: never below 0.
    Dim ahead = 0;
    if (const auto number = constant.constant())
      ahead = *number > 0 ? Dim(-floor_of(-*number, stride)) : Dim(0);
    else if (!proves(dim::Condition::less_equal(constant, 0)))
      return undo(compute, residue, gap);
    const Dim shift = Dim(stride) * ahead - constant;
    rest.constant = ahead;
    const Dim count = ceiling(extent + shift, stride);
    const Dim slow_extent = compute.domain[quotient].extent;
    if (!reads_at_cells(compute, strided)) drop_guards_within(compute, form, extent);

    Affine slow = rest * Dim(-1);
    slow.indices.emplace(quotient, Dim(1));
    substitute(compute, quotient, slow, block, fast);
    compute.domain[quotient].extent = count;
    const bool is_quotient = slow.bare_index().has_value();
    if (!is_quotient) compute.guard.push_back(less_equal(Affine{}, slow));
    if (!is_quotient || !proves(dim::Condition::less_equal(count, slow_extent)))
      compute.guard.push_back(less(slow, number(slow_extent)));
    if (block != none) {
      compute.domain[block].extent = blocks;
      const auto known = fast_extent.constant();
      if (residues > 1 && !(known && *known % residues == 0))
        compute.guard.push_back(less(fast, number(fast_extent)));
    }
    if (gap != none) {
      Affine position;
      position.indices.emplace(gap, Dim(1));
      compute.guard.push_back(less(position, number(1)));
    }
    Affine write = residue_form * Dim(common);
    write.indices.emplace(quotient, Dim(stride));
    if (gap != none) write.indices.emplace(gap, Dim(1));
    compute.write[axis] = build(expressions(), write);
    shape_[axis] = count * Dim(stride);
    shifts_[axis] = shift;
    if (block != none && one_block) remove_index(compute, block);
    return true;
  }

  bool undo(Compute& compute, uint32_t residue, uint32_t gap) {
    if (gap != none) compute.domain.pop_back();
    if (residue != none) compute.domain.pop_back();
    return false;
  }

  bool divide(Affine& form, int64_t divisor) const {
    for (auto& [index, coefficient] : form.indices) {
      const int64_t number = *coefficient.constant();
      if (number % divisor != 0) return false;
      coefficient = Dim(number / divisor);
    }
    return true;
  }

  bool proves(const dim::Condition& goal) const {
    dim::Facts facts;
    for (const std::string& name : function_.dims) facts.add_dim(name);
    for (const dim::Condition& fact : function_.facts) facts.add(fact);
    return dim::proves(facts, goal);
  }

  static Affine number(const Dim& dim) {
    Affine form;
    form.constant = dim;
    return form;
  }
  ExprId less(const Affine& a, const Affine& b) {
    return expressions().call(F::less, {build(expressions(), a), build(expressions(), b)});
  }
  ExprId less_equal(const Affine& a, const Affine& b) {
    return expressions().call(F::less_equal, {build(expressions(), a), build(expressions(), b)});
  }

  /// Whether anything is read at places that are counted like the cells: guards may keep it inside.
  bool reads_at_cells(const Compute& compute, const StridedAxis& strided) {
    for (const ExprId id : reads_of(expressions(), compute))
      for (const ExprId subscript : expressions()[id].operands) {
        const std::optional<Affine> form = affine_of(expressions(), subscript);
        if (!form || form->has_atoms()) return true;
        const std::optional<int64_t> coefficient = form->coefficient_of(strided.slow).constant();
        if (!coefficient || std::abs(*coefficient) > 1) return true;
      }
    return false;
  }

  /// Guards that say no more than that the cell is one of the axis: all that is counted is, or nobody reads
  /// it.
  void drop_guards_within(Compute& compute, const Affine& subscript, const Dim& extent) {
    std::erase_if(compute.guard, [&](ExprId guard) {
      const Expr& expr = expressions()[guard];
      if (expr.kind != ExprKind::call) return false;
      if (expr.function != F::less && expr.function != F::less_equal) return false;
      const std::optional<Affine> low = affine_of(expressions(), expr.operands[0]),
                                  high = affine_of(expressions(), expr.operands[1]);
      if (!low || !high) return false;
      const Affine difference = *high - *low;  // >= 0, or > 0
      const Dim strict = expr.function == F::less ? 1 : 0;
      const Affine above = difference - subscript, below = difference + subscript;
      if (above.is_constant()) return proves(dim::Condition::less_equal(strict, above.constant));
      return below.is_constant() &&
             proves(dim::Condition::less_equal(extent - Dim(1) + strict, below.constant));
    });
  }

  /// Puts in what two indices were.
  void substitute(Compute& compute, uint32_t slow, const Affine& slow_form, uint32_t fast,
                  const Affine& fast_form) {
    std::vector<ExprId> places;
    for (uint32_t index = 0; index < compute.domain.size(); ++index)
      places.push_back(expressions().index(index));
    places[slow] = build(expressions(), slow_form);
    if (fast != none) places[fast] = build(expressions(), fast_form);
    for (ExprId& write : compute.write) write = substitute_indices(expressions(), write, places);
    for (ExprId& guard : compute.guard) guard = substitute_indices(expressions(), guard, places);
    compute.body = substitute_indices(expressions(), compute.body, places);
  }

  /// An index that nothing mentions any more.
  void remove_index(Compute& compute, uint32_t removed) {
    std::vector<ExprId> places;
    for (uint32_t index = 0; index < compute.domain.size(); ++index)
      places.push_back(expressions().index(index > removed ? index - 1 : index));
    for (ExprId& write : compute.write) write = substitute_indices(expressions(), write, places);
    for (ExprId& guard : compute.guard) guard = substitute_indices(expressions(), guard, places);
    compute.body = substitute_indices(expressions(), compute.body, places);
    compute.domain.erase(compute.domain.begin() + removed);
  }

  /// x[t, …] = whole[t + shift, …]
  Compute part_of(ValueId value, ValueId whole) {
    const Type& type = function_.type_of(value);
    Compute part;
    std::vector<ExprId> subscripts;
    for (uint32_t axis = 0; axis < type.shape.size(); ++axis) {
      part.domain.push_back({type.shape[axis], "t"});
      part.write.push_back(expressions().index(axis));
      Affine place = number(shifts_[axis]);
      place.indices.emplace(axis, Dim(1));
      subscripts.push_back(build(expressions(), place));
    }
    part.body = expressions().read(whole, type.element, subscripts);
    return part;
  }

  Function& function_;
  std::vector<Dim> shape_, shifts_;  // of the value at hand, as it is counted
};

}  // namespace

void split_residues(Function& function) { ResidueSplitter(function).run(); }

}  // namespace kiln::fuse
