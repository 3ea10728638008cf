#include <string.h>

#include "door.h"
#include "weights.h"

namespace kiln::runtime {
namespace {

/// Runs body(context, &made) for functions that make a model of a type.
template <class Body>
kiln_status with_type(kiln_context* handle, int32_t type, kiln_model** model, Body body) {
  if (model != nullptr) *model = nullptr;
  return with(handle, [&](Context& context) -> kiln_status {
    if (model == nullptr) return refuse(context, "where to put the model is null");
    if (type < 0 || type >= kiln_image.model_count) {
      context.message << "there is no model type " << type << ": the library has " << kiln_image.model_count;
      return KILN_NOT_FOUND;
    }
    Model* made = nullptr;
    const kiln_status status = body(context, &made);
    *model = reinterpret_cast<kiln_model*>(made);
    return status;
  });
}

/// Runs body(context, model) for functions that take one; `type` is the one wanted, or -1 for any.
template <class Body>
kiln_status with_model(kiln_context* handle, int32_t type, const kiln_model* model, Body body) {
  return with(handle, [&](Context& context) -> kiln_status {
    if (model == nullptr) return refuse(context, "the model is null");
    const Model* found = model_of(model);
    if (found == nullptr) {
      context.message << "the model is not one of library " << kiln_image.name
                      << ": a handle of another library, or one that was freed";
      return KILN_INVALID_ARGUMENT;
    }
    if (type >= 0 && found->type() != type) {
      context.message << "expected a model " << kiln_image.models[type].name << ", got a model "
                      << found->described->name;
      return KILN_INVALID_ARGUMENT;
    }
    return body(context, const_cast<Model&>(*found));
  });
}

}  // namespace

int32_t model_type_count() { return kiln_image.model_count; }

const char* model_type_name(int32_t type) {
  return type >= 0 && type < kiln_image.model_count ? kiln_image.models[type].name : nullptr;
}

int32_t model_type_find(const char* name) {
  for (int32_t i = 0; name != nullptr && i < kiln_image.model_count; ++i)
    if (strcmp(kiln_image.models[i].name, name) == 0) return i;
  return -1;
}

kiln_status model_create(kiln_context* handle, int32_t type, uint64_t seed, kiln_model** model) {
  return with_type(handle, type, model,
                   [&](Context& context, Model** made) { return create_model(context, type, seed, made); });
}

kiln_status model_create_zero(kiln_context* handle, int32_t type, kiln_model** model) {
  return with_type(handle, type, model,
                   [&](Context& context, Model** made) { return create_zero_model(context, type, made); });
}

kiln_status model_open(kiln_context* handle, int32_t type, const char* path, kiln_model** model) {
  return with_type(handle, type, model, [&](Context& context, Model** made) {
    return path == nullptr ? refuse(context, "the path is null") : open_model(context, type, path, made);
  });
}

kiln_status model_load(kiln_context* handle, int32_t type, kiln_model* model, const char* path) {
  return with_model(handle, type, model, [&](Context& context, Model& found) {
    return path == nullptr ? refuse(context, "the path is null") : load_model(context, found, path);
  });
}

kiln_status model_save(kiln_context* handle, int32_t type, const kiln_model* model, const char* path) {
  return with_model(handle, type, model, [&](Context& context, const Model& found) {
    return path == nullptr ? refuse(context, "the path is null") : save_model(context, found, path);
  });
}

kiln_status model_copy(kiln_context* handle, int32_t type, const kiln_model* model, kiln_model** copy) {
  if (copy != nullptr) *copy = nullptr;
  return with_model(handle, type, model, [&](Context& context, const Model& found) {
    if (copy == nullptr) return refuse(context, "where to put the copy is null");
    Model* made = nullptr;
    const kiln_status status = copy_model(context, found, &made);
    *copy = reinterpret_cast<kiln_model*>(made);
    return status;
  });
}

kiln_status model_assign(kiln_context* handle, int32_t type, kiln_model* to, const kiln_model* from) {
  return with_model(handle, type, to, [&](Context& context, Model& target) -> kiln_status {
    const Model* source = model_of(from);
    if (source == nullptr) return refuse(context, "what is to be assigned is not a model of this library");
    if (source->described != target.described) {
      context.message << "a model " << target.described->name << " cannot take the values of a model "
                      << source->described->name;
      return KILN_INVALID_ARGUMENT;
    }
    if (source == &target) return KILN_OK;
    thaw_model(target);
    memcpy(target.block, source->block, static_cast<size_t>(target.described->bytes));
    return KILN_OK;
  });
}

kiln_status model_freeze(kiln_context* handle, int32_t type, kiln_model* model) {
  return with_model(handle, type, model,
                    [](Context& context, Model& found) { return freeze_model(context, found); });
}

void model_free(kiln_model* handle) {
  if (const Model* model = model_of(handle)) free_model(const_cast<Model*>(model));
}

int32_t model_type(const kiln_model* handle) {
  const Model* model = model_of(handle);
  return model == nullptr ? -1 : model->type();
}

int32_t model_parameter_count(const kiln_model* handle) {
  const Model* model = model_of(handle);
  return model == nullptr ? 0 : model->described->leaf_count;
}

kiln_status model_parameter(const kiln_model* handle, int32_t index, kiln_parameter* parameter) {
  const Model* model = model_of(handle);
  if (model == nullptr || parameter == nullptr || parameter->struct_size < sizeof(kiln_parameter))
    return KILN_INVALID_ARGUMENT;
  if (index < 0 || index >= model->described->leaf_count) return KILN_NOT_FOUND;
  const kiln_image_leaf& leaf = model->described->leaves[index];
  const size_t struct_size = parameter->struct_size;
  *parameter = {struct_size, leaf.path, leaf.role,    leaf.element,
                leaf.rank,   0,         leaf.extents, model->block + leaf.offset,
                leaf.bytes};
  return KILN_OK;
}

}  // namespace kiln::runtime
