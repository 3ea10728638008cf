#include "model.h"

#include <string.h>

#include <new>

#include "run.h"

namespace kiln::runtime {
namespace {

constexpr size_t header_bytes = (sizeof(Model) + memory_alignment - 1) / memory_alignment * memory_alignment;

size_t model_bytes(const kiln_image_model& described) {
  return header_bytes + static_cast<size_t>(described.bytes);
}

/// The bytes between leaves, so that equal models are equal as memory.
void clear_gaps(Model& model) {
  for (int32_t i = 0; i < model.described->leaf_count; ++i) {
    const kiln_image_leaf& leaf = model.described->leaves[i];
    const int64_t end = leaf.offset + leaf.bytes;
    const int64_t limit = round_up(end) < model.described->bytes ? round_up(end) : model.described->bytes;
    memset(model.block + end, 0, static_cast<size_t>(limit - end));
  }
}

/// Calls the initialiser: a function of (rng) with one result for each leaf.
kiln_status initialise(Context& context, Model& model, uint64_t seed) {
  const kiln_image_model& described = *model.described;
  const kiln_image_function& function = context.image.functions[described.initialise];
  const size_t leaf_count = static_cast<size_t>(described.leaf_count);
  if (function.argument_count != described.leaf_count + 1) {
    context.message << described.name << ".init: the library describes an initialiser of other leaves";
    return KILN_INTERNAL_ERROR;
  }
  const Scratch<kiln_tensor> tensors(context.memory, leaf_count);
  const Scratch<void*> values(context.memory, leaf_count + 1);
  if (tensors.data() == nullptr || values.data() == nullptr) {
    context.message << described.name << ".init: no memory for its arguments";
    return KILN_OUT_OF_MEMORY;
  }
  kiln_rng rng{seed, 0};
  const int64_t rng_extent = 2;
  kiln_tensor rng_tensor = KILN_TENSOR_INIT(&rng, KILN_U64, 1, &rng_extent);
  values[0] = function.arguments[0].kind == KILN_ARGUMENT_TENSOR ? static_cast<void*>(&rng_tensor) : &rng;
  for (size_t i = 0; i < leaf_count; ++i) {
    const kiln_image_leaf& leaf = described.leaves[i];
    void* data = model.block + leaf.offset;
    tensors[i] = kiln_tensor KILN_TENSOR_INIT(data, leaf.element, leaf.rank, leaf.extents);
    values[i + 1] =
        function.arguments[i + 1].kind == KILN_ARGUMENT_TENSOR ? static_cast<void*>(&tensors[i]) : data;
  }
  return call(context, described.initialise, values.data());
}

}  // namespace

Model* allocate_model(Context& context, int32_t type) {
  const kiln_image_model& described = context.image.models[type];
  void* memory = context.memory.allocate(model_bytes(described));
  if (memory == nullptr) {
    context.message << "no memory for a model " << described.name << " of " << described.bytes << " bytes";
    return nullptr;
  }
  Model* model = new (memory) Model{{&context.image, HandleKind::model},
                                    &described,
                                    context.memory,
                                    static_cast<char*>(memory) + header_bytes};
  clear_gaps(*model);
  return model;
}

void free_model(Model* model) {
  thaw_model(*model);
  const Memory memory = model->memory;
  const size_t bytes = model_bytes(*model->described);
  model->handle.kind = HandleKind::freed;
  memory.release(model, bytes);
}

kiln_status create_model(Context& context, int32_t type, uint64_t seed, Model** result) {
  *result = nullptr;
  Model* model = allocate_model(context, type);
  if (model == nullptr) return KILN_OUT_OF_MEMORY;
  const kiln_status status = initialise(context, *model, seed);
  if (status == KILN_OK) {
    *result = model;
  } else {
    free_model(model);
  }
  return status;
}

kiln_status create_zero_model(Context& context, int32_t type, Model** result) {
  *result = allocate_model(context, type);
  if (*result == nullptr) return KILN_OUT_OF_MEMORY;
  memset((*result)->block, 0, static_cast<size_t>((*result)->described->bytes));
  return KILN_OK;
}

kiln_status copy_model(Context& context, const Model& model, Model** result) {
  *result = allocate_model(context, model.type());
  if (*result == nullptr) return KILN_OUT_OF_MEMORY;
  memcpy((*result)->block, model.block, static_cast<size_t>(model.described->bytes));
  return KILN_OK;
}

}  // namespace kiln::runtime
