#pragma once

#include "harness.h"

namespace kiln::transform {

/// "X + 2", "X - 3": a dim and a number as the text form takes them.
std::string plus(const std::string& dim, int number);

/// The cases of derivatives.md section 9, by what they exercise.
std::vector<DerivativeCase> contraction_cases();
std::vector<DerivativeCase> network_cases();
std::vector<DerivativeCase> reading_cases();
std::vector<DerivativeCase> reducer_cases();
std::vector<DerivativeCase> loop_cases();

}  // namespace kiln::transform
