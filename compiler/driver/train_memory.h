#pragma once

#include "elaborate/module.h"
#include "source/diagnostic.h"

namespace kiln::driver {

/// Makes the reverse derivatives of a function keep at most so many bytes each (see fit_train_memory). False,
/// with E0611, if one cannot.
bool fit_train_memory(elaborate::Function& function, int64_t bytes, Diagnostics& diagnostics);

}  // namespace kiln::driver
