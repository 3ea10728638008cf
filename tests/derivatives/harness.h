#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/element_type.h"
#include "rows.h"

namespace kiln::derivatives {

enum Mode { forward, reverse, second_order, batched, mode_count };

/// What was found of one row: for each mode whether it holds, and what went wrong.
struct Found {
  std::array<bool, mode_count> holds = {};
  std::string problems;
};

/// The floats that derivatives are tried on.
std::vector<ElementType> element_types();

/// Every row with this element type, interpreted and compiled, at several sizes. Made once.
const std::vector<Found>& found_for(ElementType element);

}  // namespace kiln::derivatives
