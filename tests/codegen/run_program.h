#pragma once

#include <map>
#include <string>
#include <vector>

#include "kernel/kernel.h"

namespace kiln::codegen::test {

using Arguments = std::vector<std::vector<std::byte>>;

/// Compiles the program for this machine and runs its kernels, each for worker 0, 1, … in turn, as
/// kernel::execute does. Work memory starts as bytes 0xA5. Checks are not looked at.
void run_compiled(const kernel::Program& program, const std::map<std::string, int64_t>& dims,
                  Arguments& arguments, int workers = 1);

/// Runs the program both ways, compiled by 1 and 3 workers, and expects the same arguments afterwards: floats
/// to `tolerance` relative to the largest number of their buffer, all else bit by bit; and the same bits for
/// any number of workers.
void expect_as_executed(const kernel::Program& program, const std::map<std::string, int64_t>& dims,
                        const Arguments& arguments, double tolerance = 1e-5);

/// Random elements: floats in -1..1, integers -50..50 (unsigned: 0..50), bools.
std::vector<std::byte> random_elements(ElementType type, int64_t count, unsigned seed);

}  // namespace kiln::codegen::test
