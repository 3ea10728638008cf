#pragma once

#include "sema/body.h"

namespace kiln::sema {

/// `all[b] p[b] and q[b]`, `sum[i] x[i] + y[i]`: a reducer stops at this operator, and what comes behind it
/// uses its index. Reports it, with parentheses as the fix, and returns true; else false.
bool reports_short_reducer(Body& body, const syntax::Binary& binary);

}  // namespace kiln::sema
