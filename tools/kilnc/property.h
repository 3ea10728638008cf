#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "call_values.h"

namespace kiln::tools {

/// One choice of dims and arguments for `test "…" for …`: what a property is tried on.
using Case = CallValues;

/// Draws the case of a number. The sizes are 0, 1, small primes, powers of two and what the `where`s name;
/// all `where`s hold. Numbers are small for the most part, some are corners: 0, -0, 1, -1, for integers also
/// the ends of their type; never infinite and no NaN. The same module, seed and number give the same case.
/// Nothing: `problem` says why no sizes were found, or what kind of argument cannot be drawn.
std::optional<Case> draw_case(const elaborate::Module& module, const elaborate::Function& property,
                              uint64_t seed, uint64_t number, std::string& problem);

/// A smaller case for which `fails` still holds: smaller dims first, then numbers that are 0, 1 or rounder.
/// `fails` is asked at most `most_calls` times.
Case shrink_case(const elaborate::Function& property, Case failing, int most_calls,
                 const std::function<bool(const Case&)>& fails);

/// "N = 2, M = 0", and a line for each argument.
std::string case_text(const elaborate::Module& module, const elaborate::Function& property,
                      const Case& values);

}  // namespace kiln::tools
