#pragma once

#include <string>
#include <string_view>

#include "syntax/ast.h"

namespace kiln::format {

/// The proof that a new layout of a text is the same program: it parses to the same tree, and its tokens and
/// comments are the same ones in the same order, but for commas before closing brackets. Empty, or what is
/// different.
std::string difference_between(std::string_view before, const syntax::File& tree, const std::string& after);

}  // namespace kiln::format
