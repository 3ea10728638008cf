#pragma once

#include <string>
#include <variant>

#include "graph/interpret.h"

namespace kiln::tools {

/// Reads an .npy file of format 1 to 3, C order, little-endian. Else a message that names the file and what
/// is wrong.
std::variant<graph::Tensor, std::string> read_npy(const std::string& path);

/// Writes one; bf16 and the 8-bit floats, which NumPy has no type for, as their bits. Empty, or what went
/// wrong.
std::string write_npy(const std::string& path, const graph::Tensor& tensor);

}  // namespace kiln::tools
