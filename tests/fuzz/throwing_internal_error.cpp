#include "base/internal_check.h"
#include "targets.h"

/// Stands for compiler/base/internal_check.cpp in the fuzzed programs: being an object of the program itself,
/// it is taken before the member of the archive.
namespace kiln {
namespace {
thread_local const char* current_pass = nullptr;
}

CurrentPass::CurrentPass(const char* name) : former_(current_pass) { current_pass = name; }
CurrentPass::~CurrentPass() { current_pass = former_; }

void internal_error(const std::string& what) {
  throw fuzz::InternalError((current_pass ? std::string(current_pass) + ": " : std::string()) + what);
}

void fuzz::finding(const std::string& what) { throw fuzz::InternalError("finding: " + what); }

}  // namespace kiln
