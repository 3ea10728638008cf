#pragma once

#include "sema/indices.h"

namespace kiln::sema {

/// `for[binders] expression`, also of `let y[binders] = expression` (judgement 3).
Value comprehend(Body& body, const syntax::Binders& binders, const syntax::Expression& expression, Span span,
                 Want want);
/// A reduction whose body is checked already (judgement 4).
Value reduce(Body& body, Span span, syntax::Reducer reducer, Span reducer_span,
             std::vector<TypedBinder> binders, TypedExprPtr condition, Value value);

}  // namespace kiln::sema
