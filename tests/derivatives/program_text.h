#pragma once

#include <string>
#include <vector>

#include "base/element_type.h"
#include "rows.h"

namespace kiln::derivatives {

/// One program with two exports for each row:
///   all_K(x, v, u, c) -> y, g (reverse along c) and rr (its derivative in reverse along u), `again` and
///     `again_rr` (the same with the row under `checkpoint`); of rows with forward rules dy (forward along v)
///     and the second derivatives of c by x along v, forward over reverse `fr` and reverse over forward `rf`
///     (`again_rr` where second_under_checkpoint)
///   batched_K(x, c) -> g: one gradient for each b
std::string program_text(const std::vector<Row>& rows, ElementType element);

/// In f64 alone: what a checkpoint makes again is chosen without a look at element types, and one more second
/// derivative of each row in each type is a tenth of what compiling them takes.
bool second_under_checkpoint(ElementType element);

}  // namespace kiln::derivatives
