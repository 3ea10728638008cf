#pragma once

#include "model.h"

namespace kiln::runtime {

/// Fills a model from a safetensors file. On failure the message lists everything that is wrong, and the
/// model is as it was.
kiln_status load_model(Context& context, Model& model, const char* path);

/// A new model from a file, read straight into its place.
kiln_status open_model(Context& context, int32_t type, const char* path, Model** model);

/// Writes all leaves to a new file beside `path`, syncs, renames it to `path` and syncs the folder. On
/// failure nothing is left behind and the former file stays.
kiln_status save_model(Context& context, const Model& model, const char* path);

}  // namespace kiln::runtime
