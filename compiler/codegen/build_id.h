#pragma once

#include <string>

namespace kiln::codegen {

/// What the linker wrote into this program and into the LLVM that it has loaded (NT_GNU_BUILD_ID): equal only
/// if all code that makes kernels is. Empty if one of them has none.
std::string compiler_build_id();

}  // namespace kiln::codegen
