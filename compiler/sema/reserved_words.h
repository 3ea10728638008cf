#pragma once

#include <string_view>

namespace kiln::sema {

/// Keywords of C11 or C++20, which cannot be names in the generated headers.
bool is_reserved_in_c(std::string_view name);

}  // namespace kiln::sema
