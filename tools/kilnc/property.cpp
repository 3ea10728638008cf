#include "property.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "base/scalar_function.h"
#include "graph/derive_dims.h"
#include "tensor_text.h"

namespace kiln::tools {
namespace {

using elaborate::Argument;
using elaborate::Direction;
using sema::ArgumentKind;
using Dims = std::map<std::string, int64_t>;

constexpr int64_t most_elements = 1 << 16;  // of one argument: the interpreter runs them one by one

/// A stream of numbers: philox of a key and a counter, as in the language.
class Draws {
 public:
  explicit Draws(uint64_t key) : key_(key) {}
  uint32_t bits() { return philox(key_, counter_++); }
  uint32_t below(uint32_t limit) { return static_cast<uint32_t>((uint64_t{bits()} * limit) >> 32); }

 private:
  uint64_t key_;
  uint64_t counter_ = 0;
};

/// A key for each of a run of things that belong to a key.
uint64_t key_of(uint64_t key, uint64_t part) {
  return (uint64_t{philox(key, 2 * part)} << 32) | philox(key, 2 * part + 1);
}

/// Sizes worth a try, and the numbers in the `where`s with their neighbours: `H == 28` is never drawn by
/// chance.
std::vector<int64_t> sizes_of(const elaborate::Function& property) {
  std::vector<int64_t> sizes = {0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 11, 16, 17};
  for (const dim::Condition& fact : property.graph.facts) {
    const std::string text = fact.to_string();
    for (size_t i = 0; i < text.size(); ++i) {
      const bool begins =
          std::isdigit(static_cast<unsigned char>(text[i])) &&
          (i == 0 || (!std::isalnum(static_cast<unsigned char>(text[i - 1])) && text[i - 1] != '_'));
      if (!begins) continue;
      const int64_t number = std::strtoll(text.c_str() + i, nullptr, 10);
      for (const int64_t size : {number - 1, number, number + 1, 2 * number})
        if (size > 17 && size < 5000) sizes.push_back(size);
    }
  }
  return sizes;
}

bool suits(const elaborate::Function& property, const Dims& dims) {
  for (const dim::Condition& fact : property.graph.facts)
    if (!fact.evaluate(dims).value_or(false)) return false;
  for (const Argument& argument : property.arguments) {
    if (argument.kind != ArgumentKind::tensor) continue;
    int64_t count = 1;
    for (const dim::Dim& extent : argument.type.shape) {
      const auto value = extent.evaluate(dims);
      if (!value || *value < 0) return false;
      count *= std::min(*value, most_elements + 1);
      if (count > most_elements) return false;
    }
  }
  return true;
}

double draw_real(Draws& draws, uint32_t style) {
  constexpr double corners[] = {0, -0.0, 1, -1, 0.5, -0.5, 2, 1e-6, -1e-6, 1000, -1000};
  const double unit = draws.bits() * 0x1p-31 - 1;
  if (draws.below(8) == 0) return corners[draws.below(std::size(corners))];
  switch (style) {
    case 0: return unit;
    case 1: return std::round(unit * 4);
    case 2: return unit * 30;
    default: return unit * unit * unit * 4;
  }
}

int64_t draw_integer(Draws& draws, ElementType element) {
  const bool is_signed = convert(Scalar::of_integer(-1), ElementType::i64, element).integer < 0;
  // Their ends are 0 and -1 with the top bit in the other state: what saturation gives.
  if (draws.below(16) == 0)
    return convert(Scalar::of_real(draws.below(2) == 0 ? -1e30 : 1e30), ElementType::f64, element).integer;
  const int64_t small = static_cast<int64_t>(draws.below(12));
  return is_signed && draws.below(3) == 0 ? -small : small;
}

graph::Tensor draw_tensor(ElementType element, const std::vector<int64_t>& extents, uint64_t key) {
  Draws draws(key);
  graph::Tensor tensor(element, extents);
  const uint32_t style = draws.below(4);
  const bool is_constant = draws.below(10) == 0;  // all the same: ties
  Scalar value;
  for (int64_t i = 0; i < tensor.count(); ++i) {
    if (i == 0 || !is_constant) {
      if (is_float(element))
        value = convert(Scalar::of_real(draw_real(draws, style)), ElementType::f64, element);
      else if (element == ElementType::boolean)
        value = Scalar::of_integer(draws.below(2));
      else
        value = Scalar::of_integer(draw_integer(draws, element));
    }
    tensor.set(i, value);
  }
  return tensor;
}

std::vector<int64_t> extents_of(const Argument& argument, const Dims& dims) {
  std::vector<int64_t> extents;
  for (const dim::Dim& extent : argument.type.shape) extents.push_back(*extent.evaluate(dims));
  return extents;
}

bool is_derived(const elaborate::Function& property, const std::string& dim) {
  return std::any_of(property.graph.derived.begin(), property.graph.derived.end(),
                     [&](const graph::DerivedDim& derived) { return derived.dim == dim; });
}

/// Whether an argument says the length of axes: these are made of it.
bool gives_lengths(const elaborate::Function& property, const Argument& argument) {
  return argument.input_count == 1 &&
         std::any_of(property.graph.derived.begin(), property.graph.derived.end(),
                     [&](const graph::DerivedDim& derived) {
                       return std::find(derived.inputs.begin(), derived.inputs.end(), argument.first_input) !=
                              derived.inputs.end();
                     });
}

/// The dims that lengths among the arguments make. False if these are no lengths.
bool derive(const elaborate::Function& property, Case& values) {
  std::vector<graph::Tensor> inputs(property.graph.inputs.size());
  for (size_t i = 0; i < property.arguments.size(); ++i) {
    if (gives_lengths(property, property.arguments[i]))
      inputs[property.arguments[i].first_input] = values.arguments[i][0];
  }
  return !graph::derive_dims(property.graph, inputs, values.dims);
}

/// Draws dims, and the lengths that make further ones.
bool draw_sizes(const elaborate::Function& property, Draws& draws, Case& values) {
  const std::vector<int64_t> sizes = sizes_of(property);
  for (int attempt = 0; attempt < 20000; ++attempt) {
    values.dims.clear();
    for (const std::string& name : property.graph.dims)
      if (!is_derived(property, name))
        values.dims[name] = sizes[draws.below(static_cast<uint32_t>(sizes.size()))];
    for (size_t i = 0; i < property.arguments.size(); ++i) {
      const Argument& argument = property.arguments[i];
      if (!gives_lengths(property, argument)) continue;
      graph::Tensor lengths(argument.type.element, extents_of(argument, values.dims));
      for (int64_t at = 0; at < lengths.count(); ++at) lengths.set(at, Scalar::of_integer(draws.below(6)));
      values.arguments[i] = {std::move(lengths)};
    }
    if (derive(property, values) && suits(property, values.dims)) return true;
  }
  return false;
}

/// The tensor at other extents: of an axis whose extent is `dim`, the index `dropped` is left out, of the
/// others what is behind the end. Cells that are new are 0.
graph::Tensor cropped(const graph::Tensor& tensor, const Argument& argument, const Dims& dims,
                      const std::string& dim, int64_t dropped) {
  const std::vector<int64_t> extents = extents_of(argument, dims);
  graph::Tensor result(tensor.element, extents);
  std::vector<int64_t> place(extents.size(), 0);
  for (int64_t flat = 0; flat < result.count(); ++flat) {
    int64_t source = 0, rest = flat;
    bool is_inside = true;
    for (size_t axis = extents.size(); axis-- > 0;) {
      place[axis] = rest % extents[axis];
      rest /= extents[axis];
      if (argument.type.shape[axis].bare_symbol() == dim && place[axis] >= dropped) ++place[axis];
    }
    for (size_t axis = 0; axis < extents.size(); ++axis) {
      is_inside = is_inside && place[axis] < tensor.extents[axis];
      source = source * tensor.extents[axis] + place[axis];
    }
    if (is_inside) result.set(flat, tensor.at(source));
  }
  return result;
}

class Shrinker {
 public:
  Shrinker(const elaborate::Function& property, Case failing, int most_calls,
           const std::function<bool(const Case&)>& fails)
      : property_(property), best_(std::move(failing)), left_(most_calls), fails_(fails) {}

