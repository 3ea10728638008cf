#include <unordered_map>

#include <fmt/format.h>

#include "base/internal_check.h"
#include "graph/index_forms.h"
#include "graph/point_program.h"
#include "graph/reducer.h"
#include "graph/walk.h"

namespace kiln::graph {
namespace {

using F = ScalarFunction;

struct NodeState {
  size_t level = 0;   // the code in which it can run at the earliest
  bool total = true;  // can be evaluated at every point, whatever the guards say
  int uses = 0;
  bool available = false;  // its register holds its value here
  uint32_t result = 0;
  int64_t subroutine = -1;
};

/// Where instructions are appended.
struct Place {
  size_t code = 0;
  size_t level = 0;
  bool conditional = false;  // run only at some points
};

class PointCompiler {
 public:
  PointCompiler(const Function& function, const Compute& compute, const std::map<std::string, int64_t>& dims,
                const std::vector<int64_t>& extents, const std::vector<const Tensor*>& tensors)
      : function_(function),
        expressions_(function.expressions),
        compute_(compute),
        dims_(dims),
        tensors_(tensors),
        forms_(function.expressions, dims, extents) {
    program_.extents = extents;
    program_.codes.resize(extents.size() + 1);
    program_.registers.resize(extents.size());
    program_.steps.resize(extents.size());
  }

  PointProgram compile(const std::vector<int64_t>& result_extents) {
    analyse();
    for (ExprId guard : compute_.guard) {
      // A guard is looked at as far outside as it can be, but not before those that stand before it.
      const NodeState& state = states_.at(guard.number);
      const size_t level = state.total ? state.level : std::max(state.level, guard_level_);
      place_ = {level, level, false};
      PointInstruction exclude;
      exclude.run = point_handlers::exclude_if_false();
      exclude.operands[0] = require(guard);
      append(std::move(exclude));
      guard_level_ = std::max(guard_level_, level);
    }
    const size_t innermost = program_.extents.size();
    place_ = {innermost, innermost, false};
    append(accumulation(result_extents));
    for (PointCode& code : program_.codes) {
      PointInstruction end;
      end.run = point_handlers::end();
      code.push_back(end);
    }
    return std::move(program_);
  }

 private:
  void analyse() {
    const std::vector<ExprId> roots = roots_of(compute_);
    for (ExprId id : reachable(expressions_, roots)) {
      const Expr& expr = expressions_[id];
      NodeState state;
      if (expr.kind == ExprKind::index) {
        state.level = expr.index + size_t{1};
        state.result = expr.index;
        state.available = true;
      }
      if (expr.kind == ExprKind::literal) hold(state, expr.literal);
      if (expr.kind == ExprKind::dim) {
        const std::optional<int64_t> value = expr.dim.evaluate(dims_);
        state.total = value.has_value();
        if (value) hold(state, Scalar::of_integer(*value));
      }
      for (size_t i = 0; i < expr.operands.size(); ++i) {
        NodeState& operand = states_.at(expr.operands[i].number);
        ++operand.uses;
        state.level = std::max(state.level, operand.level);
        state.total = state.total && operand.total;
        if (expr.kind == ExprKind::read && state.total)
          state.total = forms_.inside(expr.operands[i], tensor(expr).extents[i]);
      }
      states_.emplace(id.number, state);
    }
    for (ExprId root : roots) ++states_.at(root.number).uses;
  }

  const Tensor& tensor(const Expr& read) const { return *tensors_[read.value.number]; }

  uint32_t new_register(Scalar initial = {}) {
    program_.registers.push_back(initial);
    return static_cast<uint32_t>(program_.registers.size() - 1);
  }
  void hold(NodeState& state, Scalar value) {
    state.result = new_register(value);
    state.available = true;
  }

  PointCode& code() { return program_.codes[place_.code]; }
  void append(PointInstruction instruction) { code().push_back(std::move(instruction)); }

  /// Whether the expression moves out of the code where it is needed, into that of an outer level.
  bool moves_out(const NodeState& state) const {
    if (state.total) return state.level < place_.level;
    return !place_.conditional && std::max(state.level, guard_level_) < place_.level;
  }

  /// The register that holds the expression here, once the instructions for it are appended.
  uint32_t require(ExprId id) {
    NodeState& state = states_.at(id.number);
    if (state.available) return state.result;
    const Place outer = place_;
    if (moves_out(state)) {
      const size_t home = state.total ? state.level : std::max(state.level, guard_level_);
      place_ = {home, home, false};
    }
    if (place_.conditional && state.uses > 1) {
      call_subroutine(id, state);
    } else {
      state.result = emit(id);
    }
    state.available = true;
    if (place_.conditional) here_only_.push_back(id);
    place_ = outer;
    return state.result;
  }

