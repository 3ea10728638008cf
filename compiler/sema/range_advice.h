#pragma once

#include <vector>

#include "sema/range_sites.h"
#include "source/diagnostic.h"

namespace kiln::sema {

/// Advice on two places that give one index different ranges: the brackets in another order as a fix where
/// exactly one order suits all other places, else what the types are.
void advise_on_ranges(Body& body, const BareSite& first, const BareSite& site,
                      const std::vector<BareSite>& sites, Diagnostic& diagnostic);

}  // namespace kiln::sema
