#pragma once

#include <map>
#include <string>
#include <vector>

#include "codegen/library_image.h"
#include "codegen/target.h"
#include "elaborate/module.h"
#include "kernel/kernel.h"

namespace kiln::package {

/// The kernels of one function for one target, and the code that each calls.
struct TargetProgram {
  const codegen::Target* target = nullptr;
  kernel::Program program;
  std::vector<codegen::ImageCode> code = {};
};

/// What a function is given behind its arguments: whether a model argument is frozen, or some of its panels.
struct FrozenBuffer {
  kiln_buffer_kind kind = KILN_BUFFER_FROZEN;
  int32_t argument = 0;
  int32_t panels = 0;  // position in ModelPanels of that model
};

/// What freezing a model makes, in order; `pack` counts from 0 in the functions that make panels.
struct ModelPanels {
  std::vector<codegen::ImagePanels> panels;
  int64_t bytes = 0;
};

/// A function with its kernels: the same list of kernels for each target.
struct CompiledFunction {
  const elaborate::Function* function = nullptr;
  bool is_exported = false;  // has a C function
  std::vector<TargetProgram> programs;
  std::vector<FrozenBuffer> frozen;  // numbered behind the buffers of the arguments
};

/// What the library says of itself. `functions` are the exports of `module`, then the initialisers of its
/// models, then those that make panels, in order; `panels` has a row for each model. Dims that `constants`
/// fixed in them stay in the signatures that callers see: a call or a plan that gives one another value
/// fails. `sources`, if given, are the files that the kernels come from: they then carry their places in the
/// user's own functions.
codegen::Image make_image(const elaborate::Module& module, const std::string& name,
                          const std::vector<CompiledFunction>& functions,
                          const std::vector<ModelPanels>& panels,
                          const std::map<std::string, int64_t>& constants, const SourceFiles* sources);

}  // namespace kiln::package