  /// What is needed by several conditional pieces of code is a subroutine: the code stays as large as the
  /// DAG.
  void call_subroutine(ExprId id, NodeState& state) {
    if (state.subroutine < 0) {
      state.subroutine = static_cast<int64_t>(program_.codes.size());
      program_.codes.emplace_back();
      // Inside, only what is available wherever it may be called from.
      const std::vector<ExprId> hidden = std::move(here_only_);
      here_only_.clear();
      for (ExprId other : hidden) states_.at(other.number).available = false;
      const Place caller = place_;
      place_ = {static_cast<size_t>(state.subroutine), caller.level, true};
      state.result = emit(id);
      leave_scope(0);
      place_ = caller;
      for (ExprId other : hidden) states_.at(other.number).available = true;
      here_only_ = hidden;
    }
    PointInstruction call;
    call.run = point_handlers::subroutine();
    call.number = state.subroutine;
    append(call);
  }

  void leave_scope(size_t kept) {
    for (; here_only_.size() > kept; here_only_.pop_back())
      states_.at(here_only_.back().number).available = false;
  }

  uint32_t emit(ExprId id) {
    const Expr& expr = expressions_[id];
    if (expr.kind == ExprKind::read) return emit_read(expr);
    if (expr.kind == ExprKind::call) return emit_call(expr);
    internal_check(expr.kind == ExprKind::dim, "an index or literal has a register from the start");
    PointInstruction fail;
    fail.run = point_handlers::fail();
    fail.text = "a dim expression has no value: " + expr.dim.to_string();
    append(std::move(fail));
    return new_register();
  }

  uint32_t emit_call(const Expr& expr) {
    if (expr.function == F::select && !(is_ready(expr.operands[1]) && is_ready(expr.operands[2])))
      return emit_select(expr);
    if ((expr.function == F::logical_and || expr.function == F::logical_or) && !is_ready(expr.operands[1]))
      return emit_logic(expr);
    PointInstruction call;
    for (size_t i = 0; i < expr.operands.size(); ++i) call.operands[i] = require(expr.operands[i]);
    call.type = expressions_[expr.operands.back()].type;
    call.converted_to = expr.type;
    call.function = expr.function;
    call.run = point_handlers::call(expr.function, call.type);
    call.result = new_register();
    append(call);
    return call.result;
  }

  /// Whether evaluating it here costs nothing and cannot fail.
  bool is_ready(ExprId id) const {
    const NodeState& state = states_.at(id.number);
    return state.available || (state.total && state.level < place_.level);
  }

  size_t append_jump(PointInstruction::Handler handler, uint32_t condition = 0) {
    PointInstruction jump;
    jump.run = handler;
    jump.operands[0] = condition;
    append(jump);
    return code().size() - 1;
  }
  void land_here(size_t jump) { code()[jump].number = static_cast<int64_t>(code().size() - jump); }

  void move_conditionally(ExprId id, uint32_t result) {
    const bool outer = place_.conditional;
    const size_t kept = here_only_.size();
    place_.conditional = true;
    PointInstruction move;
    move.run = point_handlers::move();
    move.operands[0] = require(id);
    move.result = result;
    append(move);
    leave_scope(kept);
    place_.conditional = outer;
  }

  uint32_t emit_select(const Expr& expr) {
    const uint32_t result = new_register();
    const uint32_t condition = require(expr.operands[0]);
    const size_t to_otherwise = append_jump(point_handlers::jump_if_false(), condition);
    move_conditionally(expr.operands[1], result);
    const size_t to_end = append_jump(point_handlers::jump());
    land_here(to_otherwise);
    move_conditionally(expr.operands[2], result);
    land_here(to_end);
    return result;
  }

  uint32_t emit_logic(const Expr& expr) {
    const uint32_t result = new_register();
    PointInstruction move;
    move.run = point_handlers::move();
    move.operands[0] = require(expr.operands[0]);
    move.result = result;
    append(move);
    const size_t to_end = append_jump(
        expr.function == F::logical_and ? point_handlers::jump_if_false() : point_handlers::jump_if_true(),
        result);
    move_conditionally(expr.operands[1], result);
    land_here(to_end);
    return result;
  }

  struct Address {
    uint32_t slot = 0;
    std::optional<uint32_t> offset;  // a register to be added
  };

