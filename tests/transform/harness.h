#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "graph/interpret.h"
#include "graph/text.h"

namespace kiln::transform {

using Dims = std::map<std::string, int64_t>;
using Tensors = std::vector<graph::Tensor>;

/// Reads and verifies a function; ends the program where the text is wrong.
graph::Function parse(std::string_view text);
/// The printed form, after verifying.
std::string printed(const graph::Function& function);
/// simplify, share_subexpressions, remove_dead, each verified.
graph::Function tidied(const graph::Function& function);
Tensors run(const graph::Function& function, const Dims& dims, const Tensors& inputs);
size_t count_computes(const graph::Function& function);

/// Random inputs of the function's types: floats in low..high, integers in their ranges. The same seed gives
/// the same numbers.
Tensors random_inputs(const graph::Function& function, const Dims& dims, int seed, double low = -1.5,
                      double high = 1.5);

/// A function of f64 outputs whose first `wrt` inputs are differentiated.
struct DerivativeCase {
  std::string name;
  uint32_t wrt = 1;
  Dims dims;
  std::string text;
  double low = -1.5, high = 1.5;  // of the float inputs
};

/// Holds reverse against forward mode, both against central differences, and the second derivatives (reverse
/// over reverse, forward over reverse, reverse over forward) against each other and against differences of
/// the first; then all of them simplified against unsimplified.
void check_derivatives(const DerivativeCase& test);

}  // namespace kiln::transform
