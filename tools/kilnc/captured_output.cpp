#include "captured_output.h"

#include <unistd.h>

#include <iostream>

namespace kiln::tools {

CapturedOutput::CapturedOutput() {
  std::cout.flush();
  std::fflush(stdout);
  file_ = std::tmpfile();
  if (!file_) return;
  former_ = dup(STDOUT_FILENO);
  if (former_ >= 0) dup2(fileno(file_), STDOUT_FILENO);
}

std::string CapturedOutput::take() {
  std::string text;
  if (former_ >= 0) {
    std::cout.flush();
    std::fflush(stdout);
    dup2(former_, STDOUT_FILENO);
    close(former_);
    former_ = -1;
    std::rewind(file_);
    char piece[4096];
    for (size_t count; (count = std::fread(piece, 1, sizeof piece, file_)) > 0;) text.append(piece, count);
  }
  if (file_) std::fclose(file_);
  file_ = nullptr;
  return text;
}

}  // namespace kiln::tools
