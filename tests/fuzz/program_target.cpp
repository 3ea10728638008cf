#include "generate_program.h"
#include "pipeline.h"
#include "targets.h"

namespace kiln::fuzz {

/// The first two bytes choose what is done with the program that the others choose.
void run_program(Bytes bytes) {
  if (bytes.size() < 3) return;
  const GeneratedProgram program = generate_program(bytes.subspan(2));
  run_pipeline(program.text, {.seed = bytes[0], .compile = bytes[1] % 16 == 1, .compare = program.is_smooth});
}

}  // namespace kiln::fuzz
