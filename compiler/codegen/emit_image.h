#pragma once

#include <llvm/IR/Module.h>

#include "codegen/library_image.h"

namespace kiln::codegen {

/// Adds `kiln_image` and what it points to.
void emit_image_data(const Image& image, llvm::Module& module);

/// Adds the exported C functions: each stores the addresses of its arguments in an array and calls the
/// runtime.
void emit_wrappers(const Image& image, llvm::Module& module);

}  // namespace kiln::codegen
