#pragma once

#include <string>

namespace kiln::docs {

/// What kilnc says, with places in the standard library shown without their lines, so that a change of the
/// library changes no expectation:
///
///       --> net.model:8:47           --> net.model:8:47
///      8 |   let y = nn.relu(x)       8 |   let y = nn.relu(x)
///       ::: stdlib/nn.model:227:11   ::: stdlib/nn.model
///    227 |   fn relu(…                  |   fn relu(…
std::string without_library_lines(const std::string& said);

}  // namespace kiln::docs
