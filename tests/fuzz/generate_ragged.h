#pragma once

#include <string>

#include "choices.h"
#include "generate_expressions.h"

namespace kiln::fuzz {

/// An exported function over tensors whose rows differ in length, and a function of one row that it calls:
/// rows elementwise, reduced, multiplied with weights, shifted, cut, handed on by loops, differentiated.
std::string generate_ragged_function(Choices& choices, ExpressionGenerator& expressions);

}  // namespace kiln::fuzz
