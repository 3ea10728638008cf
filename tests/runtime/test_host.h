#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "kiln/kiln.h"
#include "test_image.h"

extern "C" const kiln_module_api* kiln_module(void);

/// An allocator that counts what it gives, and fails on demand.
struct CountingAllocator {
  std::atomic<int64_t> allocations{0};
  std::atomic<int64_t> live_bytes{0};
  std::atomic<int64_t> fail_after{INT64_MAX};  // so many allocations succeed

  kiln_allocator hooks() { return {sizeof(kiln_allocator), this, allocate, release}; }

 private:
  static void* allocate(void* user, size_t bytes, size_t alignment) {
    auto& self = *static_cast<CountingAllocator*>(user);
    if (self.allocations.fetch_add(1) >= self.fail_after.load()) return nullptr;
    void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    self.live_bytes += static_cast<int64_t>(bytes);
    return memory;
  }
  static void release(void* user, void* memory, size_t bytes) {
    static_cast<CountingAllocator*>(user)->live_bytes -= static_cast<int64_t>(bytes);
    std::free(memory);
  }
};

/// A tensor that owns its values, in the form that C callers have.
template <class T>
struct Tensor {
  std::vector<int64_t> extents;
  std::vector<T> values;
  kiln_tensor c;

  Tensor(kiln_element element, std::vector<int64_t> shape, std::vector<T> content = {})
      : extents(std::move(shape)), values(std::move(content)) {
    int64_t count = 1;
    for (const int64_t extent : extents) count *= extent;
    values.resize(static_cast<size_t>(count));
    c = {sizeof(kiln_tensor), values.data(), element,         static_cast<int32_t>(extents.size()),
         extents.data(),      nullptr,       KILN_DEVICE_CPU, 0};
  }
  Tensor(const Tensor&) = delete;
};
struct Floats : Tensor<float> {
  explicit Floats(std::vector<int64_t> shape, std::vector<float> content = {})
      : Tensor(KILN_F32, std::move(shape), std::move(content)) {}
};
struct Integers : Tensor<int32_t> {
  explicit Integers(std::vector<int64_t> shape, std::vector<int32_t> content = {})
      : Tensor(KILN_I32, std::move(shape), std::move(content)) {}
};

/// A context of the linked library, and short forms of what tests do with it.
class Host {
 public:
  explicit Host(kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT) {
    status = kiln_context_create(api, &options, &context);
  }
  ~Host() { kiln_context_destroy(api, context); }
  Host(const Host&) = delete;

  kiln_status call(TestFunction function, std::vector<void*> arguments) {
    return kiln_call(api, context, function, arguments.data(), static_cast<int32_t>(arguments.size()));
  }
  std::string message() const { return kiln_context_message(api, context); }
  kiln_model* create(TestModel type, uint64_t seed = 1) {
    kiln_model* model = nullptr;
    EXPECT_EQ(kiln_model_create(api, context, type, seed, &model), KILN_OK) << message();
    return model;
  }

  const kiln_module_api* api = kiln_module();
  kiln_context* context = nullptr;
  kiln_status status = KILN_OK;
};

/// The bytes of all parameters of a model.
inline std::vector<std::string> contents(const kiln_module_api* api, const kiln_model* model) {
  std::vector<std::string> all;
  for (int32_t i = 0; i < kiln_model_parameter_count(api, model); ++i) {
    kiln_parameter parameter{};
    parameter.struct_size = sizeof(parameter);
    EXPECT_EQ(kiln_model_parameter(api, model, i, &parameter), KILN_OK);
    all.emplace_back(static_cast<const char*>(parameter.data), static_cast<size_t>(parameter.bytes));
  }
  return all;
}
