#pragma once

#include "sema/body.h"

namespace kiln::sema {

/// Where `a * b` goes element by element and the shapes do not agree, but are those of a product of matrices
/// (also of batches of them, with a vector, with the second one transposed): says so, and offers the sum.
void advise_on_product(Body& body, const Value& a, const Value& b, Span span, Diagnostic& diagnostic);

}  // namespace kiln::sema
