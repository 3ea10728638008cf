#include "compiled_call.h"

#include <dlfcn.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace kiln::tools {

namespace fs = std::filesystem;

std::unique_ptr<LoadedLibrary> LoadedLibrary::build(const elaborate::Module& module,
                                                    const driver::LibraryOptions& options,
                                                    Diagnostics& diagnostics, std::string& problem) {
  std::error_code no_folder;
  std::string folder = (fs::temp_directory_path(no_folder) / "kilnc-XXXXXX").string();
  if (no_folder || !mkdtemp(folder.data())) {
    problem = "cannot make a temporary folder (TMPDIR says where): " +
              (no_folder ? no_folder.message() : folder + ": " + std::strerror(errno));
    return nullptr;
  }
  const fs::path path = fs::path(folder) / "libprogram.so";
  std::unique_ptr<LoadedLibrary> library;
  if (driver::build_library(module, "program", path, std::nullopt, options, diagnostics)) {
    library.reset(new LoadedLibrary);
    library->handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    const auto get = library->handle_
                         ? reinterpret_cast<kiln_module_function>(dlsym(library->handle_, KILN_MODULE_SYMBOL))
                         : nullptr;
    library->api_ = get ? get() : nullptr;
    if (!kiln_module_fits(library->api_)) {
      const char* why = dlerror();
      problem = std::string("the library that was built cannot be opened: ") +
                (why ? why : "it has no kiln_module");
      library.reset();
    }
  }
  std::error_code ignored;
  fs::remove_all(folder, ignored);  // what is open stays
  return library;
}

LoadedLibrary::~LoadedLibrary() {
  if (handle_) dlclose(handle_);
}

CompiledCall::CompiledCall(const kiln_module_api* api, const elaborate::Module& module,
                           const elaborate::Function& function, CallValues& values, int threads,
                           TraceEvents* events)
    : api_(api), function_(function), values_(values) {
  char message[512] = "";
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.threads = threads;
  options.message = message;
  options.message_bytes = sizeof message;
  const kiln_tracer tracer = events ? events->tracer() : kiln_tracer{};
  if (events) options.tracer = &tracer;
  if (api_->context_create(&options, &context_) != KILN_OK) {
    problem_ = message;
    return;
  }
  number_ = api_->function_find(function.name.c_str());
  const size_t count = function.arguments.size();
  models_.resize(count);
  tensors_.resize(count);
  dims_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const elaborate::Argument& argument = function.arguments[i];
    std::vector<graph::Tensor>& leaves = values.arguments[i];
    switch (argument.kind) {
      case sema::ArgumentKind::dim:
        dims_[i] = values.dims.at(argument.dim);
        pointers_.push_back(&dims_[i]);
        break;
      case sema::ArgumentKind::rng: pointers_.push_back(leaves[0].data.data()); break;
      case sema::ArgumentKind::model: {
        const int32_t type = api_->model_type_find(module.models[argument.model].name.c_str());
        if (!check(api_->model_create_zero(context_, type, &models_[i]))) return;
        for (size_t leaf = 0; leaf < leaves.size(); ++leaf) {
          kiln_parameter parameter = {};
          parameter.struct_size = sizeof parameter;
          if (!check(api_->model_parameter(models_[i], static_cast<int32_t>(leaf), &parameter))) return;
          std::copy(leaves[leaf].data.begin(), leaves[leaf].data.end(),
                    static_cast<std::byte*>(parameter.data));
        }
        pointers_.push_back(models_[i]);
        break;
      }
      case sema::ArgumentKind::tensor:
        if (argument.type.shape.empty()) {
          pointers_.push_back(leaves[0].data.data());
          break;
        }
        tensors_[i] =
            KILN_TENSOR_INIT(leaves[0].data.data(), static_cast<int32_t>(leaves[0].element),
                             static_cast<int32_t>(leaves[0].extents.size()), leaves[0].extents.data());
        pointers_.push_back(&tensors_[i]);
        break;
    }
  }
}

CompiledCall::~CompiledCall() {
  for (kiln_model* model : models_) api_->model_free(model);
  api_->context_destroy(context_);
}

bool CompiledCall::check(kiln_status status) {
  problem_ = text_of(status);
  return problem_.empty();
}

std::string CompiledCall::text_of(kiln_status status) const {
  if (status == KILN_OK) return "";
  const char* message = api_->context_message(context_);
  return message[0] ? message : api_->status_text(status);
}

std::string CompiledCall::freeze() {
  for (size_t i = 0; i < models_.size(); ++i) {
    if (!models_[i] || function_.arguments[i].direction != elaborate::Direction::in) continue;
    if (const std::string problem = text_of(api_->model_freeze(context_, models_[i])); !problem.empty())
      return problem;
  }
  return "";
}

std::string CompiledCall::run() {
  return text_of(api_->call(context_, number_, pointers_.data(), static_cast<int32_t>(pointers_.size())));
}

void CompiledCall::fetch() {
  for (size_t i = 0; i < models_.size(); ++i) {
    if (!models_[i]) continue;
    for (size_t leaf = 0; leaf < values_.arguments[i].size(); ++leaf) {
      kiln_parameter parameter = {};
      parameter.struct_size = sizeof parameter;
      if (api_->model_parameter(models_[i], static_cast<int32_t>(leaf), &parameter) != KILN_OK) continue;
      std::vector<std::byte>& bytes = values_.arguments[i][leaf].data;
      std::copy_n(static_cast<const std::byte*>(parameter.data), bytes.size(), bytes.begin());
    }
  }
}

int64_t CompiledCall::workspace_bytes() {
  std::vector<int64_t> dims;
  for (const std::string& name : function_.graph.dims) dims.push_back(values_.dims.at(name));
  kiln_plan* plan = nullptr;
  if (api_->plan_create(context_, number_, dims.data(), static_cast<int32_t>(dims.size()), &plan) != KILN_OK)
    return -1;
  const int64_t bytes = api_->plan_workspace(plan);
  api_->plan_free(plan);
  return bytes;
}

}  // namespace kiln::tools
