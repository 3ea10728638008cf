#include "fuse/frozen_panels.h"

#include <algorithm>

#include <fmt/format.h>

#include "fuse/panels.h"
#include "fuse/shape.h"

namespace kiln::fuse {

using namespace graph;
using dim::Dim;

namespace {

/// What stays in a core's first caches is packed fast enough at each call.
constexpr int64_t least_bytes = 1 << 16;
/// So few rows read the matrix once, from end to end, however it lies.
constexpr int64_t few_rows = 4;

/// One of the indices of a side: its distance in the operand.
struct SideIndex {
  uint32_t index;
  int64_t distance, extent;
};

class PanelChooser {
 public:
  explicit PanelChooser(Plan& plan) : plan_(plan), function_(plan.function) {}

  void run(Group& group) {
    const ValueId value = group.members[0];
    const Compute& compute = *compute_of(function_, value);
    const std::vector<Dim>& shape = function_.type_of(value).shape;
    const auto form = match_contraction(function_, compute, shape);
    if (!form || !form->batch.empty() || !form->residues.empty()) return;
    if (form->a.inside.size() + form->b.inside.size() != compute.guard.size()) return;
    for (const LinearRead* operand : {&form->a, &form->b})
      if (operand->offset.has_atoms() || operand->panel != 0) return;
    const auto result = linear_offset(function_.expressions, compute.write, shape);
    if (!result) return;
    for (const bool is_a : {false, true})
      if (find(compute, *form, *result, is_a, group)) return;
  }

 private:
  bool find(const Compute& compute, const Contraction& form, const Affine& result, bool is_a, Group& group) {
    const LinearRead& operand = is_a ? form.a : form.b;
    FrozenPanels panels;
    if (!find_leaf(operand.value, panels) || !operand.offset.constant.is_constant(0)) return false;
    if (!operand.inside.empty()) return false;
    const std::optional<int64_t> rows = points(compute, is_a ? form.n : form.m).constant();
    if (rows && *rows <= few_rows) return false;
    const auto steps = indices_of(compute, form.k, operand),
               lanes = indices_of(compute, is_a ? form.m : form.n, operand);
    if (!steps || !lanes || steps->empty() || lanes->empty()) return false;
    const SideIndex &step = steps->front(), &lane = lanes->front();
    const std::optional<int64_t> step_count = nested(*steps), lane_count = nested(*lanes);
    if (!step_count || !lane_count) return false;
    panels.steps = *step_count;
    panels.lanes = *lane_count;
    panels.lanes_neighbour = lane.distance == 1;
    if (lane.distance != (panels.lanes_neighbour ? 1 : panels.steps)) return false;
    if (step.distance != (panels.lanes_neighbour ? panels.lanes : 1)) return false;
    const bool is_whole =
        volume(function_.type_of(operand.value).shape).is_constant(panels.lanes * panels.steps);
    if (!is_whole || panels.lanes < panel_lanes) return false;
    if (panels.lanes * panels.steps * size_of(panels.element) < least_bytes) return false;
    // Each of several indices begins with a panel, whether or not they become one index.
    if (lanes->size() > 1 && lane.extent % panel_lanes != 0) return false;
    const auto neighbours = [&](uint32_t index) { return result.coefficient_of(index).is_constant(1); };
    const std::vector<uint32_t>& row_side = is_a ? form.n : form.m;
    const bool is_stored_in_runs =
        neighbours(lane.index) || std::any_of(row_side.begin(), row_side.end(), neighbours);
    if (!is_stored_in_runs || !may_serve(panels)) return false;
    group.frozen = FrozenOperand{number_of(panels), is_a, lane.index};
    return true;
  }

  /// The points of all these indices, the nearest first, where each lies as far apart as those before it
  /// reach.
  static std::optional<int64_t> nested(const std::vector<SideIndex>& indices) {
    int64_t points = 1;
    for (const SideIndex& index : indices) {
      if (index.distance != indices.front().distance * points) return std::nullopt;
      points *= index.extent;
    }
    return points;
  }

