#include "sema/typed_type.h"

namespace kiln::sema {

std::string to_string(const TensorType& type) {
  std::string text(name_of(type.element));
  for (size_t axis = 0; axis < type.shape.size(); ++axis)
    text += (axis == 0 ? "[" : ", ") + type.shape[axis].to_string();
  return text + (type.shape.empty() ? "" : "]");
}

std::string to_string(const ValueType& type) {
  if (type.is_tensor) return to_string(type.leaves[0].type);
  std::string text = "(";
  for (const Leaf& leaf : type.leaves)
    text += (text.size() == 1 ? "" : ", ") + leaf.path + ": " + to_string(leaf.type);
  return text + ")";
}

}  // namespace kiln::sema
