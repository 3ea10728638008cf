#include <cstdio>
#include <cstdlib>

#include "targets.h"

/// The entry that libFuzzer calls; KILN_FUZZ_TARGET is the target's function.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    kiln::fuzz::KILN_FUZZ_TARGET({data, size});
  } catch (const kiln::fuzz::InternalError& error) {
    std::fprintf(stderr, "internal error: %s\n", error.what());
    std::abort();  // with the input written to a file
  }
  return 0;
}
