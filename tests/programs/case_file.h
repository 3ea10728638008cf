#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "elaborate/module.h"
#include "graph/interpret.h"

namespace kiln::tests {

/// A tensor of a case file: `{"shape": […], "values": […]}` (row-major; "nan", "inf", "-inf" as text), or
/// `{"shape": […], "salt": n, "scale": s}` and `{"shape": […], "salt": n, "below": k}`, filled as
/// tests/golden/golden_values.h does; or a number alone. `"every": n` says that only every n-th element is
/// recorded.
struct RecordedTensor {
  std::vector<int64_t> shape;
  std::vector<double> values;
  int64_t every = 1;
};

/// Tensors by name. Of a model: "m.fc1.weight".
using RecordedTensors = std::map<std::string, RecordedTensor>;

/// A step that is repeated by the compiled code alone, each time on what the one before changed: at the end
/// `result` must be less than `factor` times what it was at first.
struct Training {
  std::string result;
  int rounds = 0;
  double factor = 1;
};

/// One call of an exported function.
struct Case {
  std::string name;
  std::string function;
  std::map<std::string, int64_t> dims;  // those that no argument says
  RecordedTensors arguments;            // model leaves that are not given come from the initialiser
  RecordedTensors results;              // expected; also of inout arguments
  std::optional<std::string> fails;     // part of the message, where the call must end with a status
  std::optional<Training> training;
  bool only_recorded =
      false;  // results that are not recorded may differ, as gradients of deep networks in bf16 do
  std::vector<std::string> unchecked;  // results that are noise: a step of Adam where the gradient is 0
  std::vector<int> threads = {3};      // with which it is called besides one
  double tolerance = 0;                // relative to the largest expected element; 0: by the element type
};

/// The cases of a .json beside a program. Throws what nlohmann-json throws.
std::vector<Case> read_cases(const std::filesystem::path& file);

/// As a tensor of the element type.
graph::Tensor to_tensor(const RecordedTensor& recorded, ElementType element);

}  // namespace kiln::tests
