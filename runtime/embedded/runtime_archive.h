#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace kiln {

/// The bytes of the archive (ar) of runtime objects that every library is linked with. Position-independent
/// x86-64 code of hidden visibility; needs libc and `kiln_image`. Link it whole (or keep `kiln_module` and
/// the `kiln_runtime_*` that the library uses) and drop unused sections.
std::span<const std::byte> runtime_archive();

/// The text of a public header by its name, "kiln.h" or "kiln.hpp"; empty for another name.
std::string_view runtime_header(std::string_view name);

}  // namespace kiln
