#pragma once

#include <vector>

#include "source/span.h"

namespace kiln {

/// Of the places of an origin, the innermost in the user's own file; if there is none, the outermost. Unknown
/// if there are no places.
Span place_for_user(const std::vector<Span>& places, uint32_t own_file);

}  // namespace kiln
