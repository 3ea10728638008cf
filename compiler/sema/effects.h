#pragma once

#include "sema/body.h"

namespace kiln::sema {

/// An expression that changes a variable may not read it outside of the call that changes it: reports E0408
/// with both places.
void check_reads_beside_changes(Body& body, const TypedExpr& tree);
/// The same for the expressions of the statements from `first` on.
void check_reads_beside_changes(Body& body, const TypedBlock& block, size_t first);

}  // namespace kiln::sema
