#pragma once

#include <string>

namespace kiln::elaborate {

/// The graphs of the exports (or of the tests, if there are no exports) of a program, as text; or its
/// diagnostics, one a line: "L0001 message".
std::string elaborated(const std::string& program);

/// A graph's text as `elaborated` writes it, whatever its layout.
std::string normalised(const std::string& graph);

}  // namespace kiln::elaborate
