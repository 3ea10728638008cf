#include "call_values.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "base/internal_check.h"
#include "base/scalar_function.h"
#include "driver/pipeline.h"
#include "graph/derive_dims.h"
#include "safetensors_file.h"
#include "tensor_text.h"

namespace kiln::tools {
namespace {

using elaborate::Argument;
using elaborate::Direction;
using sema::ArgumentKind;

bool is_given_by_user(const Argument& argument) { return argument.direction != Direction::out; }

/// Gives each dim that stands bare in the shape the extent that came; complains where it has another already.
std::string bind_dims(const Argument& argument, const std::vector<int64_t>& extents,
                      std::map<std::string, int64_t>& dims) {
  if (extents.size() != argument.type.shape.size())
    return fmt::format("`{}` is {}, but a tensor of rank {} was given", argument.name, argument.source_type,
                       extents.size());
  for (size_t axis = 0; axis < extents.size(); ++axis)
    if (const auto symbol = argument.type.shape[axis].bare_symbol()) {
      const auto [place, is_new] = dims.emplace(*symbol, extents[axis]);
      if (!is_new && place->second != extents[axis])
        return fmt::format("`{}` is {} with {} = {}, but axis {} has extent {}", argument.name,
                           argument.source_type, *symbol, place->second, axis, extents[axis]);
    }
  return "";
}

std::string shape_of(const Argument& argument, const std::map<std::string, int64_t>& dims,
                     std::vector<int64_t>& extents) {
  for (const dim::Dim& extent : argument.type.shape) {
    const auto value = extent.evaluate(dims);
    if (!value || *value < 0)
      return fmt::format("the shape of `{}`, {}, needs dims that are not known: give them with --dim NAME=N",
                         argument.name, argument.source_type);
    extents.push_back(*value);
  }
  return "";
}

/// The shapes of all tensors, before any memory is taken for them.
std::string shapes_of(const elaborate::Function& function, const CallValues& values, bool random_tensors,
                      std::vector<std::vector<int64_t>>& shapes) {
  double bytes = 0;
  for (size_t i = 0; i < function.arguments.size(); ++i) {
    const Argument& argument = function.arguments[i];
    std::vector<int64_t>& extents = shapes.emplace_back();
    if (argument.kind == ArgumentKind::dim && !values.dims.count(argument.dim))
      return fmt::format("`{0}` is not given: --arg {0}=N", argument.name);
    if (argument.kind != ArgumentKind::tensor) continue;
    if (values.arguments[i].empty() && is_given_by_user(argument) && !random_tensors)
      return fmt::format("`{0}` is not given: --arg {0}=VALUE or --arg {0}=@FILE.npy", argument.name);
    if (std::string problem = shape_of(argument, values.dims, extents); !problem.empty()) return problem;
    double size = static_cast<double>(size_of(argument.type.element));
    for (const int64_t extent : extents) size *= static_cast<double>(extent);
    bytes += size;
  }
  const double memory =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (bytes <= memory) return "";
  return fmt::format("the arguments of `{}` would take {:.3g} GB, this machine has {:.3g} GB", function.name,
                     bytes * 1e-9, memory * 1e-9);
}

/// Small numbers: floats in [-1, 1), integers 0 and 1 (which are right for most labels and tokens).
graph::Tensor random_tensor(ElementType element, std::vector<int64_t> extents, uint64_t key) {
  graph::Tensor tensor(element, std::move(extents));
  for (int64_t i = 0; i < tensor.count(); ++i) {
    const uint32_t bits = philox(key, static_cast<uint64_t>(i));
    const Scalar drawn = is_float(element)
                             ? convert(Scalar::of_real(bits * 0x1p-31 - 1), ElementType::f64, element)
                             : Scalar::of_integer(bits & 1);
    tensor.set(i, drawn);
  }
  return tensor;
}

/// `offsets:[0, 3, 3, 7]` for the lengths of three rows: as the C interface takes them. What is wrong, or
/// nothing.
std::string lengths_of_offsets(const elaborate::Function& function, const Argument& argument,
                               const std::string& text, graph::Tensor& lengths) {
  const bool counts_rows = argument.input_count == 1 &&
                           std::any_of(function.graph.derived.begin(), function.graph.derived.end(),
                                       [&](const graph::DerivedDim& derived) {
                                         return derived.kind != graph::DerivedDim::Kind::value &&
                                                std::find(derived.inputs.begin(), derived.inputs.end(),
                                                          argument.first_input) != derived.inputs.end();
                                       });
  if (!counts_rows || argument.type.shape.size() != 1)
    return fmt::format("only lengths of rows may be offsets, and `{}` is {}", argument.name,
                       argument.source_type);
  auto parsed = parse_tensor(text, ElementType::i64);
  if (const auto* problem = std::get_if<std::string>(&parsed)) return argument.name + ": " + *problem;
  const auto& offsets = std::get<graph::Tensor>(parsed);
  if (offsets.extents.size() != 1 || offsets.extents[0] < 1)
    return fmt::format("`{}`: offsets are a list, one more than there are rows", argument.name);
  lengths = graph::Tensor(ElementType::i32, {offsets.extents[0] - 1});
  for (int64_t row = 0; row < lengths.count(); ++row) {
    int64_t length = 0;
    if (__builtin_sub_overflow(offsets.at(row + 1).integer, offsets.at(row).integer, &length) || length < 0)
      return fmt::format("`{}`[{}] is less than [{}], but offsets never fall", argument.name, row + 1, row);
    if (length > std::numeric_limits<int32_t>::max())
      return fmt::format("`{}`: row {} is longer than {}", argument.name, row,
                         std::numeric_limits<int32_t>::max());
    lengths.set(row, Scalar::of_integer(length));
  }
  return "";
}

/// The dims that lengths among the arguments make; lengths that are not given are drawn.
std::string derive_dims(const elaborate::Function& function, const CallRequest& request, CallValues& values) {
  std::vector<graph::Tensor> inputs(function.graph.inputs.size());
  for (const graph::DerivedDim& derived : function.graph.derived) {
    for (size_t i = 0; i < function.arguments.size(); ++i) {
      const Argument& argument = function.arguments[i];
      const bool is_length = std::any_of(derived.inputs.begin(), derived.inputs.end(), [&](uint32_t input) {
        return argument.input_count == 1 && argument.first_input == input;
      });
      if (!is_length) continue;
      std::vector<graph::Tensor>& leaves = values.arguments[i];
      if (leaves.empty()) {
        if (!request.random_tensors)
          return fmt::format("`{0}` is not given: --arg {0}=VALUE or --arg {0}=@FILE.npy", argument.name);
        std::vector<int64_t> extents;
        if (std::string problem = shape_of(argument, values.dims, extents); !problem.empty()) return problem;
        leaves.push_back(random_tensor(argument.type.element, extents, request.seed + i));
      }
      inputs[argument.first_input] = leaves[0];
    }
  }
  std::map<std::string, int64_t> dims;
  if (const auto failure = graph::derive_dims(function.graph, inputs, dims)) return failure->message;
  for (const auto& [name, value] : dims) {
    const auto [found, is_new] = values.dims.emplace(name, value);
    if (!is_new && found->second != value)
      return fmt::format("the arguments have {} = {}, but the lengths make {}", name, found->second, value);
  }
  return "";
}

std::string make_model(const elaborate::ModelType& model, const std::string* text, uint64_t seed,
                       std::vector<graph::Tensor>& leaves) {
  if (!text) {
    leaves = initial_leaves(model, seed);
    return "";
  }
  if (!text->starts_with("@")) return "a model is given as @FILE.safetensors, not `" + *text + "`";
  return read_safetensors(text->substr(1), model, leaves);
}

}  // namespace

std::vector<graph::Tensor> initial_leaves(const elaborate::ModelType& model, uint64_t seed) {
  CallValues values;
  values.arguments.resize(model.initialiser.arguments.size());
  graph::Tensor rng(ElementType::u64, {2});
  rng.set(0, Scalar::of_integer(static_cast<int64_t>(seed)));
  values.arguments[0].push_back(std::move(rng));
  const std::string problem = call_interpreted(model.initialiser, values);
  internal_check(problem.empty(), "the initialiser of " + model.name + ": " + problem);
  std::vector<graph::Tensor> leaves;
  for (size_t i = 1; i < values.arguments.size(); ++i) leaves.push_back(std::move(values.arguments[i][0]));
  return leaves;
}

std::string unknown_dim(const elaborate::Function& function, const std::map<std::string, int64_t>& dims) {
  std::string known;
  for (const std::string& name : function.graph.dims) known += (known.empty() ? "" : ", ") + name;
  for (const auto& [name, value] : dims)
    if (std::find(function.graph.dims.begin(), function.graph.dims.end(), name) == function.graph.dims.end())
      return "`" + function.name + "` has no dim `" + name + "`; it has " + (known.empty() ? "none" : known);
  return "";
}

std::string make_call_values(const elaborate::Module& module, const elaborate::Function& function,
                             const CallRequest& request, CallValues& values) {
  std::map<std::string, std::string> given;
  for (const auto& [name, text] : request.arguments) {
    const bool exists = std::any_of(function.arguments.begin(), function.arguments.end(),
                                    [&, wanted = name](const Argument& argument) {
                                      return argument.name == wanted && is_given_by_user(argument);
                                    });
    if (!exists) return "`" + function.name + "` has no argument `" + name + "`";
    given[name] = text;
  }
  const auto text_of = [&](const Argument& argument) -> const std::string* {
    const auto found = given.find(argument.name);
    return found == given.end() ? nullptr : &found->second;
  };
  values.dims = request.dims;
  if (std::string problem = unknown_dim(function, request.dims); !problem.empty()) return problem;
  values.arguments.assign(function.arguments.size(), {});

  // What is given first: it binds the dims of the rest.
  for (size_t i = 0; i < function.arguments.size(); ++i) {
    const Argument& argument = function.arguments[i];
    const std::string* text = text_of(argument);
    if (const auto found = request.tensors.find(argument.name); found != request.tensors.end()) {
      if (const std::string problem = bind_dims(argument, found->second.extents, values.dims);
          !problem.empty())
        return problem;
      values.arguments[i].push_back(found->second);
      continue;
    }
    if (!text || argument.kind == ArgumentKind::model) continue;
    constexpr std::string_view offsets_follow = "offsets:";
    if (text->starts_with(offsets_follow)) {
      graph::Tensor lengths;
      std::string problem =
          lengths_of_offsets(function, argument, text->substr(offsets_follow.size()), lengths);
      if (problem.empty()) problem = bind_dims(argument, lengths.extents, values.dims);
      if (!problem.empty()) return problem;
      values.arguments[i].push_back(std::move(lengths));
      continue;
    }
    const bool is_rng = argument.kind == ArgumentKind::rng;
    const bool is_dim = argument.kind == ArgumentKind::dim;
    auto parsed = parse_tensor(*text, is_rng   ? ElementType::u64
                                      : is_dim ? ElementType::i64
                                               : argument.type.element);
    if (const auto* problem = std::get_if<std::string>(&parsed)) return argument.name + ": " + *problem;
    graph::Tensor tensor = std::get<graph::Tensor>(std::move(parsed));
    if (is_dim) {
      if (!tensor.extents.empty()) return "`" + argument.name + "` is a dim: one number";
      values.dims[argument.dim] = tensor.at(0).integer;
      continue;
    }
    if (is_rng && tensor.extents.empty()) {  // a seed
      graph::Tensor rng(ElementType::u64, {2});
      rng.set(0, tensor.at(0));
      tensor = std::move(rng);
    }
    if (const std::string problem = bind_dims(argument, tensor.extents, values.dims); !problem.empty())
      return problem;
    values.arguments[i].push_back(std::move(tensor));
  }
  if (std::string problem = derive_dims(function, request, values); !problem.empty()) return problem;
  std::vector<std::vector<int64_t>> shapes;
  if (std::string problem = shapes_of(function, values, request.random_tensors, shapes); !problem.empty())
    return problem;
  for (size_t i = 0; i < function.arguments.size(); ++i) {
    const Argument& argument = function.arguments[i];
    const uint64_t stream = request.seed + i;
    std::vector<graph::Tensor>& leaves = values.arguments[i];
    if (argument.kind == ArgumentKind::dim) continue;
    if (argument.kind == ArgumentKind::model) {
      const std::string problem =
          make_model(module.models[argument.model], text_of(argument), stream, leaves);
      if (!problem.empty()) return argument.name + ": " + problem;
    } else if (argument.kind == ArgumentKind::rng) {
      if (!leaves.empty()) continue;
      leaves.emplace_back(ElementType::u64, std::vector<int64_t>{2});
      leaves[0].set(0, Scalar::of_integer(static_cast<int64_t>(stream)));
    } else {
      const std::vector<int64_t>& extents = shapes[i];
      if (!leaves.empty()) {
        if (leaves[0].extents != extents)
          return "`" + argument.name + "` is " + argument.source_type +
                 ", but its shape does not fit the other arguments";
      } else if (argument.direction == Direction::out) {
        leaves.emplace_back(argument.type.element, extents);
      } else {
        leaves.push_back(random_tensor(argument.type.element, extents, stream));
      }
    }
  }
  for (const dim::Condition& fact : function.graph.facts)
    if (!fact.evaluate(values.dims).value_or(false))
      return "`" + function.name + "` needs " + fact.to_string() +
             ", which does not hold for these arguments";
  return "";
}

std::string call_interpreted(const elaborate::Function& function, CallValues& values) {
  std::vector<graph::Tensor> inputs(function.graph.inputs.size());
  for (size_t i = 0; i < function.arguments.size(); ++i)
    for (uint32_t leaf = 0; leaf < function.arguments[i].input_count; ++leaf)
      inputs[function.arguments[i].first_input + leaf] = values.arguments[i][leaf];
  const graph::Function prepared = driver::prepare(function, {});
  auto result = graph::interpret(prepared, values.dims, inputs);
  if (const auto* failure = std::get_if<graph::RuntimeFailure>(&result)) return failure->message;
  std::vector<graph::Tensor>& outputs = std::get<std::vector<graph::Tensor>>(result);
  for (size_t i = 0; i < function.arguments.size(); ++i) {
    const Argument& argument = function.arguments[i];
    if (argument.output_count == 0) continue;
    values.arguments[i].resize(argument.output_count);
    for (uint32_t leaf = 0; leaf < argument.output_count; ++leaf)
      values.arguments[i][leaf] = std::move(outputs[argument.first_output + leaf]);
  }
  return "";
}

const elaborate::Function* find_function(const elaborate::Module& module, const std::string& name) {
  for (const elaborate::Function& function : module.functions)
    if (function.name == name) return &function;
  return nullptr;
}

std::string function_names(const elaborate::Module& module) {
  std::string names;
  for (const elaborate::Function& function : module.functions)
    names += (names.empty() ? "" : ", ") + function.name;
  return names;
}

}  // namespace kiln::tools
