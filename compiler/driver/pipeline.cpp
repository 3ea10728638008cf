#include "driver/pipeline.h"

#include <array>

#include "transform/expand_derivatives.h"
#include "transform/remove_dead.h"
#include "transform/share_subexpressions.h"
#include "transform/simplify.h"
#include "transform/specialise_dims.h"

namespace kiln::driver {

std::span<const Pass> graph_passes() {
  // Unread outputs go first, so that gradients nobody reads are never made. Simplifying before and after
  // sharing lets each see what the other found.
  static constexpr std::array passes = {
      Pass{"remove-dead", transform::remove_dead},
      Pass{"expand-derivatives", transform::expand_derivatives},
      Pass{"simplify", transform::simplify},
      Pass{"share-subexpressions", transform::share_subexpressions},
      Pass{"simplify-again", transform::simplify},
      Pass{"remove-dead-again", transform::remove_dead},
  };
  return passes;
}

graph::Function prepare(const graph::Function& function, const std::map<std::string, int64_t>& dims,
                        const PassOptions& options) {
  return run_passes(graph_passes(), dims.empty() ? function : transform::specialise_dims(function, dims),
                    options);
}

fuse::Bindings bindings_of(const elaborate::Function& function) {
  fuse::Bindings bindings;
  bindings.inputs.resize(function.graph.inputs.size());
  bindings.outputs.resize(function.graph.outputs.size());
  for (const elaborate::Argument& argument : function.arguments) {
    const uint32_t count = std::max(argument.input_count, argument.output_count);
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t number = bindings.argument_count++;
      if (argument.input_count > 0) bindings.inputs[argument.first_input + i] = number;
      if (argument.output_count > 0) bindings.outputs[argument.first_output + i] = number;
    }
  }
  return bindings;
}

}  // namespace kiln::driver
