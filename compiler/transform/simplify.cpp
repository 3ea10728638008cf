#include "transform/simplify.h"

#include "transform/copy_function.h"
#include "transform/place_range.h"
#include "transform/simplify_compute.h"
#include "transform/views.h"

namespace kiln::transform {

using graph::Compute;
using graph::Function;
using graph::ValueId;

Function simplify(const Function& function) {
  Function result = without_nodes(function);
  FunctionCopy copy(function, result);
  Views views(result, copy.folder());
  copy.set_read_rule([&](ValueId value, const std::vector<graph::ExprId>& subscripts) {
    return views.read(copy.at(value), subscripts);
  });
  for (const graph::Node& node : function.nodes) {
    const auto* compute = std::get_if<Compute>(&node.op);
    if (compute == nullptr) {
      copy.copy(node, simplify);
      continue;
    }
    const std::vector<dim::Dim>& shape = function.type_of(node.results[0]).shape;
    const Compute simple = simplify_compute(result, copy.folder(), copy.compute(*compute), shape);
    const auto range = place_range(result, copy.folder(), simple);
    const ValueId value = copy.builder().compute(simple, shape, "", node.span);
    result.values[value.number].range = range;
    copy.set(node.results[0], value);
    copy.describe(node.results[0], value);
    views.add(value, simple);
  }
  copy.copy_outputs();
  return result;
}

}  // namespace kiln::transform
