#pragma once

#include <string>
#include <string_view>

#include "sema/type.h"

namespace kiln::sema {

/// What to write where a ragged tensor meets one that is not, or one whose rows have other lengths; empty
/// where there is nothing to say. `text` is what the program calls the given tensor.
std::string advice_on_ragged(const Type& wanted, const Type& given, std::string_view text);

/// The same of two extents that an index ranges over; empty if neither is data.
std::string advice_on_lengths(const dim::Dim& a, const dim::Dim& b, const std::string& index);

}  // namespace kiln::sema
