#pragma once

#include <string>
#include <vector>

#include "base/element_type.h"
#include "rows.h"

namespace kiln::derivatives {

/// One program with two exports for each row:
///   all_K(x, v, u, c) -> y, g (reverse along c), again (the same with the row under `checkpoint`), second
///   (its
///     derivative in reverse along u), and of rows with forward rules dy (forward along v), and second
///     derivatives of c by x along v: forward over reverse, reverse over forward
///   batched_K(x, c) -> g: one gradient for each b
std::string program_text(const std::vector<Row>& rows, ElementType element);

}  // namespace kiln::derivatives
