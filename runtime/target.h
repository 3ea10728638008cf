#pragma once

#include "image.h"
#include "kiln/kiln.h"

namespace kiln::runtime {

/// The greatest target whose instructions the processor has and the operating system saves; KILN_TARGET_BEST
/// (0) if there is none. Targets are ordered: one that can run v4 can run v3.
kiln_target processor_target();

/// "x86-64-v3"
const char* target_name(int32_t target);

/// Whether all kernels of the library have code for the target.
bool library_has_target(const kiln_image_module& image, int32_t target);

/// The code to use: `wanted`, or for KILN_TARGET_BEST the best that `processor` and the library have. 0 if
/// none.
kiln_target choose_target(const kiln_image_module& image, int32_t wanted, kiln_target processor);

}  // namespace kiln::runtime
