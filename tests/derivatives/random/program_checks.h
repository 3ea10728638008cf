#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "random_program.h"

namespace kiln::derivatives {

/// What is wrong with a program. Two of one kind are taken for the same fault when a program is made smaller.
struct Complaint {
  std::string kind;
  std::string what;
};

/// How far a program is taken, each with all before it: the graph as it was elaborated by the interpreter,
/// its kernels after all passes by the slow executor, the library.
enum class Way { interpreted, kernels, machine_code };

/// What was checked, over many programs.
struct Tally {
  int programs = 0, compiled = 0, batched = 0;
  int slopes = 0, curvatures = 0;  // held against differences
  int at_corners = 0;              // where differences say nothing: a corner lies on the way
  std::string text() const;
};

/// For each program what is wrong with it, if anything. One library, where there is one, for all of them.
std::vector<std::optional<Complaint>> check_programs(std::span<const RandomProgram> programs, Way way,
                                                     Tally& tally);

}  // namespace kiln::derivatives
