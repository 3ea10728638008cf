#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/scalar_function.h"
#include "load_object.h"

namespace kiln::codegen::test {

/// Adds `name`(x0, x1, x2, y, count), as MapFunction describes it.
void add_map_function(llvm::Module& module, const Target& target, const std::string& name,
                      ScalarFunction function, ElementType type, int lanes, ElementType to);

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
