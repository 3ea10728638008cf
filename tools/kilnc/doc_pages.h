#pragma once

#include <span>
#include <string>

#include "doc_module.h"

namespace kiln::tools {

/// The pages refer to each other by the names of the modules, with the ending of their format; names in code
/// link to what they name, also in other modules of the list.
std::string html_page(const DocModule& module, std::span<const DocModule> all);
std::string html_index(std::span<const DocModule> all);
std::string markdown_page(const DocModule& module);
std::string markdown_index(std::span<const DocModule> all);

/// The signature, and what was inferred as a comment below it.
std::string whole_signature(const DocItem& item);

}  // namespace kiln::tools
