#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "call_values.h"
#include "source/source_file.h"

namespace kiln::tools {

/// One choice of dims and arguments for `test "…" for …`: what a property is tried on.
using Case = CallValues;

/// Draws the case of a number. The sizes are 0, 1, small primes, powers of two and what the `where`s name;
/// all `where`s about sizes hold. Numbers are small for the most part, some are corners: 0, -0, 1, -1, for
/// integers also the ends of their type; never infinite and no NaN. The same module, seed and number give the
/// same case. Nothing: `problem` says why no sizes were found, or what kind of argument cannot be drawn.
std::optional<Case> draw_case(const elaborate::Module& module, const elaborate::Function& property,
                              uint64_t seed, uint64_t number, std::string& problem);

/// Where the checks of the `where`s stand that speak of values: "a.model:3:40", as the messages of failed
/// checks begin. A case that fails there is none.
std::set<std::string> places_of_where(const elaborate::Function& property, const SourceFiles& files);

/// A smaller case for which `fails` still holds: smaller dims first, then numbers that are 0, 1 or rounder.
/// `fails` is asked at most `most_calls` times.
Case shrink_case(const elaborate::Function& property, Case failing, int most_calls,
                 const std::function<bool(const Case&)>& fails);

/// "N = 2, M = 0", and a line for each argument.
std::string case_text(const elaborate::Module& module, const elaborate::Function& property,
                      const Case& values);

}  // namespace kiln::tools
