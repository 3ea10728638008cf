#pragma once

#include <string>
#include <vector>

namespace kiln::docs {

/// Words, numbers and signs of a program; what lies between them belongs to the one before. Together they are
/// the text.
std::vector<std::string> pieces_of(const std::string& text);

}  // namespace kiln::docs
