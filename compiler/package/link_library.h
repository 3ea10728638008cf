#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kiln::package {

/// Links objects and the embedded runtime to a shared library with LLD, in this process. The library needs no
/// other library: the few functions of libc that the runtime uses stay open and are found in the program that
/// loads it. Only `exported` and `kiln_module` can be seen from outside. Written beside `path` and renamed:
/// whole or not at all. Nothing, or what went wrong.
std::optional<std::string> link_library(const std::vector<std::vector<std::byte>>& objects,
                                        const std::vector<std::string>& exported,
                                        const std::filesystem::path& path, bool keep_debug_info);

}  // namespace kiln::package
