#pragma once

#include "context.h"

namespace kiln::runtime {

/// Params and states: a header, then one block with each leaf at the offset that the image says.
struct Model {
  Handle handle;
  const kiln_image_model* described;
  Memory memory;
  char* block;
  char* panels = nullptr;  // of a frozen model, with those that the image lists; else null
  bool is_frozen = false;  // kernels read it

  int32_t type() const { return static_cast<int32_t>(described - handle.image->models); }
};

/// Room for a model in which no leaf has a value yet. Null and a message if there is no memory.
Model* allocate_model(Context& context, int32_t type);
void free_model(Model* model);

/// A model with the values of its initialiser for Rng(seed).
kiln_status create_model(Context& context, int32_t type, uint64_t seed, Model** model);
kiln_status create_zero_model(Context& context, int32_t type, Model** model);
/// Not frozen, whatever the model is.
kiln_status copy_model(Context& context, const Model& model, Model** copy);

/// Makes the model's panels, anew if it has some. On failure it is not frozen.
kiln_status freeze_model(Context& context, Model& model);
/// Gives the panels back: before anything changes the leaves.
void thaw_model(Model& model);

}  // namespace kiln::runtime
