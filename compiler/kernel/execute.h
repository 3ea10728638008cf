#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph/interpret.h"
#include "kernel/kernel.h"

namespace kiln::kernel {

/// Runs a program as its definition says, slowly: the oracle for codegen, and in tests held against the
/// graph's interpreter. `arguments` are the caller's buffers in order of their numbers, of the right sizes,
/// and are changed in place. Each kernel is run for worker 0, 1, … in turn. Every access is checked against
/// its buffer, and work memory starts as bytes 0xA5. Returns the message of a failed check, else an empty
/// string.
std::string execute(const Program& program, const std::map<std::string, int64_t>& dims,
                    std::vector<std::vector<std::byte>>& arguments, int workers = 1);

}  // namespace kiln::kernel
