#pragma once

#include <string>

#include "targets.h"

namespace kiln::fuzz {

struct GeneratedProgram {
  std::string text;
  bool is_smooth = true;  // small changes of floats on the way change results little
};

/// A program that is right in syntax and mostly right in types: helper functions, a model, an export and
/// tests that call it. The bytes are its choices; no bytes give the simplest program. Now and then a mistake
/// is made on purpose.
GeneratedProgram generate_program(Bytes choices);

}  // namespace kiln::fuzz
