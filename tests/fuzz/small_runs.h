#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "elaborate/module.h"
#include "graph/interpret.h"

/// Interpreting what a fuzzer made: only where it is known to be short.
namespace kiln::fuzz {

inline constexpr int64_t most_steps = 200'000;  // evaluations of expressions
inline constexpr int64_t most_bytes = 8 << 20;  // of all values

/// Whether interpreting takes few steps and little memory at these dims. Anything that cannot be told is
/// "no".
bool is_small(const graph::Function& function, const std::map<std::string, int64_t>& dims);

struct SmallCall {
  std::map<std::string, int64_t> dims;
  std::vector<graph::Tensor> inputs;
};

/// Dims in 0..3 and inputs of the types at these dims, from the seed: floats in -2..2 in steps of 1/8,
/// integers in their ranges or -2..3, lengths of ragged axes in 0..3. Nothing where they break a fact of the
/// function or would be large.
std::optional<SmallCall> small_call(const graph::Function& function, uint64_t seed);

/// A number from a seed and a position, well mixed.
uint64_t mixed(uint64_t seed, uint64_t position);

/// Whether two results agree: integers and bools exactly; floats within rounding of what each tensor holds,
/// where none of the two is infinite or NaN.
bool agree(const std::vector<graph::Tensor>& a, const std::vector<graph::Tensor>& b);

}  // namespace kiln::fuzz
