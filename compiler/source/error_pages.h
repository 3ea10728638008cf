#pragma once

#include <string_view>

namespace kiln {

/// The page docs/errors/CODE.md about a code of diagnostic_table.h, in Markdown; empty if there is none.
std::string_view error_page(std::string_view code);

}  // namespace kiln
