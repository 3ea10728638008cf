#include "pipeline.h"
#include "targets.h"

namespace kiln::fuzz {

/// A text that begins with `// compiled` is compiled and compared as well.
void run_text(Bytes bytes) {
  const bool is_compiled = text_of(bytes).starts_with("// compiled");
  run_pipeline(std::string(text_of(bytes)),
               {.seed = bytes.size(), .schedule = true, .compile = is_compiled, .compare = is_compiled});
}

}  // namespace kiln::fuzz
