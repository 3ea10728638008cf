#pragma once

#include <string>

#include "sema/body.h"

namespace kiln::sema {

/// Where `value` is read at subscripts from a list of numbers whose name states no type, `const taps = [1, 4,
/// 6]`: offers to state it with these elements, `const taps: f32[3] = …`. A list is i32 or f32 once it has
/// subscripts.
void offer_list_type(const Body& body, Diagnostic& diagnostic, const Value& value,
                     const std::string& element);

}  // namespace kiln::sema
