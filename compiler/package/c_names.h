#pragma once

#include <string>

#include "elaborate/module.h"

namespace kiln::package {

/// The C name of an argument: "cache.k" is cache_k.
std::string c_name(const elaborate::Argument& argument);

/// The type of a scalar in C and C++: "float", "int32_t"; f16 and bf16 are their bits, "uint16_t".
std::string c_scalar_type(ElementType element);

bool is_scalar(const elaborate::Argument& argument);

/// Lines of documentation for an argument, with its type: "images: u8[B, 28, 28]. The images."
std::string argument_documentation(const elaborate::Argument& argument);

/// The text as lines of a comment, each after `prefix`; text that would end the comment is taken apart.
std::string comment_lines(const std::string& text, const std::string& prefix);

}  // namespace kiln::package
