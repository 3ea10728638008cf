#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/scalar_function.h"
#include "load_object.h"

namespace kiln::codegen::test {

/// A scalar function compiled for vectors of `lanes`: y[i] = f(x0[i], x1[i], x2[i]) for i in 0..count, a
/// multiple of lanes; unused operands are null. Bools are bytes.
class MapFunction {
 public:
  using Code = void(const void* x0, const void* x1, const void* x2, void* y, int64_t count);

  MapFunction(ScalarFunction function, ElementType type, int lanes, ElementType to = ElementType::f32);
  void operator()(std::vector<const void*> x, void* y, int64_t count) const;

 private:
  std::unique_ptr<LoadedObject> object_;
  Code* code_;
};

}  // namespace kiln::codegen::test
