#pragma once

#include <string>
#include <vector>

#include "source/source_file.h"
#include "source/span.h"

namespace kiln {

/// Where something that was made of the program comes from: a place of the text, and, where that is in the
/// body of an inlined function, the call that put it there. Calls have numbers from 1;
/// `elaborate::Function::calls` holds the origin of each. 0: no call.
struct Origin : Span {
  Origin() = default;
  Origin(Span span, uint32_t within = 0) : Span(span), call(within) {}
  uint32_t call = 0;
};

/// The place itself, then the calls around it, from the innermost to the one that the user's own function
/// makes.
std::vector<Span> places_of(Origin origin, const std::vector<Origin>& calls);

/// "net.model:12:7". Without folders: a library is the same wherever it was built, and does not tell where.
std::string place_in_library(const SourceFiles& files, Span span);

}  // namespace kiln
