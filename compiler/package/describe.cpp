#include "package/describe.h"

#include <nlohmann/json.hpp>

#include "graph/derive_dims.h"

namespace kiln::package {
namespace {

using json = nlohmann::ordered_json;

json extent(const dim::Dim& dim) {
  if (const std::optional<int64_t> constant = dim.constant()) return *constant;
  return dim.to_string();
}

json shape(const std::vector<dim::Dim>& dims) {
  json list = json::array();
  for (const dim::Dim& dim : dims) list.push_back(extent(dim));
  return list;
}

const char* kind_of(const elaborate::Argument& argument) {
  switch (argument.kind) {
    case sema::ArgumentKind::tensor: return argument.type.shape.empty() ? "scalar" : "tensor";
    case sema::ArgumentKind::model: return "model";
    case sema::ArgumentKind::rng: return "rng";
    case sema::ArgumentKind::dim: return "dim";
  }
  return "";
}

const char* direction_of(const elaborate::Argument& argument) {
  switch (argument.direction) {
    case elaborate::Direction::in: return "in";
    case elaborate::Direction::inout: return "inout";
    case elaborate::Direction::out: return "out";
  }
  return "";
}

json describe(const elaborate::Argument& argument, const elaborate::Module& module) {
  json row = {{"name", argument.name}, {"kind", kind_of(argument)}, {"direction", direction_of(argument)}};
  if (argument.kind == sema::ArgumentKind::model) row["model"] = module.models[argument.model].name;
  if (argument.kind == sema::ArgumentKind::dim) row["dim"] = argument.dim;
  if (argument.kind == sema::ArgumentKind::tensor) {
    row["element"] = name_of(argument.type.element);
    row["shape"] = shape(argument.type.shape);
  }
  row["type"] = argument.source_type;
  row["documentation"] = argument.documentation;
  return row;
}

}  // namespace

std::string describe(const elaborate::Module& module, const std::string& name) {
  json document = {{"kiln", {{"version", KILN_VERSION}, {"abi", 1}}},
                   {"name", name},
                   {"documentation", module.documentation},
                   {"models", json::array()},
                   {"functions", json::array()}};
  for (const elaborate::ModelType& model : module.models) {
    json leaves = json::array();
    for (const sema::Leaf& leaf : model.leaves)
      leaves.push_back({{"path", leaf.path},
                        {"role", leaf.role == sema::LeafRole::state ? "state" : "param"},
                        {"element", name_of(leaf.type.element)},
                        {"shape", shape(leaf.type.shape)}});
    document["models"].push_back(
        {{"name", model.name}, {"documentation", model.documentation}, {"leaves", std::move(leaves)}});
  }
  for (const elaborate::Function& function : module.functions) {
    json conditions = json::array();
    for (const dim::Condition& fact : function.graph.facts) conditions.push_back(fact.to_string());
    json arguments = json::array();
    for (const elaborate::Argument& argument : function.arguments)
      arguments.push_back(describe(argument, module));
    json derived = json::object();
    for (const graph::DerivedDim& dim : function.graph.derived) {
      json of = json::array();
      for (const uint32_t input : dim.inputs) of.push_back(function.graph[function.graph.inputs[input]].name);
      derived[dim.dim] = {{std::string(graph::name_of(dim.kind)), std::move(of)}};
    }
    json row = {{"name", function.name},
                {"documentation", function.documentation},
                {"dims", function.graph.dims},
                {"where", std::move(conditions)},
                {"arguments", std::move(arguments)}};
    if (!derived.empty()) row["derived"] = std::move(derived);  // dims that are computed from data
    document["functions"].push_back(std::move(row));
  }
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace kiln::package
