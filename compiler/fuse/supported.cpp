#include "fuse/supported.h"

#include <algorithm>

namespace kiln::fuse {

namespace {

/// Whether a value, or what a compute runs over, grows with a dim: then so may the memory of a kernel.
bool has_sizes_of(const graph::Function& function, const std::string& dim) {
  const auto mentions = [&](const dim::Dim& extent) { return extent.symbols().contains(dim); };
  for (const graph::Value& value : function.values)
    if (std::any_of(value.type.shape.begin(), value.type.shape.end(), mentions)) return true;
  for (const graph::Node& node : function.nodes) {
    if (const auto* compute = std::get_if<graph::Compute>(&node.op))
      for (const graph::Index& index : compute->domain)
        if (mentions(index.extent)) return true;
    if (const auto* loop = std::get_if<graph::Loop>(&node.op))
      if ((loop->limit && mentions(*loop->limit)) || has_sizes_of(*loop->body, dim)) return true;
  }
  return false;
}

}  // namespace

std::optional<Unsupported> first_unsupported(const graph::Function& function) {
  for (const graph::Node& node : function.nodes) {
    if (const auto* loop = std::get_if<graph::Loop>(&node.op)) {
      if (auto inside = first_unsupported(*loop->body)) return inside;
      if (!loop->limit && has_sizes_of(*loop->body, loop->counter))
        return Unsupported{"sizes that grow with the rounds of a loop without a limit (`max N`)", node.span};
    }
    for (const graph::ValueId result : node.results) {
      const ElementTypeRow& element = row_of(function.type_of(result).element);
      if (element.storage_only)
        return Unsupported{"elements of type " + std::string(element.name), node.span};
    }
  }
  return std::nullopt;
}

}  // namespace kiln::fuse
