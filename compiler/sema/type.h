#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/element_type.h"
#include "base/shared.h"
#include "dim/dim.h"
#include "sema/typed_type.h"
#include "syntax/ast.h"

/// The types that the checker works with. They are richer than the leaves of typed_type.h: elements may be
/// open, shapes may hold packs, constants and indices have no element type yet.
namespace kiln::sema {

struct Module;
struct StaticFunction;

enum class ElementClass : uint8_t { element, number, integer, floating };

/// What stands in the cells of a tensor.
struct Element {
  enum class Kind : uint8_t {
    known,
    variable,          // a generic `T: float`
    loose,             // made of dims and indices: becomes the i32 or i64 that it meets
    constant_integer,  // made of literals: becomes the number type that it meets
    constant_real,     // the same, with a fraction: becomes the float type that it meets
  };
  Kind kind = Kind::known;
  ElementType type = ElementType::f32;
  SharedText variable;
  ElementClass element_class = ElementClass::element;

  static Element of(ElementType type) { return {Kind::known, type, {}, {}}; }
  static Element of_kind(Kind kind) { return {kind, ElementType::i32, {}, {}}; }
  static Element open(std::string name, ElementClass element_class) {
    return {Kind::variable, ElementType::f32, std::move(name), element_class};
  }
  bool is_constant() const { return kind == Kind::constant_integer || kind == Kind::constant_real; }
  bool is_loose() const { return kind == Kind::loose; }
  bool is_settled() const { return kind == Kind::known || kind == Kind::variable; }
  friend bool operator==(const Element& a, const Element& b);
};

bool belongs_to(const Element& element, ElementClass element_class);
inline bool is_floating(const Element& element) { return belongs_to(element, ElementClass::floating); }
inline bool is_integral(const Element& element) { return belongs_to(element, ElementClass::integer); }
inline bool is_boolean(const Element& element) {
  return element.kind == Element::Kind::known && element.type == ElementType::boolean;
}
/// i32 for integers, f32 for constants with a fraction; others as they are.
Element settled(const Element& element);
std::optional<ElementClass> element_class_named(std::string_view name);

/// One axis, or (while a generic body is checked) an opaque run of axes.
struct Axis {
  dim::Dim extent;
  SharedText pack;
  bool is_ragged = false;  // the extent depends on the index of an axis before (ragged.h)

  bool is_pack() const { return !pack.empty(); }
  friend bool operator==(const Axis&, const Axis&) = default;
};
using Shape = std::vector<Axis>;

struct Type;

/// The value of a static parameter.
struct StaticValue {
  enum class Kind : uint8_t { dim, boolean, string, type, function };
  Kind kind = Kind::dim;
  dim::Dim dim;          // boolean: 0, 1, or a symbol that is one of them
  std::string text;      // of a string
  bool is_open = false;  // a string that is not known
  std::shared_ptr<const Type> type;
  std::shared_ptr<const StaticFunction> function;

  static StaticValue of_dim(dim::Dim value) { return {Kind::dim, std::move(value), {}, false, {}, {}}; }
  static StaticValue of_boolean(dim::Dim value) {
    return {Kind::boolean, std::move(value), {}, false, {}, {}};
  }
  static StaticValue of_string(std::string text) {
    return {Kind::string, {}, std::move(text), false, {}, {}};
  }
  static StaticValue of_type(Type type);
  static StaticValue of_function(std::shared_ptr<const StaticFunction> function) {
    return {Kind::function, {}, {}, false, {}, std::move(function)};
  }
};

/// A model with its static arguments, one for each parameter.
struct ModelApplication {
  const Module* module = nullptr;
  const syntax::Model* syntax = nullptr;
  std::vector<StaticValue> arguments;
};

struct Type {
  enum class Kind : uint8_t {
    error,    // a mistake was reported: says nothing more
    nothing,  // of a call without results
    tensor,
    string,
    tuple,
    model,
    array,     // of models; `items[0]`, `count` of them
    gradient,  // of the model or array `items[0]`, its leaves that `pattern` chooses
    rng,
    function,  // parameters, then the result
    variable,  // a generic `G: tree`
    dim,       // only of parameters
  };
  Kind kind = Kind::error;
  Element element;
  Shape shape;
  Shape axes;  // of models, arrays and gradients that a comprehension made: in front of each of their tensors
  std::vector<Type> items;
  std::vector<std::string> names;  // of tuple fields: empty where there is none
  std::shared_ptr<const ModelApplication> model;
  SharedText pattern;  // of a gradient: "*" for all leaves
  dim::Dim count;
  SharedText variable;

  static Type error() { return {}; }
  static Type of(Kind kind) {
    Type type;
    type.kind = kind;
    return type;
  }
  static Type tensor(Element element, Shape shape = {});
  static Type scalar(ElementType element) { return tensor(Element::of(element)); }
  static Type tuple(std::vector<Type> items, std::vector<std::string> names = {});
  static Type array(Type item, dim::Dim count);
  static Type gradient(Type of, std::string pattern);

  bool failed() const { return kind == Kind::error; }
  bool is_tensor() const { return kind == Kind::tensor; }
  bool is_scalar() const { return kind == Kind::tensor && shape.empty(); }
  /// What `+`, `*` and gradients take apart leaf by leaf.
  bool is_tree() const;
  /// The axes that subscripts speak of: a tensor's, or those that a comprehension put in front of a tree.
  const Shape& subscripted() const { return is_tensor() ? shape : axes; }
};

/// As the user would write it: "f32[B, 28]", "Mlp(784, 512, 10)".
std::string to_string(const Element& element);
std::string to_string(const Shape& shape);
std::string to_string(const Type& type);
/// The same in a sentence: "f32[B]", "an integer constant", "an array [3] of integer constants".
std::string described(const Type& type);
/// "this is f32[B]", "this is an integer": for labels.
std::string this_is(const Type& type);
std::string to_string(const StaticValue& value);
/// A polynomial without the marks that tell equal names apart.
std::string to_string(const dim::Dim& dim);
std::string to_string(const dim::Condition& condition);
std::string without_marks(const std::string& text);

/// The same for tables: different types have different keys.
std::string key_of(const Type& type);
std::string key_of(const StaticValue& value);
std::string key_of(const ModelApplication& model);

/// Extents without the packs; a pack counts as nothing.
std::vector<dim::Dim> extents_of(const Shape& shape);
Shape shape_of(const std::vector<dim::Dim>& extents);

using SameDim = std::function<bool(const dim::Dim&, const dim::Dim&)>;
bool same_shape(const Shape& a, const Shape& b, const SameDim& same);
/// Structural; models by declaration and arguments.
bool same_type(const Type& a, const Type& b, const SameDim& same);

}  // namespace kiln::sema
