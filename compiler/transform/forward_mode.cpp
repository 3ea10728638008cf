#include "transform/forward_mode.h"

#include <algorithm>

#include "transform/copy_function.h"
#include "transform/placeholders.h"
#include "transform/remove_dead.h"

namespace kiln::transform {

using graph::Builder;
using graph::Function;
using graph::Loop;
using graph::ValueId;

namespace {

struct ForwardLoop {
  Loop loop;
  std::vector<bool> active;              // of the body's inputs
  std::vector<size_t> stacked_tangents;  // positions among the body's outputs
};

/// The loop with the tangents of its inputs in `active`, and of the carried values that get one in a round.
/// Its operands are still to be filled in.
ForwardLoop forward_loop(const Loop& loop, std::vector<bool> active) {
  for (;;) {
    ForwardBody body = forward_body(*loop.body, loop.carried_count, active);
    bool grew = false;
    for (size_t k = 0; k < loop.carried_count; ++k) {
      if (active[k] || !body.tangents[k].valid()) continue;
      active[k] = true;
      grew = true;
    }
    if (grew) continue;
    ForwardLoop made{loop, active, {}};
    Builder builder(body.function);
    const std::vector<std::string>& names = loop.body->output_names;
    for (size_t k = 0; k < loop.carried_count; ++k) builder.output(body.outputs[k], names[k]);
    for (size_t k = 0; k < loop.carried_count; ++k) {
      if (!active[k]) continue;
      ++made.loop.carried_count;
      const ValueId tangent = body.tangents[k];
      const graph::Type type = body.function.type_of(body.outputs[k]);
      builder.output(tangent.valid() ? tangent : zeros(body.function, type), "d" + names[k]);
    }
    for (size_t k = loop.carried_count; k < names.size(); ++k) builder.output(body.outputs[k], names[k]);
    for (size_t k = loop.first_stacked(); k < names.size(); ++k) {
      if (!body.tangents[k].valid()) continue;
      made.stacked_tangents.push_back(k);
      builder.output(body.tangents[k], "d" + names[k]);
    }
    made.loop.body = std::make_shared<const Function>(remove_dead(body.function));
    return made;
  }
}

class ForwardMode {
 public:
  explicit ForwardMode(const Function& body)
      : body_(body), result_(without_nodes(body)), copy_(body, result_) {}

  ForwardBody run(size_t leading, const std::vector<bool>& active) {
    take_inputs(0, leading, active);
    take_inputs(leading, body_.inputs.size(), active);
    linearized_ = result_.nodes.size();
    for (const graph::Node& node : body_.nodes) {
      if (std::holds_alternative<graph::Input>(node.op)) continue;
      if (const auto* loop = std::get_if<Loop>(&node.op); loop != nullptr && add_loop(*loop, node)) continue;
      copy_.copy(node);
    }
    linearize_so_far();
    ForwardBody made;
    for (ValueId output : body_.outputs) {
      made.outputs.push_back(copy_.at(output));
      made.tangents.push_back(tangent_of(made.outputs.back()));
    }
    made.function = std::move(result_);
    return made;
  }

 private:
  void take_inputs(size_t begin, size_t end, const std::vector<bool>& active) {
    Builder& builder = copy_.builder();
    for (size_t i = begin; i < end; ++i) {
      const graph::Value& value = body_[body_.inputs[i]];
      copy_.set(body_.inputs[i], builder.input(value.name, value.type));
      copy_.describe(body_.inputs[i], copy_.at(body_.inputs[i]));
    }
    for (size_t i = begin; i < end; ++i) {
      if (!active[i]) continue;
      const graph::Value& value = body_[body_.inputs[i]];
      const ValueId tangent = builder.input("d" + value.name, value.type);
      if (is_float(value.type.element)) tangents_[copy_.at(body_.inputs[i])] = tangent;
    }
  }

  ValueId tangent_of(ValueId value) const {
    const auto found = tangents_.find(value);
    return found == tangents_.end() ? ValueId{} : found->second;
  }

  void linearize_so_far() {
    linearize(result_, linearized_, result_.nodes.size(), tangents_);
    linearized_ = result_.nodes.size();
  }

  /// False if nothing in the loop has a tangent.
  bool add_loop(const Loop& loop, const graph::Node& node) {
    linearize_so_far();
    std::vector<bool> active;
    for (ValueId operand : loop.operands) active.push_back(tangent_of(copy_.at(operand)).valid());
    if (std::find(active.begin(), active.end(), true) == active.end()) return false;
    ForwardLoop made = forward_loop(loop, active);
    std::vector<ValueId> operands;
    const auto add = [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) operands.push_back(copy_.at(loop.operands[i]));
      for (size_t i = begin; i < end; ++i) {
        if (!made.active[i]) continue;
        const ValueId operand = copy_.at(loop.operands[i]);
        const ValueId tangent = tangent_of(operand);
        operands.push_back(tangent.valid() ? tangent : zeros(result_, result_.type_of(operand)));
      }
    };
    add(0, loop.carried_count);
    add(loop.carried_count, loop.operands.size());
    made.loop.operands = std::move(operands);
    if (loop.rounds) made.loop.rounds = copy_.at(*loop.rounds);
    if (loop.go_on) made.loop.go_on = copy_.at(*loop.go_on);
    const uint32_t carried_count = made.loop.carried_count;
    const std::vector<ValueId> results = copy_.builder().loop(std::move(made.loop), node.span);
    linearized_ = result_.nodes.size();
    const auto set = [&](size_t from, ValueId to) {
      copy_.set(node.results[from], to);
      copy_.describe(node.results[from], to);
    };
    size_t tangent = loop.carried_count;
    for (size_t k = 0; k < loop.carried_count; ++k) {
      set(k, results[k]);
      if (made.active[k]) tangents_[results[k]] = results[tangent++];
    }
    const size_t stacked = loop.stacked_count();
    for (size_t k = 0; k < stacked; ++k) set(loop.carried_count + k, results[carried_count + k]);
    for (size_t k = 0; k < made.stacked_tangents.size(); ++k) {
      const size_t of = made.stacked_tangents[k] - loop.first_stacked();
      tangents_[results[carried_count + of]] = results[carried_count + stacked + k];
    }
    if (loop.counts_rounds()) set(node.results.size() - 1, results.back());
    return true;
  }

  const Function& body_;
  Function result_;
  FunctionCopy copy_;
  Tangents tangents_;
  size_t linearized_ = 0;  // nodes before it have their tangents
};

}  // namespace

ForwardBody forward_body(const Function& body, size_t leading, const std::vector<bool>& active) {
  return ForwardMode(body).run(leading, active);
}

}  // namespace kiln::transform