  Case run() {
    while (shrink_dims() && left_ > 0) {
    }
    for (size_t i = 0; i < property_.arguments.size(); ++i)
      if (property_.arguments[i].kind == ArgumentKind::tensor) shrink_tensor(i);
    return std::move(best_);
  }

 private:
  bool take_if_it_fails(Case candidate) {
    if (!property_.graph.derived.empty() && !follow_lengths(candidate)) return false;
    if (left_-- <= 0 || !fails_(candidate)) return false;
    best_ = candidate;
    return true;
  }

  /// What the lengths make, where they may have changed.
  bool follow_lengths(Case& candidate) const {
    if (!derive(property_, candidate) || !suits(property_, candidate.dims)) return false;
    for (size_t i = 0; i < property_.arguments.size(); ++i) {
      const Argument& argument = property_.arguments[i];
      if (argument.kind != ArgumentKind::tensor || gives_lengths(property_, argument)) continue;
      if (candidate.arguments[i][0].extents != extents_of(argument, candidate.dims))
        candidate.arguments[i][0] = cropped(candidate.arguments[i][0], argument, candidate.dims, "", 0);
    }
    return true;
  }

  bool shrink_dims() {
    bool any = false;
    for (const std::string& name : property_.graph.dims) {
      if (is_derived(property_, name)) continue;
      const int64_t size = best_.dims[name];
      for (const int64_t smaller : {int64_t{0}, int64_t{1}, int64_t{2}, size / 2})
        if (smaller < best_.dims[name] && take_size(name, smaller, smaller)) any = true;
      // One index less, each in turn: what makes it fail may be anywhere.
      for (int64_t dropped = best_.dims[name] - 1; dropped >= 0; --dropped)
        if (dropped < best_.dims[name] && take_size(name, best_.dims[name] - 1, dropped)) any = true;
    }
    return any;
  }

