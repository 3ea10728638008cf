#pragma once

#include <map>
#include <string>

#include "graph/graph.h"

namespace kiln::transform {

/// Puts constants in the place of dims, in every type, expression, range and fact:
///   function f(B, N) { input %x: f32[B, N] … }   with B = 64   ->   function f(N) { input %x: f32[64, N] … }
/// It stands before simplification, which then folds what the constants decide. Facts that the constants make
/// true are dropped; one that they make false stays, for the check at the call.
graph::Function specialise_dims(const graph::Function& function,
                                const std::map<std::string, int64_t>& values);

/// The same with any dim expressions; their symbols must be dims of the result.
graph::Function substitute_dims(const graph::Function& function,
                                const std::map<std::string, dim::Dim>& values);

}  // namespace kiln::transform
