#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "codegen/object_cache.h"
#include "driver/pass_runner.h"
#include "elaborate/module.h"
#include "fuse/kept_values.h"
#include "kernel/kernel.h"
#include "source/diagnostic.h"
#include "source/source_file.h"

namespace kiln::driver {

enum class Emit { library, graphs, kernels, llvm, assembly };

struct LibraryOptions {
  std::string target =
      "portable";  // "portable": all; "native": what this machine runs; "x86-64-v3", "x86-64-v4"
  const SourceFiles* sources = nullptr;        // of the module: kernels then say in traces where they stand
  const SourceFiles* debug_sources = nullptr;  // line information, for the files of the module
  std::map<std::string, int64_t> dims;         // dims that become constants in every function that has them
  /// The most work memory, in bytes, of a call on one thread of each function with reverse derivatives; the
  /// dims that it depends on must then be constants.
  std::optional<int64_t> train_memory;
  int jobs = 0;  // threads that compile kernels; 0: one for each core. The library is the same for any number
  /// Objects of kernels from earlier builds, and for later ones; nothing: none. Not used with debug_sources.
  std::optional<codegen::CacheFolder> cache;
  PassOptions passes;
};

/// The function with those of its dims that have a value here as constants.
elaborate::Function specialise(elaborate::Function function, const std::map<std::string, int64_t>& dims);

/// The module as one shared library, and, if a folder is given, NAME.h (C11), NAME.hpp (C++17), kiln.h and
/// kiln.hpp in it. `name` is also what its symbols begin with. All files are written whole or not at all.
/// False: a diagnostic says why (a file cannot be written; names clash in the headers; a known limit).
bool build_library(const elaborate::Module& module, const std::string& name,
                   const std::filesystem::path& path,
                   const std::optional<std::filesystem::path>& header_folder, const LibraryOptions& options,
                   Diagnostics& diagnostics);

/// One function as the kernels of one target ("native": what this machine runs). Nothing: a diagnostic says
/// why.
std::optional<kernel::Program> kernels_of(const elaborate::Function& function, const std::string& target,
                                          const LibraryOptions& options, Diagnostics& diagnostics);

/// What the reverse derivatives of a function keep and make again. Nothing: a diagnostic says why.
std::optional<fuse::KeptForBackward> kept_for_backward(const elaborate::Function& function,
                                                       const std::string& target,
                                                       const LibraryOptions& options,
                                                       Diagnostics& diagnostics);

/// What --emit shows of a module: the text of one stage, of all functions.
std::string emit_text(const elaborate::Module& module, Emit stage, const LibraryOptions& options,
                      Diagnostics& diagnostics);

}  // namespace kiln::driver
