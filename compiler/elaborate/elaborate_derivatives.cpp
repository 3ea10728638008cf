#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/internal_check.h"
#include "elaborate/elaborator.h"
#include "graph/loop_limits.h"
#include "graph/smooth_dependence.h"
#include "source/diagnostic_table.h"

namespace kiln::elaborate {

using graph::ExprId;
using graph::ValueId;
using sema::TypedDerivativeKind;

namespace {

/// The first words of a statement or expression, up to its block or the end of the line.
Span head_of(const SourceFiles& files, Span span) {
  const std::string_view text = files.text_of(span);
  size_t length = std::min(text.find_first_of("{\n"), text.size());
  while (length > 0 && text[length - 1] == ' ') --length;
  if (length > 0) span.end = span.begin + static_cast<uint32_t>(length);
  return span;
}

bool has_tangent(ElementType element) { return is_float(element) && !row_of(element).storage_only; }

/// " in `name`", the function of the library where this stands, if that is another file.
std::string of_another_file(const SourceFiles& files, Span place, Span asked) {
  if (place.file == asked.file || place.file == 0) return "";
  const std::string_view before = std::string_view(files[place.file].text()).substr(0, place.begin);
  const size_t at = std::max(before.rfind("\nfn ") + 1, before.rfind("\n  fn ") + 1);
  if (at == 0) return "";
  const std::string_view name = before.substr(before.find("fn ", at) + 3);
  return fmt::format(" in `{}`", name.substr(0, name.find_first_of("[(")));
}

}  // namespace

/// A derivative that no float leads to is hardly what is meant.
void Elaborator::report_if_cut_off(const sema::DerivativeValue& expr, size_t variable,
                                   const graph::Function& body, const std::vector<bool>& inputs,
                                   const std::vector<uint32_t>& outputs) {
  const std::optional<graph::Step> step = graph::cut_off(body, inputs, outputs);
  if (!step) return;
  const Span place = expr.variables[variable].span;
  const std::string name(files_.text_of(place));
  const std::string value = expr.derivative == TypedDerivativeKind::vjp ? "the value" : "the loss";
  Diagnostic& diagnostic = diagnostics_.add(diagnostics::zero_derivative, place,
                                            "the derivative for `" + name + "` is 0 everywhere: " + value +
                                                " depends on it only through " + step->what +
                                                of_another_file(files_, step->place, place));
  diagnostic.labels.push_back({head_of(files_, step->place), step->what + " makes steps"});
  diagnostic.help =
      "differentiate what is smooth, such as the scores, or a softmax of them; choices and counts have no "
      "slope";
}

/// One for each point of the indices around that it depends on: `x - rate * grad(x) { … }` needs one in all,
/// though lifting reads it at each index.
Leaves Elaborator::derivative(const sema::DerivativeValue& expr, const Leaves* cotangents) {
  if (expr.derivative == TypedDerivativeKind::vjp && cotangents == nullptr) return vjp(expr);
  Variables outside = used_around(expr, cotangents);
  std::swap(context_, outside);
  Leaves result = derivative_around(expr, cotangents);
  std::swap(context_, outside);
  return result;
}

/// The block becomes the body of a Derivative node. Within comprehensions the block is one for each point
/// around: its variables, its loss and its gradients all get the axes around, and since no point's loss
/// depends on another point's variables, one derivative of all losses gives each point its own.
Leaves Elaborator::derivative_around(const sema::DerivativeValue& expr, const Leaves* cotangents) {
  const Variables around = context_;
  const bool is_forward = expr.derivative == TypedDerivativeKind::jvp;
  const bool takes_all = is_forward || cotangents != nullptr;  // each float of the value, or a loss alone

  graph::Derivative node;
  node.mode = is_forward ? graph::Derivative::Mode::forward : graph::Derivative::Mode::reverse;
  struct Variable {
    size_t of;  // position among those that the program names
    sema::Slot slot;
    uint32_t leaf;  // of the slot
    LeafValue outside;
    ValueId operand;
  };
  std::vector<Variable> differentiated;
  for (size_t i = 0; i < expr.variables.size(); ++i) {
    const sema::Place& place = expr.variables[i];
    for (uint32_t leaf : expr.differentiated[i]) {
      Variable variable{i, place.slot, place.first_leaf + leaf, {}, {}};
      variable.outside = frame_->slots[place.slot][variable.leaf];
      variable.operand = whole(variable.outside, around, slot_name(place.slot), expr.span);
      differentiated.push_back(std::move(variable));
    }
  }
  std::vector<ValueId> tangents;
  for (size_t i = 0; i < expr.tangents.size(); ++i)
    for (const LeafValue& leaf : value(*expr.tangents[i]))
      tangents.push_back(whole(leaf, around, "tangent", expr.span));
  internal_check(!is_forward || tangents.size() == differentiated.size(),
                 "elaborate: jvp with a wrong number of tangents");

  // The block, in a region of its own.
  BlockRegion region = enter_block("", std::nullopt);
  std::vector<ValueId> inputs;  // all of them before anything else is captured
  for (const Variable& variable : differentiated) {
    const graph::Type& type = regions_[depth() - 1]->function.type_of(variable.operand);
    inputs.push_back(builder().input(slot_name(variable.slot), type));
  }
  for (size_t i = 0; i < differentiated.size(); ++i) {
    const Variable& variable = differentiated[i];
    frame_->slots[variable.slot][variable.leaf] =
        read_whole(inputs[i], around, variable.outside.variables, variable.outside.element);
  }
  const std::vector<Leaves> at_start = frame_->slots;
  ++derivative_depth_;
  const bool was_reversed = std::exchange(is_reversed_, is_reversed_ || !is_forward);
  const Leaves values = block(expr.block);
  is_reversed_ = was_reversed;
  --derivative_depth_;

  for (size_t i = 0; i < values.size(); ++i) {
    const bool is_seeded = has_tangent(values[i].element) && (takes_all || i == 0);
    const std::string name = i == 0 ? "value" : "auxiliary";
    if (is_seeded) {
      node.seeded.push_back(static_cast<uint32_t>(i));
      give(region, values[i], around, name, expr.span);
    } else {
      give(region, values[i], name, expr.span);
    }
  }
  give_changes(region, at_start, expr.span);
  const std::unique_ptr<Region> done = leave_block(region);

  node.wrt_count = static_cast<uint32_t>(differentiated.size());
  for (const Variable& variable : differentiated) node.operands.push_back(variable.operand);
  node.operands.insert(node.operands.end(), done->operands.begin(), done->operands.end());
  if (is_forward) {
    node.operands.insert(node.operands.end(), tangents.begin(), tangents.end());
  } else if (cotangents != nullptr) {
    internal_check(cotangents->size() == node.seeded.size(),
                   "elaborate: vjp with a wrong number of cotangents");
    for (const LeafValue& cotangent : *cotangents)
      node.operands.push_back(whole(cotangent, around, "cotangent", expr.span));
  } else {
    const std::vector<dim::Dim> shape = shape_of(storage_of(around, false));
    const ExprId one = expressions().real(1, region.outputs[0].element);
    node.operands.push_back(builder().map(shape, one, "seed", expr.span));
  }
  node.body = std::make_shared<const graph::Function>(std::move(done->function));
  if (!is_forward) {
    if (const std::optional<Span> loop = graph::loop_without_limit(*node.body, node.wrt_count, node.seeded)) {
      Diagnostic& diagnostic =
          diagnostics_.add(diagnostics::rounds_without_limit, head_of(files_, expr.span),
                           "a reverse derivative goes through a loop whose rounds nothing limits");
      diagnostic.label = "it keeps something of each round";
      diagnostic.help =
          "say how many there are at most: `max N` behind the range or the condition, `N` a dim";
      diagnostic.labels.push_back({head_of(files_, *loop), "this loop"});
    }
  }
  if (!is_forward) {
    for (size_t i = 0; i < expr.variables.size(); ++i) {
      std::vector<bool> of_variable;
      for (const Variable& variable : differentiated) of_variable.push_back(variable.of == i);
      report_if_cut_off(expr, i, *node.body, of_variable, node.seeded);
    }
  }
  if (const auto problem = graph::derivative_without_rule(*node.body, node.wrt_count, node.mode))
    report_rule(*problem, expr.span);
  const std::vector<ValueId> results = builder().derivative(std::move(node), expr.span);

  for (size_t i = 0; i < region.changed.size(); ++i) {
    const size_t number = values.size() + i;
    set(region.changed[i], {read_output(results[number], region.outputs[number])});
  }
  Leaves result;
  if (expr.derivative != TypedDerivativeKind::grad && cotangents == nullptr)
    for (size_t i = 0; i < values.size(); ++i) result.push_back(read_output(results[i], region.outputs[i]));
  if (is_forward) {
    size_t next = region.outputs.size();
    for (size_t i = 0; i < values.size(); ++i) {
      if (has_tangent(values[i].element))
        result.push_back(
            read_whole(results[next++], around, region.outputs[i].own, region.outputs[i].element));
    }
  } else {
    for (size_t i = 0; i < differentiated.size(); ++i)
      result.push_back(read_whole(results[region.outputs.size() + i], around,
                                  differentiated[i].outside.variables, differentiated[i].outside.element));
  }
  return result;
}

void Elaborator::report_rule(const graph::RuleProblem& problem, Span derivative) {
  using Kind = graph::RuleProblem::Kind;
  const char* message = nullptr;
  const char* help = nullptr;
  switch (problem.kind) {
    case Kind::forward_through_reverse:
      message = "there is no forward derivative of this call: its rule is an `adjoint of`";
      help = "ask for a reverse derivative, or write the rule as `derivative of`, which serves both";
      break;
    case Kind::constant_argument:
      message = "the derivative goes through an argument that the rule of this call has no tangent for";
      help = "give the rule a tangent of it, or say at the call that it is constant: `stop_gradient(…)`";
      break;
    case Kind::residual:
      message = "the second derivative goes through a result that the rule of this call has no cotangent for";
      help = "name the cotangent of each result that the rule reads: `-> y: dy, r: dr`";
      break;
    case Kind::captured:
      message =
          "the derivative goes through a value that a function argument of this call reads from outside";
      help = "the rule of the call knows its arguments alone: pass the value as one of them";
      break;
  }
  Diagnostic& diagnostic = diagnostics_.add(diagnostics::rule_gives_none, problem.span, message);
  diagnostic.help = help;
  diagnostic.labels.push_back({derivative, "the derivative"});
}

/// The block runs here, with its effects; `back` differentiates it again for each cotangent, wherever it is
/// called.
Leaves Elaborator::vjp(const sema::DerivativeValue& expr) {
  auto back = std::make_shared<Back>();
  back->value = &expr;
  back->slots = frame_->slots;
  back->indices = frame_->indices;
  frame_->closures[expr.back] = Closure{frame_, nullptr, std::move(back)};
  return block(expr.block);
}

Leaves Elaborator::call_back(const Closure& closure, const Leaves& cotangents) {
  const Back& back = *closure.back;
  Frame* const caller = frame_;
  frame_ = closure.frame;
  std::vector<Leaves> slots = back.slots;
  std::map<sema::IndexId, LeafValue> indices = back.indices;
  indices.insert(frame_->indices.begin(), frame_->indices.end());
  std::swap(frame_->slots, slots);
  std::swap(frame_->indices, indices);
  Journal* const journal = frame_->journal;
  frame_->journal = nullptr;
  Leaves gradients = derivative(*back.value, &cotangents);
  frame_->journal = journal;
  std::swap(frame_->slots, slots);
  std::swap(frame_->indices, indices);
  frame_ = caller;
  return gradients;
}

}  // namespace kiln::elaborate
