#include "transform/transpose_expression.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/internal_check.h"
#include "graph/walk.h"
#include "transform/derivative_table.h"

namespace kiln::transform {

using graph::Expr;
using graph::ExprId;
using graph::ExprKind;

namespace {

/// What has arrived at one node of the expression from its users.
struct Adjoint {
  ExprId value;
  /// Invalid: reached whenever the root is. Else the condition, over all users.
  ExprId reached;
  /// A sum of what is zero by itself wherever this node is not reached.
  bool is_alone = false;
};

class Sweep {
 public:
  Sweep(Folder& folder, const std::function<bool(graph::ValueId)>& is_linear)
      : folder_(folder), is_linear_(is_linear) {}

  std::vector<ReadCotangent> run(ExprId root, ExprId cotangent) {
    const std::vector<ExprId> order = graph::reachable(folder_.expressions(), {&root, 1});
    for (const ExprId id : order) linear_[id.number] = depends_linearly(id);
    adjoints_[root.number] = {cotangent, {}, false};
    for (auto id = order.rbegin(); id != order.rend(); ++id) {
      if (linear_.at(id->number)) pass_back(*id);
    }
    std::reverse(reads_.begin(), reads_.end());
    return std::move(reads_);
  }

 private:
  bool depends_linearly(ExprId id) {
    const Expr& expr = folder_.expressions()[id];
    if (!is_float(expr.type)) return false;  // a subscript or condition: constant to derivatives
    if (expr.kind == ExprKind::read) return is_linear_(expr.value);
    return std::any_of(expr.operands.begin(), expr.operands.end(),
                       [&](ExprId operand) { return linear_.at(operand.number); });
  }

  void pass_back(ExprId id) {
    const Expr expr = folder_.expressions()[id];  // a copy: the arena grows
    const Adjoint adjoint = adjoints_.at(id.number);
    if (expr.kind == ExprKind::read) {
      std::vector<ExprId> reached;
      if (adjoint.reached.valid()) reached = conjuncts(folder_, adjoint.reached);
      reads_.push_back({expr.value, expr.operands, adjoint.value, std::move(reached)});
      return;
    }
    const DerivativeRow& row = derivative_of(expr.function);
    for (size_t k = 0; k < expr.operands.size(); ++k) {
      const ExprId operand = expr.operands[k];
      if (!linear_.at(operand.number)) continue;
      internal_check(row.linear && row.tangents[k] != nullptr,
                     "a tangent passes through a function that is not linear");
      // Linear functions of one operand are their own transpose, but for the types of a conversion.
      const ExprId passed = expr.function == ScalarFunction::convert
                                ? folder_.convert(adjoint.value, folder_.type_of(operand))
                                : row.tangents[k](folder_, expr.operands, id, adjoint.value);
      ExprId reached = adjoint.reached;
      if (expr.function == ScalarFunction::select) {
        const ExprId chosen = k == 1 ? expr.operands[0] : folder_.opposite(expr.operands[0]);
        reached = reached.valid() ? folder_.both(reached, chosen) : chosen;
      }
      add(operand, {behind(adjoint, passed), reached, false});
    }
  }

  /// A condition that enters here may read what is there only where this node is reached: that is asked
  /// first.
  ExprId behind(const Adjoint& adjoint, ExprId passed) {
    const auto now = guarded(folder_, passed), before = guarded(folder_, adjoint.value);
    const bool is_new = now && !(before && before->condition == now->condition);
    if (!adjoint.reached.valid() || !is_new) return passed;
    if (graph::values_in(folder_.expressions(), now->condition).empty()) return passed;
    return folder_.select(adjoint.reached, passed, folder_.zero(folder_.type_of(passed)));
  }

  /// The value, zero where the node is not reached, where it must not be asked. Mostly the value says so
  /// already.
  ExprId alone(const Adjoint& adjoint) {
    if (adjoint.is_alone || !adjoint.reached.valid()) return adjoint.value;
    std::vector<ExprId> said;
    if (const auto part = guarded(folder_, adjoint.value)) said = conjuncts(folder_, part->condition);
    const std::vector<ExprId> needed = conjuncts(folder_, adjoint.reached);
    const bool says_all = std::all_of(needed.begin(), needed.end(), [&](ExprId condition) {
      return std::find(said.begin(), said.end(), condition) != said.end();
    });
    if (says_all) return adjoint.value;
    return folder_.select(adjoint.reached, adjoint.value, folder_.zero(folder_.type_of(adjoint.value)));
  }

  void add(ExprId id, const Adjoint& arriving) {
    const auto [place, is_new] = adjoints_.emplace(id.number, arriving);
    if (is_new) return;
    Adjoint& sum = place->second;
    const Adjoint former = sum;
    sum.is_alone = !(sum.reached == arriving.reached);
    sum.value = sum.is_alone ? folder_.add(alone(former), alone(arriving))
                             : folder_.add(former.value, arriving.value);
    const bool always = !sum.reached.valid() || !arriving.reached.valid();
    sum.reached = always ? ExprId{} : folder_.either(sum.reached, arriving.reached);
  }

  Folder& folder_;
  const std::function<bool(graph::ValueId)>& is_linear_;
  std::unordered_map<uint32_t, bool> linear_;
  std::unordered_map<uint32_t, Adjoint> adjoints_;
  std::vector<ReadCotangent> reads_;
};

}  // namespace

std::vector<ReadCotangent> transpose_expression(Folder& folder, ExprId root, ExprId cotangent,
                                                const std::function<bool(graph::ValueId)>& is_linear) {
  return Sweep(folder, is_linear).run(root, cotangent);
}

}  // namespace kiln::transform
