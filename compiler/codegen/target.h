#pragma once

#include <span>
#include <string_view>

namespace kiln::codegen {

/// One kind of processor that code is made for.
struct Target {
  std::string_view name;  // as `--target` and the machine of the kernel room call it
  std::string_view triple;
  std::string_view processor;  // LLVM's name
  std::string_view features;   // LLVM's feature string on top of the processor's
  int vector_bytes;
  int vector_registers;
  int image_position;  // in kiln_image_kernel.code
};

/// All targets, in the order of kiln_image_kernel.code: worst first.
std::span<const Target> targets();
const Target* target_named(std::string_view name);

/// The best target that this machine can run, for `--target native`; null if it can run none.
const Target* native_target();

}  // namespace kiln::codegen