  bool may_serve(const FrozenPanels& panels) const {
    const auto& only = plan_.bindings.models[panels.model].only;
    return !only || std::any_of(only->begin(), only->end(), [&](FrozenPanels other) {
      other.model = panels.model;
      return other == panels;
    });
  }

  /// Whether it is a leaf of a model.
  bool find_leaf(ValueId value, FrozenPanels& panels) const {
    const Place& place = plan_.places[value.number];
    if (place.kind != Place::Kind::argument) return false;
    panels.element = function_.type_of(value).element;
    for (const Bindings::Model& model : plan_.bindings.models) {
      if (place.number >= model.first && place.number - model.first < model.count) {
        panels.leaf = place.number - model.first;
        return true;
      }
      ++panels.model;
    }
    return false;
  }

  /// Those of more than one point, the nearest first; nothing where a number is not known.
  std::optional<std::vector<SideIndex>> indices_of(const Compute& compute, const std::vector<uint32_t>& side,
                                                   const LinearRead& operand) const {
    std::vector<SideIndex> found;
    for (const uint32_t index : side) {
      const Dim& extent = compute.domain[index].extent;
      if (extent.is_constant(1)) continue;
      const auto points = extent.constant(), distance = operand.offset.coefficient_of(index).constant();
      if (!points || !distance) return std::nullopt;
      found.push_back({index, *distance, *points});
    }
    std::sort(found.begin(), found.end(),
              [](const SideIndex& x, const SideIndex& y) { return x.distance < y.distance; });
    return found;
  }

  uint32_t number_of(const FrozenPanels& panels) {
    const auto found = std::find(plan_.panels.begin(), plan_.panels.end(), panels);
    const auto number = static_cast<uint32_t>(found - plan_.panels.begin());
    if (found == plan_.panels.end()) plan_.panels.push_back(panels);
    return number;
  }

  Plan& plan_;
  const Function& function_;
};

}  // namespace

void choose_frozen_panels(Plan& plan) {
  if (plan.bindings.models.empty()) return;
  PanelChooser chooser(plan);
  for (Group& group : plan.groups)
    if (group.kind == GroupKind::contraction) chooser.run(group);
}

void read_in_panels(const FrozenPanels& panels, const FrozenOperand& frozen, Contraction& contraction) {
  LinearRead& operand = frozen.is_a ? contraction.a : contraction.b;
  const int64_t lane_distance = panels.lanes_neighbour ? 1 : panels.steps,
                step_distance = panels.lanes_neighbour ? panels.lanes : 1;
  Affine offset;
  for (const auto& [index, coefficient] : operand.offset.indices) {
    const std::optional<int64_t> number = coefficient.constant();
    if (!number) continue;  // of an index of one point
    const bool is_step = std::find(contraction.k.begin(), contraction.k.end(), index) != contraction.k.end();
    const int64_t moved =
        is_step ? *number / step_distance * panel_lanes : *number / lane_distance * panels.steps;
    if (moved != 0) offset.indices.emplace(index, Dim(moved));
  }
  operand.offset = std::move(offset);
  operand.panel = panel_lanes;
  operand.lanes = frozen.lane;
}

int64_t count_of(const FrozenPanels& panels) {
  return (panels.lanes + panel_lanes - 1) / panel_lanes * panel_lanes * panels.steps;
}

Function pack_function(const FrozenPanels& panels) {
  const uint32_t axis = panels.lanes_neighbour ? 1 : 0;
  Type type{panels.element, {panels.lanes, panels.steps}};
  if (axis == 1) std::swap(type.shape[0], type.shape[1]);
  Function function;
  function.name = fmt::format("pack_{}x{}_{}", panels.lanes, panels.steps, axis);
  Builder builder(function);
  const ValueId matrix = builder.input("matrix", type);
  Compute map = pack_panels(function.expressions, matrix, type, axis);
  builder.output(builder.compute(std::move(map), panels_type(type, axis).shape, "panels"), "panels");
  return function;
}

}  // namespace kiln::fuse
