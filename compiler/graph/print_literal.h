#pragma once

#include <string>
#include <string_view>

#include "base/scalar.h"

namespace kiln::graph {

/// A scalar so that it reads back bit for bit: "3", "0.5", "-inf", "nan", "nan(fff8000000000001)", "true".
std::string print_scalar(ElementType type, Scalar value);
/// The same with the type where it cannot be seen: "3:i32", "0.5:f64"; integers are i64 and floats f32.
std::string print_literal(ElementType type, Scalar value);
/// In double quotes; only printable ASCII goes through unescaped.
std::string quote(std::string_view text);
bool is_identifier(std::string_view text);

}  // namespace kiln::graph
