#pragma once

#include "elaborate/module.h"
#include "source/diagnostic.h"

namespace kiln::driver {

/// `@inplace` on an export promises that its `inout` arguments change in the caller's memory, without a copy
/// of any of them. Plans such a function and reports (E0710) each argument that is copied all the same, and
/// who still reads its old value.
void check_in_place_promise(const elaborate::Function& function, Diagnostics& diagnostics);

}  // namespace kiln::driver
