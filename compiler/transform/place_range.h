#pragma once

#include <optional>

#include "transform/fold.h"

namespace kiln::transform {

/// The range of the places that an argmax or argmin reports: 0..extent, or -1..extent where it may find no
/// point. Without it every read at such a place needs guards. Nothing for other computes.
std::optional<graph::ElementRange> place_range(const graph::Function& function, Folder& folder,
                                               const graph::Compute& compute);

}  // namespace kiln::transform
