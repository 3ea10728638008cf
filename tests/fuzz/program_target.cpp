#include "generate_program.h"
#include "pipeline.h"
#include "targets.h"

namespace kiln::fuzz {

/// The first byte is the seed of dims and inputs, the others choose the program.
void run_program(Bytes bytes) {
  if (bytes.size() < 2) return;
  const GeneratedProgram program = generate_program(bytes.subspan(1));
  run_pipeline(program.text, {.seed = bytes[0], .schedule = true, .compare = program.is_smooth});
}

void run_compiled(Bytes bytes) {
  if (bytes.size() < 2) return;
  const GeneratedProgram program = generate_program(bytes.subspan(1));
  run_pipeline(program.text, {.seed = bytes[0], .compile = true, .compare = program.is_smooth});
}

}  // namespace kiln::fuzz
