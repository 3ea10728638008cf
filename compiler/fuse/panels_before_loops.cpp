#include "fuse/panels_before_loops.h"

#include <algorithm>
#include <map>

#include "dim/guess.h"
#include "fuse/contraction.h"
#include "fuse/insert_nodes.h"
#include "fuse/panels.h"
#include "fuse/shape.h"
#include "graph/import_expression.h"

namespace kiln::fuse {

using namespace graph;
using dim::Dim;
using F = ScalarFunction;

namespace {

/// What stays in a core's cache from round to round needs no panels.
constexpr int64_t least_bytes = 1 << 20;
/// So few rows that a round cannot pay for packing the matrix itself, and not so few that it is read at the
/// rate of memory however it lies.
constexpr int64_t fewest_rows = 5, most_rows = 64;
constexpr int64_t least_rounds = 8;

/// A captured matrix and which of its axes the lanes run along.
struct Panels {
  ValueId matrix;  // of the body
  uint32_t axis = 0;
  friend bool operator<(const Panels& a, const Panels& b) {
    return std::pair(a.matrix.number, a.axis) < std::pair(b.matrix.number, b.axis);
  }
};

class PanelMaker {
 public:
  PanelMaker(Function& function, NodesBefore& inserted) : function_(function), inserted_(inserted) {}

  void run(size_t number) {
    auto& loop = std::get<Loop>(function_.nodes[number].op);
    if (loop.limit && dim::guess(*loop.limit) < least_rounds) return;
    loop_ = &loop;
    body_ = *loop.body;
    number_ = number;
    for (Node& node : body_.nodes)
      if (auto* compute = std::get_if<Compute>(&node.op)) rewrite(*compute, node.results[0]);
    if (made_.empty()) return;
    insert_nodes(body_, std::move(inputs_));
    loop.body = std::make_shared<const Function>(std::move(body_));
  }

 private:
  bool is_captured(ValueId value) const {
    const auto found = std::find(body_.inputs.begin() + loop_->carried_count, body_.inputs.end(), value);
    return found != body_.inputs.end();
  }

  void rewrite(Compute& compute, ValueId result) {
    const auto form = match_contraction(body_, compute, body_.type_of(result).shape);
    if (!form || form->k.size() != 1 || !form->batch.empty() || !compute.guard.empty()) return;
    for (const bool is_a : {true, false}) {
      const LinearRead& operand = is_a ? form->a : form->b;
      const auto axis = axis_of_lanes(operand, form->k[0]);
      const int64_t rows = dim::guess(points(compute, is_a ? form->n : form->m));
      if (!axis || rows < fewest_rows || rows > most_rows) continue;
      return read_panels(compute, operand, *axis);
    }
  }

  /// Of a large captured matrix that is read at one written and the summed index.
  std::optional<uint32_t> axis_of_lanes(const LinearRead& operand, uint32_t summed) const {
    const Type& type = body_.type_of(operand.value);
    if (type.shape.size() != 2 || operand.panel != 0 || !is_captured(operand.value)) return std::nullopt;
    const std::optional<int64_t> elements = volume(type.shape).constant();
    if (!elements || *elements * size_of(type.element) < least_bytes) return std::nullopt;
    const Expr& read = body_.expressions[operand.read];
    for (const ExprId subscript : read.operands)
      if (body_.expressions[subscript].kind != ExprKind::index) return std::nullopt;
    const uint32_t first = body_.expressions[read.operands[0]].index,
                   second = body_.expressions[read.operands[1]].index;
    if (first == second || (first != summed && second != summed)) return std::nullopt;
    return first == summed ? 1 : 0;
  }

  void read_panels(Compute& compute, const LinearRead& operand, uint32_t axis) {
    const ValueId panels = panels_of({operand.value, axis});
    Expressions& expressions = body_.expressions;
    const Expr read = expressions[operand.read];  // a copy: expressions are added
    const ExprId lanes = expressions.integer(panel_lanes), lane = read.operands[axis];
    const ExprId replaced =
        expressions.read(panels, read.type,
                         {expressions.call(F::quotient, {lane, lanes}), read.operands[1 - axis],
                          expressions.call(F::remainder, {lane, lanes})});
    compute.body = replace_read(expressions, compute.body, operand.read, replaced);
  }

  /// The body's input for them.
  ValueId panels_of(const Panels& panels) {
    if (const auto found = made_.find(panels); found != made_.end()) return found->second;
    const Type type = panels_type(body_.type_of(panels.matrix), panels.axis);
    const std::string name = body_[panels.matrix].name + "_panels";
    const auto position = static_cast<size_t>(
        std::find(body_.inputs.begin(), body_.inputs.end(), panels.matrix) - body_.inputs.begin());
    loop_->operands.push_back(copy_of(loop_->operands[position], panels.axis, type, name));
    const ValueId input = add_value(body_, type, name);
    inputs_[0].push_back({Input{name}, {input}, {}});
    body_.inputs.push_back(input);
    made_.emplace(panels, input);
    return input;
  }

  ValueId copy_of(ValueId matrix, uint32_t axis, const Type& type, const std::string& name) {
    Compute map = pack_panels(function_.expressions, matrix, function_.type_of(matrix), axis);
    const ValueId value = add_value(function_, type, name);
    inserted_[number_].push_back({std::move(map), {value}, function_.nodes[number_].span});
    return value;
  }

  Function& function_;
  NodesBefore& inserted_;
  Loop* loop_ = nullptr;
  Function body_;
  size_t number_ = 0;
  NodesBefore inputs_;
  std::map<Panels, ValueId> made_;
};

}  // namespace

void panels_before_loops(Function& function) {
  NodesBefore inserted;
  for (size_t number = 0; number < function.nodes.size(); ++number)
    if (std::holds_alternative<Loop>(function.nodes[number].op)) PanelMaker(function, inserted).run(number);
  insert_nodes(function, std::move(inserted));
}

}  // namespace kiln::fuse
