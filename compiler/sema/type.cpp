#include "sema/type.h"

#include <algorithm>

namespace kiln::sema {

bool operator==(const Element& a, const Element& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == Element::Kind::known) return a.type == b.type;
  return a.kind != Element::Kind::variable || a.variable == b.variable;
}

namespace {

bool class_holds(ElementClass outer, ElementClass inner) {
  return outer == ElementClass::element || outer == inner ||
         (outer == ElementClass::number && inner != ElementClass::element);
}

bool known_belongs_to(ElementType type, ElementClass element_class) {
  if (element_class == ElementClass::element) return true;
  if (row_of(type).storage_only) return false;
  if (element_class == ElementClass::floating) return is_float(type);
  if (element_class == ElementClass::integer) return is_integer(type);
  return is_number(type);
}

}  // namespace

bool belongs_to(const Element& element, ElementClass element_class) {
  switch (element.kind) {
    case Element::Kind::known: return known_belongs_to(element.type, element_class);
    case Element::Kind::variable: return class_holds(element_class, element.element_class);
    case Element::Kind::loose: return element_class != ElementClass::floating;
    case Element::Kind::constant_integer: return true;
    case Element::Kind::constant_real: return element_class != ElementClass::integer;
  }
  return false;
}

Element settled(const Element& element) {
  if (element.is_settled()) return element;
  return Element::of(element.kind == Element::Kind::constant_real ? ElementType::f32 : ElementType::i32);
}

std::optional<ElementClass> element_class_named(std::string_view name) {
  if (name == "float") return ElementClass::floating;
  if (name == "int") return ElementClass::integer;
  if (name == "number") return ElementClass::number;
  if (name == "element") return ElementClass::element;
  return std::nullopt;
}

StaticValue StaticValue::of_type(Type type) {
  return {Kind::type, {}, {}, false, std::make_shared<const Type>(std::move(type)), {}};
}

Type Type::tensor(Element element, Shape shape) {
  Type type = of(Kind::tensor);
  type.element = std::move(element);
  type.shape = std::move(shape);
  return type;
}

Type Type::tuple(std::vector<Type> items, std::vector<std::string> names) {
  Type type = of(Kind::tuple);
  names.resize(items.size());
  type.items = std::move(items);
  type.names = std::move(names);
  return type;
}

Type Type::array(Type item, dim::Dim count) {
  Type type = of(Kind::array);
  type.items.push_back(std::move(item));
  type.count = std::move(count);
  return type;
}

Type Type::gradient(Type of_type, std::string pattern) {
  Type type = of(Kind::gradient);
  type.items.push_back(std::move(of_type));
  type.pattern = std::move(pattern);
  return type;
}

bool Type::is_tree() const {
  switch (kind) {
    case Kind::tuple:
    case Kind::model:
    case Kind::array:
    case Kind::gradient:
    case Kind::variable: return true;
    default: return false;
  }
}

std::vector<dim::Dim> extents_of(const Shape& shape) {
  std::vector<dim::Dim> extents;
  for (const Axis& axis : shape) {
    if (!axis.is_pack()) extents.push_back(axis.extent);
  }
  return extents;
}

Shape shape_of(const std::vector<dim::Dim>& extents) {
  Shape shape;
  for (const dim::Dim& extent : extents) {
    bool is_ragged = false;
    for (const std::string& symbol : extent.symbols())
      is_ragged = is_ragged || symbol.find('$') != std::string::npos;
    shape.push_back({extent, {}, is_ragged});
  }
  return shape;
}

bool same_shape(const Shape& a, const Shape& b, const SameDim& same) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](const Axis& x, const Axis& y) {
           return x.pack == y.pack && (x.is_pack() || x.extent == y.extent || same(x.extent, y.extent));
         });
}

namespace {

bool same_static(const StaticValue& a, const StaticValue& b, const SameDim& same) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case StaticValue::Kind::dim:
    case StaticValue::Kind::boolean: return a.dim == b.dim || same(a.dim, b.dim);
    case StaticValue::Kind::string: return a.is_open == b.is_open && a.text == b.text;
    case StaticValue::Kind::type: return same_type(*a.type, *b.type, same);
    case StaticValue::Kind::function: return a.function == b.function;
  }
  return false;
}

bool same_model(const ModelApplication& a, const ModelApplication& b, const SameDim& same) {
  return a.syntax == b.syntax && a.arguments.size() == b.arguments.size() &&
         std::equal(a.arguments.begin(), a.arguments.end(), b.arguments.begin(),
                    [&](const StaticValue& x, const StaticValue& y) { return same_static(x, y, same); });
}

}  // namespace

bool same_type(const Type& a, const Type& b, const SameDim& same) {
  if (a.kind != b.kind || !same_shape(a.axes, b.axes, same)) return false;
  const auto same_items = [&] {
    return a.items.size() == b.items.size() &&
           std::equal(a.items.begin(), a.items.end(), b.items.begin(),
                      [&](const Type& x, const Type& y) { return same_type(x, y, same); });
  };
  switch (a.kind) {
    case Type::Kind::tensor: return a.element == b.element && same_shape(a.shape, b.shape, same);
    case Type::Kind::tuple: return same_items() && a.names == b.names;
    case Type::Kind::function: return same_items();
    case Type::Kind::model: return same_model(*a.model, *b.model, same);
    case Type::Kind::array: return same_items() && (a.count == b.count || same(a.count, b.count));
    case Type::Kind::gradient: return same_items() && a.pattern == b.pattern;
    case Type::Kind::variable: return a.variable == b.variable;
    default: return true;
  }
}

}  // namespace kiln::sema