  bool take_size(const std::string& name, int64_t size, int64_t dropped) {
    Case candidate = best_;
    candidate.dims[name] = size;
    if (property_.graph.derived.empty() && !suits(property_, candidate.dims)) return false;
    for (size_t i = 0; i < property_.arguments.size(); ++i)
      if (property_.arguments[i].kind == ArgumentKind::tensor)
        candidate.arguments[i][0] =
            cropped(candidate.arguments[i][0], property_.arguments[i], candidate.dims, name, dropped);
    return take_if_it_fails(candidate);
  }

  void shrink_tensor(size_t argument) {
    const graph::Tensor& tensor = best_.arguments[argument][0];
    Case zeros = best_;
    zeros.arguments[argument][0] = graph::Tensor(tensor.element, tensor.extents);
    if (zeros.arguments[argument][0].data != tensor.data && take_if_it_fails(zeros)) return;
    for (int64_t i = 0; i < best_.arguments[argument][0].count() && left_ > 0; ++i) shrink_cell(argument, i);
  }

  void shrink_cell(size_t argument, int64_t cell) {
    const ElementType element = best_.arguments[argument][0].element;
    const Scalar now = best_.arguments[argument][0].at(cell);
    std::vector<Scalar> simpler;
    if (is_float(element)) {
      for (const double value : {0.0, 1.0, -1.0, std::trunc(now.real), std::round(now.real * 8) / 8})
        if (std::abs(value) < std::abs(now.real) || (value != now.real && value == std::trunc(value)))
          simpler.push_back(convert(Scalar::of_real(value), ElementType::f64, element));
    } else {
      for (const int64_t value : {int64_t{0}, int64_t{1}, int64_t{-1}, now.integer / 2})
        if (std::abs(value) < std::abs(now.integer) &&
            convert(Scalar::of_integer(value), ElementType::i64, element).integer == value)
          simpler.push_back(Scalar::of_integer(value));
    }
    for (const Scalar value : simpler) {
      if (is_float(element) ? value.real == now.real : value.integer == now.integer)
        return;  // as simple as it gets
      Case candidate = best_;
      candidate.arguments[argument][0].set(cell, value);
      if (take_if_it_fails(candidate)) return;
    }
  }

