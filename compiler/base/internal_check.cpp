#include "base/internal_check.h"

#include <cstdio>
#include <cstdlib>

namespace kiln {
namespace {
thread_local const char* current_pass = nullptr;  // for the message alone; nothing depends on it
}

CurrentPass::CurrentPass(const char* name) : former_(current_pass) { current_pass = name; }
CurrentPass::~CurrentPass() { current_pass = former_; }

void internal_error(const std::string& what) {
  std::fprintf(stderr, "kilnc: internal error%s%s: %s\n", current_pass ? " in " : "",
               current_pass ? current_pass : "", what.c_str());
  std::fprintf(stderr,
               "This is a bug in Kiln, not in your program. Please report it with the .model file and this "
               "message.\n");
  std::fflush(nullptr);
  std::_Exit(static_cast<int>(ExitCode::internal_error));
}

}  // namespace kiln
