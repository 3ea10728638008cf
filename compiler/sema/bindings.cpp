#include "sema/bindings.h"

namespace kiln::sema {

Shape substitute(const Shape& shape, const Bindings& bindings) {
  Shape result;
  for (const Axis& axis : shape) {
    if (!axis.is_pack()) {
      result.push_back({axis.extent.substitute(bindings.dims), {}, axis.is_ragged});
    } else if (const auto found = bindings.packs.find(axis.pack); found != bindings.packs.end()) {
      result.insert(result.end(), found->second.begin(), found->second.end());
    } else {
      result.push_back(axis);
    }
  }
  return result;
}

StaticValue substitute(const StaticValue& value, const Bindings& bindings) {
  StaticValue result = value;
  if (value.kind == StaticValue::Kind::dim || value.kind == StaticValue::Kind::boolean) {
    result.dim = value.dim.substitute(bindings.dims);
  }
  if (value.type) result.type = std::make_shared<const Type>(substitute(*value.type, bindings));
  return result;
}

Type substitute(const Type& type, const Bindings& bindings) {
  if (type.kind == Type::Kind::variable) {
    const auto found = bindings.types.find(type.variable);
    return found == bindings.types.end() ? type : found->second;
  }
  Type result = type;
  if (type.kind == Type::Kind::tensor) {
    result.shape = substitute(type.shape, bindings);
    if (type.element.kind == Element::Kind::variable) {
      const auto found = bindings.elements.find(type.element.variable);
      if (found != bindings.elements.end()) result.element = found->second;
    }
  }
  result.axes = substitute(type.axes, bindings);
  for (Type& item : result.items) item = substitute(item, bindings);
  if (type.kind == Type::Kind::array) result.count = type.count.substitute(bindings.dims);
  if (type.model) {
    auto model = std::make_shared<ModelApplication>(*type.model);
    for (StaticValue& argument : model->arguments) argument = substitute(argument, bindings);
    result.model = std::move(model);
  }
  return result;
}

}  // namespace kiln::sema
