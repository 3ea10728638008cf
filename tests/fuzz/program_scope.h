#pragma once

#include <string>
#include <vector>

namespace kiln::fuzz {

/// What the generator of programs knows of the names in scope.
struct TensorType {
  std::string element;
  std::vector<std::string> shape;  // extents as written

  std::string text() const {
    std::string all = element;
    for (size_t i = 0; i < shape.size(); ++i) all += (i == 0 ? "[" : ", ") + shape[i];
    return shape.empty() ? all : all + "]";
  }
  bool is_float() const { return element[0] == 'f' || element == "bf16"; }
  friend bool operator==(const TensorType&, const TensorType&) = default;
};

struct Variable {
  std::string name;
  TensorType type;
  bool can_change = false;
};

struct IndexInScope {
  std::string name, extent;
};

struct HelperFunction {
  std::string name;
  std::vector<std::string> dims;
  std::vector<TensorType> parameters;
  TensorType result;
};

struct Scope {
  std::vector<std::string> dims;  // symbols
  std::vector<Variable> variables;
  std::vector<IndexInScope> indices;
  std::vector<std::string> counters;  // i32 values
  bool may_change = true;             // outside comprehensions
};

}  // namespace kiln::fuzz
