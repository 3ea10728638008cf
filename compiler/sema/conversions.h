#pragma once

#include <string_view>

#include "sema/body.h"

namespace kiln::sema {

/// Gives constants, indices and dims their own types (i32, f32) and a tree.
void settle(Body& body, Value& value);
/// A rank-0 or untyped value as an element; reports and gives false where that is not allowed.
bool convert_element(Body& body, Value& value, const Element& target);
/// The value as a `target`: constants and indices convert, nothing else does. With `may_fill`, a rank-0
/// constant fills a tensor or tree. `what` begins the message: "`x`", "the result".
bool convert_to(Body& body, Value& value, const Type& target, bool may_fill, std::string_view what);
/// The rank-0 value as i64, for subscripts; its tree is consumed.
TypedExprPtr as_index(Body& body, Value& value);
/// A copy without the tree's identity: for constants, dims and variables, whose trees can be made again.
Value constant_value(Constant constant, Span span);
Value dim_static_value(const dim::Dim& dim, Span span);
Value boolean_value(bool known, Span span);

}  // namespace kiln::sema
