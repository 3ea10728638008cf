#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "call_values.h"
#include "driver/build_library.h"
#include "kiln/kiln.h"
#include "trace_events.h"

namespace kiln::tools {

/// A module as a library that is built in a temporary folder, opened, and gone with this object.
class LoadedLibrary {
 public:
  /// Null if it cannot be built or opened: `problem` says why, or the diagnostics do.
  static std::unique_ptr<LoadedLibrary> build(const elaborate::Module& module,
                                              const driver::LibraryOptions& options, Diagnostics& diagnostics,
                                              std::string& problem);
  ~LoadedLibrary();
  LoadedLibrary(const LoadedLibrary&) = delete;
  LoadedLibrary& operator=(const LoadedLibrary&) = delete;
  const kiln_module_api* api() const { return api_; }

 private:
  LoadedLibrary() = default;
  void* handle_ = nullptr;
  const kiln_module_api* api_ = nullptr;
};

/// A call of a library's function that is set up once and run any number of times. `values` must outlive it:
/// tensors are passed where they lie, models are copied in by the constructor and out by `fetch`. `events`,
/// if given, gets what the calls do, and must outlive it too.
class CompiledCall {
 public:
  CompiledCall(const kiln_module_api* api, const elaborate::Module& module,
               const elaborate::Function& function, CallValues& values, int threads,
               TraceEvents* events = nullptr);
  ~CompiledCall();
  CompiledCall(const CompiledCall&) = delete;
  CompiledCall& operator=(const CompiledCall&) = delete;
  /// Empty, or why it could not be set up.
  const std::string& problem() const { return problem_; }
  /// Freezes the models that calls only read. Empty, or the message of the status.
  std::string freeze();
  /// Empty, or the message of the status.
  std::string run();
  void fetch();
  /// Bytes of work memory at the dims of the values.
  int64_t workspace_bytes();

 private:
  std::string text_of(kiln_status status) const;
  bool check(kiln_status status);

  const kiln_module_api* api_;
  const elaborate::Function& function_;
  CallValues& values_;
  int32_t number_ = -1;
  kiln_context* context_ = nullptr;
  std::vector<kiln_model*> models_;  // of each argument; null for others
  std::vector<kiln_tensor> tensors_;
  std::vector<int64_t> dims_;
  std::vector<void*> pointers_;
  std::string problem_;
};

}  // namespace kiln::tools
