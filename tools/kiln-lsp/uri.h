#pragma once

#include <string>
#include <string_view>

namespace kiln::lsp {

/// "file:///a%20b.model" as a canonical path. A URI of another kind stays as it is: it names a text that lies
/// in no file.
std::string path_of(std::string_view uri);
std::string uri_of(std::string_view path);

}  // namespace kiln::lsp
