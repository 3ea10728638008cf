#pragma once

#include "source/diagnostic.h"

namespace kiln {

/// As printed before the code of a diagnostic.
inline const char* name_of(Severity severity) {
  constexpr const char* names[] = {"error", "limit", "warning"};
  return names[static_cast<int>(severity)];
}

}  // namespace kiln
