#pragma once

#include <cstddef>

/// What the types of single tokens say.
namespace kiln::syntax {

/// Also the soft words.
bool is_name(size_t type);
/// `sum`, `max`, …; not `any` and `all`.
bool is_reducer(size_t type);
/// The bracket that closes an opening one; 0 for other tokens.
size_t closing_of(size_t type);

}  // namespace kiln::syntax
