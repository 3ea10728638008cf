#include "driver/pipeline.h"

#include <array>

#include "transform/expand_derivatives.h"
#include "transform/improve_loops.h"
#include "transform/remove_dead.h"
#include "transform/round_contractions.h"
#include "transform/share_subexpressions.h"
#include "transform/simplify.h"

namespace kiln::driver {

std::span<const Pass> graph_passes() {
  // Unread outputs go first, so that gradients nobody reads are never made. Simplifying before and after
  // sharing lets each see what the other found.
  static constexpr std::array passes = {
      Pass{"remove-dead", transform::remove_dead},
      Pass{"improve-loops", transform::improve_loops},
      Pass{"expand-derivatives", transform::expand_derivatives},
      Pass{"simplify", transform::simplify},
      Pass{"share-subexpressions", transform::share_subexpressions},
      Pass{"improve-loops-again", transform::improve_loops},
      Pass{"simplify-again", transform::simplify},
      Pass{"remove-dead-again", transform::remove_dead},
  };
  return passes;
}

namespace {

constexpr Pass round_to_bf16 = {"round-contractions", [](const graph::Function& function) {
                                  return transform::round_contractions(function, ElementType::bf16);
                                }};
constexpr Pass round_to_f16 = {"round-contractions", [](const graph::Function& function) {
                                 return transform::round_contractions(function, ElementType::f16);
                               }};

}  // namespace

graph::Function prepare(const elaborate::Function& function, const PassOptions& options) {
  graph::Function prepared = run_passes(graph_passes(), function.graph, options);
  const auto precision = function.annotations.find("precision");
  if (precision == function.annotations.end()) return prepared;
  const Pass& pass = precision->second == "f16" ? round_to_f16 : round_to_bf16;
  return run_passes({&pass, 1}, std::move(prepared), options);
}

fuse::Bindings bindings_of(const elaborate::Function& function, const PanelsOfModels& panels) {
  fuse::Bindings bindings;
  bindings.may_stay_half_written = function.annotations.contains("inplace");
  bindings.inputs.resize(function.graph.inputs.size());
  bindings.outputs.resize(function.graph.outputs.size());
  for (const elaborate::Argument& argument : function.arguments) {
    const uint32_t count = std::max(argument.input_count, argument.output_count);
    if (argument.kind == sema::ArgumentKind::model) {
      bindings.models.push_back({bindings.argument_count, count});
      if (argument.direction != elaborate::Direction::in)
        bindings.models.back().only =
            argument.model < panels.size() ? panels[argument.model] : std::vector<fuse::FrozenPanels>{};
    }
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t number = bindings.argument_count++;
      if (argument.input_count > 0) bindings.inputs[argument.first_input + i] = number;
      if (argument.output_count > 0) bindings.outputs[argument.first_output + i] = number;
    }
  }
  return bindings;
}

}  // namespace kiln::driver