  const elaborate::Function& property_;
  Case best_;
  int left_;
  const std::function<bool(const Case&)>& fails_;
};

}  // namespace

std::optional<Case> draw_case(const elaborate::Module& module, const elaborate::Function& property,
                              uint64_t seed, uint64_t number, std::string& problem) {
  const uint64_t key = key_of(seed, number);
  Draws draws(key);
  Case values;
  values.arguments.resize(property.arguments.size());
  if (!draw_sizes(property, draws, values)) {
    problem = "no sizes up to 17 (and near the numbers in its `where`s) were found for which they hold";
    return std::nullopt;
  }
  for (size_t i = 0; i < property.arguments.size(); ++i) {
    const Argument& argument = property.arguments[i];
    std::vector<graph::Tensor>& leaves = values.arguments[i];
    const uint64_t own = key_of(key, i + 1);
    switch (argument.kind) {
      case ArgumentKind::dim: break;
      case ArgumentKind::model: leaves = initial_leaves(module.models[argument.model], own); break;
      case ArgumentKind::rng:
        leaves.emplace_back(ElementType::u64, std::vector<int64_t>{2});
        leaves[0].set(0, Scalar::of_integer(static_cast<int64_t>(own)));
        break;
      case ArgumentKind::tensor:
        if (leaves.empty())  // lengths are there
          leaves.push_back(draw_tensor(argument.type.element, extents_of(argument, values.dims), own));
        break;
    }
  }
  return values;
}

std::set<std::string> places_of_where(const elaborate::Function& property, const SourceFiles& files) {
  // The body of a test begins at the first brace behind its title.
  const size_t body = files[property.span.file].text().find('{', property.span.end);
  std::set<std::string> places;
  for (const graph::Node& node : property.graph.nodes) {
    const auto* check = std::get_if<graph::Check>(&node.op);
    if (check != nullptr && node.span.file == property.span.file && node.span.begin >= property.span.end &&
        node.span.begin < body)
      places.insert(check->place);
  }
  return places;
}

Case shrink_case(const elaborate::Function& property, Case failing, int most_calls,
                 const std::function<bool(const Case&)>& fails) {
  return Shrinker(property, std::move(failing), most_calls, fails).run();
}

std::string case_text(const elaborate::Module& module, const elaborate::Function& property,
                      const Case& values) {
  std::string text;
  for (const auto& [name, size] : values.dims) {
    if (is_derived(property, name)) continue;  // the lengths stand below
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, size);
  }
  for (size_t i = 0; i < property.arguments.size(); ++i) {
    const Argument& argument = property.arguments[i];
    if (argument.direction == Direction::out || argument.kind == ArgumentKind::dim) continue;
    if (!text.empty()) text += "\n";
    const std::vector<graph::Tensor>& leaves = values.arguments[i];
    if (argument.kind == ArgumentKind::model)
      text += fmt::format("{} = {}.init(…)", argument.name, module.models[argument.model].name);
    else if (argument.kind == ArgumentKind::rng)
      text += fmt::format("{} = Rng({})", argument.name, static_cast<uint64_t>(leaves[0].at(0).integer));
    else
      text += fmt::format("{}: {} = {}", argument.name, argument.source_type, tensor_text(leaves[0]));
  }
  return text;
}

}  // namespace kiln::tools