  /// The flat position of an element. What is linear in the indices moves with the loops; the rest is
  /// computed at each point. Subscripts that may be outside are checked.
  Address address(const std::vector<ExprId>& subscripts, const std::vector<int64_t>& extents,
                  const std::string& what) {
    std::vector<uint64_t> flat(program_.extents.size() + 1);  // strides, then the constant; wraps
    Address address;
    uint64_t stride = 1;
    for (size_t axis = subscripts.size(); axis-- > 0;) {
      const std::optional<IndexForm> form = forms_.form(subscripts[axis]);
      const bool inside = forms_.inside(subscripts[axis], extents[axis]);
      if (!form || !inside) {
        const uint32_t subscript = require(subscripts[axis]);
        if (!inside) append_check(subscript, extents[axis], fmt::format("{} axis {}", what, axis));
        if (!form) address.offset = append_offset(address.offset, subscript, stride);
      }
      if (form) {
        for (size_t i = 0; i < form->strides.size(); ++i)
          flat[i] += stride * static_cast<uint64_t>(form->strides[i]);
        flat.back() += stride * static_cast<uint64_t>(form->constant);
      }
      stride *= static_cast<uint64_t>(extents[axis]);
    }
    address.slot = slot_for(flat);
    return address;
  }

  void append_check(uint32_t subscript, int64_t extent, std::string text) {
    PointInstruction check;
    check.run = point_handlers::check_inside();
    check.operands[0] = subscript;
    check.number = extent;
    check.text = std::move(text);
    append(std::move(check));
  }

  uint32_t append_offset(std::optional<uint32_t> offset, uint32_t subscript, uint64_t stride) {
    PointInstruction extend;
    extend.run = point_handlers::extend_offset();
    extend.operands[0] = offset ? *offset : zero();
    extend.operands[1] = subscript;
    extend.number = static_cast<int64_t>(stride);
    extend.result = new_register();
    append(extend);
    return extend.result;
  }
  uint32_t zero() {
    if (!zero_) zero_ = new_register();
    return *zero_;
  }

  uint32_t slot_for(const std::vector<uint64_t>& flat) {
    const auto [known, is_new] = slots_.emplace(flat, static_cast<uint32_t>(program_.addresses.size()));
    if (is_new) {
      program_.addresses.push_back(static_cast<int64_t>(flat.back()));
      for (size_t i = 0; i < program_.extents.size(); ++i)
        if (flat[i] != 0) program_.steps[i].push_back({known->second, static_cast<int64_t>(flat[i])});
    }
    return known->second;
  }

  uint32_t emit_read(const Expr& expr) {
    const Address where = address(expr.operands, tensor(expr).extents,
                                  fmt::format("read outside `{}`", function_[expr.value].name));
    PointInstruction read;
    read.type = expr.type;
    read.address = where.slot;
    if (where.offset) read.operands[0] = *where.offset;
    read.run = point_handlers::read(expr.type, where.offset.has_value());
    read.data = tensor(expr).data.data();
    read.result = new_register();
    append(read);
    return read.result;
  }

  PointInstruction accumulation(const std::vector<int64_t>& result_extents) {
    const Address where = address(compute_.write, result_extents, "write outside the result");
    PointInstruction accumulate;
    accumulate.operands[1] = require(compute_.body);
    accumulate.address = where.slot;
    if (where.offset) accumulate.operands[0] = *where.offset;
    accumulate.type = expressions_[compute_.body].type;
    accumulate.reducer = compute_.reducer;
    if (const std::optional<F> combine = row_of(compute_.reducer).combine) accumulate.function = *combine;
    accumulate.number = compute_.reported;
    accumulate.run = point_handlers::accumulate(compute_.reducer, accumulate.type, where.offset.has_value());
    accumulate.text = "a cell is assigned twice";
    return accumulate;
  }

  const Function& function_;
  const Expressions& expressions_;
  const Compute& compute_;
  const std::map<std::string, int64_t>& dims_;
  const std::vector<const Tensor*>& tensors_;
  IndexForms forms_;
  PointProgram program_;
  std::unordered_map<uint32_t, NodeState> states_;
  std::map<std::vector<uint64_t>, uint32_t> slots_;
  std::optional<uint32_t> zero_;
  size_t guard_level_ = 0;
  Place place_;
  std::vector<ExprId> here_only_;  // available in the conditional piece at hand, not after it
};

}  // namespace

PointProgram compile_points(const Function& function, const Compute& compute,
                            const std::map<std::string, int64_t>& dims, const std::vector<int64_t>& extents,
                            const std::vector<int64_t>& result_extents,
                            const std::vector<const Tensor*>& tensors) {
  return PointCompiler(function, compute, dims, extents, tensors).compile(result_extents);
}

}  // namespace kiln::graph
