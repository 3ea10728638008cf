#pragma once

#include <gmock/gmock.h>

#include <string>

#include "elaborate/elaborate.h"
#include "sema/check.h"

namespace kiln::tests {

/// A program in the form that the room takes.
inline elaborate::Module module_of(const std::string& text) {
  SourceFiles files;
  Diagnostics diagnostics;
  const uint32_t root = files.add("test.model", text);
  const auto program = sema::check(files, root, {{KILN_SOURCE_DIR "/stdlib"}}, diagnostics);
  EXPECT_TRUE(program);
  auto module = elaborate::elaborate(*program, files, diagnostics);
  EXPECT_TRUE(module && !diagnostics.has_errors());
  return std::move(*module);
}

}  // namespace kiln::tests
