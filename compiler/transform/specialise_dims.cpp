#include "transform/specialise_dims.h"

#include <algorithm>

#include "transform/copy_function.h"

namespace kiln::transform {

using dim::Dim;
using graph::Function;

Function specialise_dims(const Function& function, const std::map<std::string, int64_t>& values) {
  std::map<std::string, Dim> dims;
  for (const auto& [name, value] : values) dims.emplace(name, Dim(value));
  for (const graph::DerivedDim& derived : function.derived) dims.erase(derived.dim);  // data tells them
  return substitute_dims(function, dims);
}

Function substitute_dims(const Function& function, const std::map<std::string, Dim>& values) {
  Function result;
  result.name = function.name;
  for (const std::string& name : function.dims) {
    if (!values.contains(name)) result.dims.push_back(name);
  }
  for (const auto& [name, value] : values) {  // what stands for a dim of the function is of dims too
    if (std::find(function.dims.begin(), function.dims.end(), name) == function.dims.end()) continue;
    for (const std::string& symbol : value.symbols())
      if (std::find(result.dims.begin(), result.dims.end(), symbol) == result.dims.end())
        result.dims.push_back(symbol);
  }
  for (const dim::Condition& fact : function.facts) {
    dim::Condition substituted = fact.substitute(values);
    if (substituted.evaluate({}) != true) result.facts.push_back(std::move(substituted));
  }
  for (const graph::DerivedDim& derived : function.derived) {
    if (!values.contains(derived.dim)) result.derived.push_back(derived);
  }
  FunctionCopy copy(function, result, values);
  for (const graph::Node& node : function.nodes) copy.copy(node);
  copy.copy_outputs();
  return result;
}

}  // namespace kiln::transform
