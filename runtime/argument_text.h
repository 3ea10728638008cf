#pragma once

#include "image.h"
#include "kiln/kiln.h"
#include "message.h"

namespace kiln::runtime {

/// "u8[B, 28, 28]", as declared.
void write_declared(const kiln_image_tensor& tensor, Message& message);

/// "u8[64, 28, 28]", from numbers. `element` may be any number.
void write_shape(int32_t element, const int64_t* extents, int32_t rank, Message& message);

/// " with B = 64 (from images)" for the dims that a tensor type names; nothing if it names none. Of dims that
/// are bound by another argument than `argument` the source is told.
void write_dims_of(const kiln_image_function& function, int32_t argument, const int64_t* dims,
                   Message& message);

/// "H = 3, K = 5" for the dims that a program reads, each once.
void write_dims_of(const kiln_image_function& function, kiln_program program, const int64_t* dims,
                   Message& message);

}  // namespace kiln::runtime
