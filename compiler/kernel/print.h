#pragma once

#include <string>

#include "kernel/kernel.h"

namespace kiln::kernel {

/// The program as text, for people and tests.
std::string print(const Program& program);
std::string print(const Program& program, const Kernel& kernel);

}  // namespace kiln::kernel
