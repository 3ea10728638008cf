#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "graph/graph.h"

namespace kiln::graph {

/// A tensor in memory: row-major, constant extents.
struct Tensor {
  ElementType element = ElementType::f32;
  std::vector<int64_t> extents;
  std::vector<std::byte> data;

  Tensor() = default;
  Tensor(ElementType element_type, std::vector<int64_t> tensor_extents);  // zeros
  int64_t count() const;
  Scalar at(int64_t flat) const { return load(data.data() + flat * size_of(element), element); }
  void set(int64_t flat, Scalar value) { store(data.data() + flat * size_of(element), element, value); }
};

struct RuntimeFailure {
  std::string message;  // of a check, worded as the runtime does
};

/// Runs a function as its definition says, point by point: the oracle for all compiled code. Sums of f32, f16
/// and bf16 accumulate in f64 and are rounded once. `dims` gives every symbol a value but those that are
/// derived from the inputs, which are checked against their types. `Derivative` nodes must have been
/// expanded. Reads outside a tensor are an internal error.
std::variant<std::vector<Tensor>, RuntimeFailure> interpret(const Function& function,
                                                            const std::map<std::string, int64_t>& dims,
                                                            const std::vector<Tensor>& inputs);

}  // namespace kiln::graph
