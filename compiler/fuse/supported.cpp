#include "fuse/supported.h"

namespace kiln::fuse {

std::optional<Unsupported> first_unsupported(const graph::Function& function) {
  for (const graph::Node& node : function.nodes) {
    if (std::holds_alternative<graph::Loop>(node.op))
      return Unsupported{"loops whose rounds are not known", node.span};
    for (const graph::ValueId result : node.results) {
      const ElementTypeRow& element = row_of(function.type_of(result).element);
      if (element.storage_only)
        return Unsupported{"elements of type " + std::string(element.name), node.span};
    }
  }
  return std::nullopt;
}

}  // namespace kiln::fuse
