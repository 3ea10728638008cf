#pragma once

#include <optional>
#include <string>

#include "kernel/kernel.h"

namespace kiln::kernel {

/// What breaks the contract of kernel.h, or nothing: definitions before uses, types and shapes of operands,
/// stores outside grid loops, grids inside grids, order and life of buffers.
std::optional<std::string> verify(const Program& program);

}  // namespace kiln::kernel
