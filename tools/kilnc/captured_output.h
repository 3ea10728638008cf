#pragma once

#include <cstdio>
#include <string>

namespace kiln::tools {

/// What the process writes to standard output while this lives, instead of it being seen. Where that cannot
/// be done, it is seen, and `take` gives nothing.
class CapturedOutput {
 public:
  CapturedOutput();
  ~CapturedOutput() { take(); }
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;
  /// What was written; from now on it is seen again.
  std::string take();

 private:
  std::FILE* file_ = nullptr;
  int former_ = -1;
};

}  // namespace kiln::tools
