#pragma once

#include <string>

#include "driver/front_end.h"

namespace kiln::fuzz {

struct PipelineOptions {
  uint64_t seed = 0;      // of dims and inputs
  bool schedule = false;  // also to kernels
  bool compile = false;   // also to machine code, whose results are held against the interpreter's
  bool compare =
      false;  // results before and after the passes are comparable (no jumps that rounding may cross)
};

/// A source text through the whole compiler, with the small modules of tests/fuzz/library for those of the
/// standard library: parsing that would be nearly all the work. Diagnostics are rendered, so that spans are
/// right. Gives what the front end made of it.
driver::FrontEnd run_pipeline(std::string text, const PipelineOptions& options);

}  // namespace kiln::fuzz
