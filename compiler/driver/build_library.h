#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "driver/pass_runner.h"
#include "elaborate/module.h"
#include "kernel/kernel.h"
#include "source/diagnostic.h"

namespace kiln::driver {

enum class Emit { library, graphs, kernels, llvm, assembly };

struct LibraryOptions {
  std::string target =
      "portable";  // "portable": all; "native": what this machine runs; "x86-64-v3", "x86-64-v4"
  bool debug_info = false;
  std::map<std::string, int64_t> dims;  // dims that become constants in every function that has them
  PassOptions passes;
};

/// The function with those of its dims that have a value here as constants.
elaborate::Function specialise(elaborate::Function function, const std::map<std::string, int64_t>& dims);

/// The module as one shared library: writes `path` whole or not at all. Also what `NAME` its symbols begin
/// with. False: a diagnostic says why (the file cannot be written; a known limit).
bool build_library(const elaborate::Module& module, const std::string& name,
                   const std::filesystem::path& path, const LibraryOptions& options,
                   Diagnostics& diagnostics);

/// One function as the kernels of one target ("native": what this machine runs). Nothing: a diagnostic says
/// why.
std::optional<kernel::Program> kernels_of(const elaborate::Function& function, const std::string& target,
                                          const LibraryOptions& options, Diagnostics& diagnostics);

/// What --emit shows of a module: the text of one stage, of all functions.
std::string emit_text(const elaborate::Module& module, Emit stage, const LibraryOptions& options,
                      Diagnostics& diagnostics);

/// NAME.h (C11) and NAME.hpp (C++17), and kiln.h and kiln.hpp beside them, in `folder`.
bool write_headers(const elaborate::Module& module, const std::string& name,
                   const std::filesystem::path& folder, Diagnostics& diagnostics);

}  // namespace kiln::driver
