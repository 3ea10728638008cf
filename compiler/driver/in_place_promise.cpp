#include "driver/in_place_promise.h"

#include <algorithm>

#include "driver/pipeline.h"
#include "fuse/supported.h"
#include "source/diagnostic_table.h"
#include "transform/lower_storage.h"

namespace kiln::driver {

namespace {

/// The input that stands for the caller's memory behind an output; none if that is a result.
graph::ValueId old_value(const fuse::Plan& plan, size_t output) {
  for (size_t i = 0; i < plan.bindings.inputs.size(); ++i)
    if (plan.bindings.inputs[i] == plan.bindings.outputs[output]) return plan.function.inputs[i];
  return {};
}

/// The first group that copies the old value, or a value that took its memory, as a whole.
const fuse::Group* copy_on_the_way(const fuse::Plan& plan, graph::ValueId old) {
  for (const fuse::Group& group : plan.groups) {
    if (group.copied_because.empty()) continue;
    const bool is_first_value = group.copy_of.valid() && group.source == old;
    const bool is_map = group.kind != fuse::GroupKind::copy && !group.members.empty() &&
                        plan.function.type_of(group.members.back()) == plan.function.type_of(old);
    if (is_first_value || is_map) return &group;
  }
  return nullptr;
}

/// Where the program reads the old value, other than to make the new one.
std::vector<Span> readers_of(const graph::Function& function, graph::ValueId old, graph::ValueId made) {
  std::vector<Span> places;
  for (const graph::Node& node : function.nodes) {
    const bool makes = std::find(node.results.begin(), node.results.end(), made) != node.results.end();
    const std::vector<graph::ValueId> operands = graph::operands_of(function, node);
    const bool reads = std::find(operands.begin(), operands.end(), old) != operands.end();
    if (makes || !reads || node.span == Span{}) continue;
    if (std::find(places.begin(), places.end(), node.span) == places.end()) places.push_back(node.span);
  }
  return places;
}

}  // namespace

void check_in_place_promise(const elaborate::Function& function, Diagnostics& diagnostics) {
  if (!function.annotations.contains("inplace")) return;
  static constexpr Pass storage = {"lower-storage", transform::lower_storage};
  const graph::Function prepared = run_passes({&storage, 1}, prepare(function, {}), {});
  if (fuse::first_unsupported(prepared)) return;  // said when it is built
  const fuse::Plan plan = fuse::plan(prepared, bindings_of(function));
  for (size_t i = 0; i < plan.function.outputs.size(); ++i) {
    const graph::ValueId old = old_value(plan, i), made = plan.function.outputs[i];
    if (!old.valid() || old == made) continue;
    const fuse::Group* copies = copy_on_the_way(plan, old);
    if (plan.direct[i] && copies == nullptr) continue;
    Diagnostic& diagnostic =
        diagnostics.add(diagnostics::copy_in_place, function.span,
                        "`" + plan.function[old].name + "` cannot change in place: the call would copy it");
    diagnostic.label = "`@inplace` promises that no argument is copied";
    std::vector<Span> readers = readers_of(plan.function, old, made);
    if (readers.size() > 3) readers.resize(3);
    for (const Span reader : readers) diagnostic.labels.push_back({reader, "the old value is read here"});
    const Span maker = plan.function.node_of(made).span;
    if (readers.empty() && !(maker == Span{}))
      diagnostic.labels.push_back({maker, "this reads the old value at other places than it writes"});
    if (copies != nullptr) diagnostic.notes.push_back(copies->copied_because);
    diagnostic.help =
        "read what is needed of the old value before it changes, change only the cells that a subscript or "
        "`where` names, or leave out `@inplace`";
  }
}

}  // namespace kiln::driver
