#pragma once

#include "context.h"

namespace kiln::runtime {

/// Params and states: a header, then one block with each leaf at the offset that the image says.
struct Model {
  Handle handle;
  const kiln_image_model* described;
  Memory memory;
  char* block;

  int32_t type() const { return static_cast<int32_t>(described - handle.image->models); }
};

/// Room for a model in which no leaf has a value yet. Null and a message if there is no memory.
Model* allocate_model(Context& context, int32_t type);
void free_model(Model* model);

/// A model with the values of its initialiser for Rng(seed).
kiln_status create_model(Context& context, int32_t type, uint64_t seed, Model** model);
kiln_status create_zero_model(Context& context, int32_t type, Model** model);
kiln_status copy_model(Context& context, const Model& model, Model** copy);

}  // namespace kiln::runtime
