#pragma once

#include <functional>
#include <map>
#include <set>

#include "fuse/plan.h"
#include "graph/affine.h"
#include "kernel/buffers.h"
#include "kernel/builder.h"

namespace kiln::kernel {

/// What all evaluations within one kernel share.
struct KernelContext {
  const graph::Function& function;
  Buffers& buffers;
  Builder& builder;
  uint32_t number;                               // of the kernel
  std::map<graph::ValueId, Location> locations;  // of values that live in this kernel alone
};

/// How the indices of a domain run over a tile: one value for the whole tile, or one step for each lane or
/// row.
enum class Role : uint8_t { uniform, lane, row };

/// Scalar expressions at a tile of points: each index is bound to a scalar, and at most one of them also runs
/// along the lanes and one along the rows. A copy is a scope: what is bound, computed or put in registers in
/// a copy is unknown to the original. A value's tile has only the rows and lanes on which it depends.
class Evaluation {
 public:
  Evaluation(KernelContext& context, const graph::Compute& compute)
      : context_(&context), compute_(&compute) {}

  /// For another member with the same bound indices. Keeps what was computed, which must depend on them
  /// alone.
  void turn_to(const graph::Compute& compute) {
    compute_ = &compute;
    needs_guard_.clear();
    settled_.clear();
  }
  void bind(uint32_t index, Value base, Role role = Role::uniform) { bindings_[index] = {base, role}; }
  /// The shape of tiles; `edge` (bool 1 x lanes, or none) leaves out lanes beyond the end, at least one
  /// stays.
  void set_tile(int rows, int lanes, Value edge) {
    rows_ = rows;
    lanes_ = lanes;
    edge_ = edge;
  }
  /// Reads of `value` at the point itself give this tile.
  void put_register(graph::ValueId value, Value tile) { registers_[value] = tile; }

  /// Where `guard` (bool, or none) is false the result means nothing and nothing outside a tensor is read.
  Value value(graph::ExprId id, Value guard = {});
  /// The number of an index at each point, i64.
  Value index(uint32_t number) { return index_value(number); }
  /// Whether it differs within a tile, and what it is at the first and the last point of one, beyond the end
  /// or not.
  bool varies(uint32_t number) const { return count_of(number) > 1; }
  Value first_index(uint32_t number) const { return bindings_.at(number).base; }
  Value last_index(uint32_t number);
  /// constant + sum of factor * index + sum of factor * atom; `index_at` says what an index is.
  Value sum(const graph::Affine& affine,
            const std::function<Value(uint32_t, const dim::Dim& factor)>& index_at);
  /// All guards of the compute and `guard`; none if there are no guards.
  Value guards(Value guard = {});
  /// These guards hold at every point of the loops inside, which tells them from where they run.
  void settle(const std::vector<graph::ExprId>& guards) {
    for (const graph::ExprId guard : guards) settled_.insert(guard.number);
  }
  bool is_bound(uint32_t index) const { return bindings_.contains(index); }
  bool is_bound(graph::ExprId id);
  /// Whether an expression reads what may lie outside a tensor, so that it needs the guards around it.
  bool needs_guard(graph::ExprId id);
  const graph::Compute& compute() const { return *compute_; }
  /// Those of the conditions that the bound indices determine, all together; none if there are none.
  Value all_known(const std::vector<graph::ExprId>& conditions);
  /// Evaluates what the roots hold that needs no index but the bound ones, so that loops inside need not.
  void prepare(const std::vector<graph::ExprId>& roots);

  /// Stores a tile at the subscripts of a write map.
  void store(const Location& location, const std::vector<graph::ExprId>& subscripts, Value tile,
             Value guard = {});
  Value load(const Location& location, const std::vector<graph::ExprId>& subscripts, ElementType element,
             Value guard = {});

  int rows() const { return rows_; }
  int lanes() const { return lanes_; }
  Value edge() const { return edge_; }
  KernelContext& context() const { return *context_; }

 private:
  struct Binding {
    Value base;
    Role role = Role::uniform;
  };
  struct Access {
    Address address;
    int rows = 1, lanes = 1;
    bool along_lanes = false;
  };
  Builder& builder() const { return context_->builder; }
  const graph::Expr& expr(graph::ExprId id) const { return context_->function.expressions[id]; }
  Value compute_value(graph::ExprId id, Value guard);
  Value narrowed(Value guard, Value condition);
  Value index_value(uint32_t index);
  int count_of(uint32_t index) const;
  Value row_numbers();
  Value lanes_where(graph::ExprId condition);
  Value call(const graph::Expr& node, Value guard);
  Value apply(ScalarFunction function, std::vector<Value> operands, ElementType type);
  Value read(const graph::Expr& node, Value guard);
  Access access(const Location& location, const std::vector<graph::ExprId>& subscripts, Value guard);
  Value fit(Value mask, int rows, int lanes);
  bool stays_inside(const graph::Expr& read) const;

  KernelContext* context_;
  const graph::Compute* compute_;
  int rows_ = 1, lanes_ = 1;
  Value edge_;
  std::map<uint32_t, Binding> bindings_;
  std::map<graph::ValueId, Value> registers_;
  std::map<std::pair<uint32_t, uint32_t>, Value> known_;  // expression, guard
  std::map<uint32_t, uint32_t> wider_;                    // a guard, and one that holds wherever it does
  std::map<uint32_t, bool> needs_guard_;
  std::set<uint32_t> settled_;
};

}  // namespace kiln::kernel
