#include "sema/match_dims.h"

#include "sema/ragged.h"

namespace kiln::sema {

void Matcher::match_dim(const dim::Dim& open, const dim::Dim& actual) {
  const auto symbol = open.bare_symbol();
  // One name cannot stand for an extent that differs from row to row.
  const bool is_name = symbol && symbol->front() == '?' && symbol->back() != ']';
  is_ragged_ = is_ragged_ || (is_name && has_axis_reference(actual));
  if (symbol && symbol->front() == '?' && bindings_.dims.emplace(*symbol, actual).second) return;
  kept_.emplace_back(open, actual);
}

bool Matcher::match_shape(const Shape& open, const Shape& actual) {
  size_t pack = open.size();
  for (size_t i = 0; i < open.size(); ++i) {
    if (open[i].is_pack() && open[i].pack.text().front() == '?') pack = i;
  }
  const bool has_pack = pack < open.size();
  if (has_pack ? actual.size() + 1 < open.size() : actual.size() != open.size()) return false;
  const size_t run = has_pack ? actual.size() + 1 - open.size() : 0;
  size_t at = 0;
  for (size_t i = 0; i < open.size(); ++i) {
    if (i == pack) {
      const auto begin = actual.begin() + static_cast<std::ptrdiff_t>(at);
      const Shape axes(begin, begin + static_cast<std::ptrdiff_t>(run));
      const auto [found, is_new] = bindings_.packs.emplace(open[i].pack, axes);
      if (!is_new) kept_packs_.emplace_back(found->second, axes);
      at += run;
      continue;
    }
    const Axis& axis = actual[at++];
    if (open[i].pack != axis.pack) return false;
    if (!open[i].is_pack()) match_dim(open[i].extent, axis.extent);
  }
  return true;
}

bool Matcher::match_element(const Element& open, const Element& actual) {
  if (!actual.is_settled()) return true;  // converted when the types are known
  if (open.kind != Element::Kind::variable || open.variable.text().front() != '?') return open == actual;
  if (!belongs_to(actual, open.element_class)) return false;
  const auto [found, is_new] = bindings_.elements.emplace(open.variable, actual);
  return is_new || found->second == actual;
}

bool Matcher::match_static(const StaticValue& open, const StaticValue& actual) {
  if (open.kind != actual.kind) return false;
  switch (open.kind) {
    case StaticValue::Kind::dim:
    case StaticValue::Kind::boolean: match_dim(open.dim, actual.dim); return true;
    case StaticValue::Kind::string: return open.is_open || open.text == actual.text;
    case StaticValue::Kind::type: return match(*open.type, *actual.type);
    case StaticValue::Kind::function: return true;
  }
  return false;
}

bool Matcher::match(const Type& open, const Type& actual) {
  if (open.kind == Type::Kind::variable && open.variable.text().front() == '?') {
    if (!actual.is_tree() && !actual.is_tensor()) return false;
    const auto [found, is_new] = bindings_.types.emplace(open.variable, actual);
    const SameDim identical = [](const dim::Dim& a, const dim::Dim& b) { return a == b; };
    return is_new || same_type(found->second, actual, identical);
  }
  if (open.kind != actual.kind || !match_shape(open.axes, actual.axes)) return false;
  switch (open.kind) {
    case Type::Kind::tensor:
      return match_element(open.element, actual.element) && match_shape(open.shape, actual.shape);
    case Type::Kind::model: {
      if (open.model->syntax != actual.model->syntax) return false;
      for (size_t i = 0; i < open.model->arguments.size(); ++i) {
        if (!match_static(open.model->arguments[i], actual.model->arguments[i])) return false;
      }
      return true;
    }
    case Type::Kind::array: match_dim(open.count, actual.count); break;
    case Type::Kind::tuple:
      if (open.items.size() != actual.items.size()) return false;
      for (size_t i = 0; i < open.names.size(); ++i) {
        if (!actual.names[i].empty() && open.names[i] != actual.names[i]) return false;
      }
      break;
    case Type::Kind::gradient:
      if (open.pattern != actual.pattern) return false;
      break;
    case Type::Kind::function:
      if (open.items.size() != actual.items.size()) return false;
      break;
    default: return true;
  }
  for (size_t i = 0; i < open.items.size(); ++i) {
    if (!match(open.items[i], actual.items[i])) return false;
  }
  return true;
}

bool Matcher::agrees(const SameDim& same) const {
  for (const auto& [open, actual] : kept_) {
    const dim::Dim expected = open.substitute(bindings_.dims);
    if (!(expected == actual) && !same(expected, actual)) return false;
  }
  for (const auto& [a, b] : kept_packs_) {
    if (!same_shape(a, b, same)) return false;
  }
  return true;
}

}  // namespace kiln::sema
