#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace kiln::package {

/// Links objects and the embedded runtime to a shared library with LLD, in this process: its bytes, or what
/// went wrong. The library needs no other library: the few functions of libc that the runtime uses stay open
/// and are found in the program that loads it. Only `exported` and `kiln_module` can be seen from outside.
/// `file_name` is what programs that were linked with it look for.
std::variant<std::vector<std::byte>, std::string> link_library(
    const std::vector<std::vector<std::byte>>& objects, const std::vector<std::string>& exported,
    const std::string& file_name, bool keep_debug_info);

}  // namespace kiln::package
