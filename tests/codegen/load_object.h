#pragma once

#include <llvm/ExecutionEngine/Orc/LLJIT.h>

#include <memory>
#include <string>

#include "codegen/emit_module.h"

namespace kiln::codegen::test {

/// The best target that this machine can run; the tests need one.
const Target& host_target();

/// Machine code in memory, as `optimise` and `emit_object` give it.
class LoadedObject {
 public:
  LoadedObject(llvm::Module& module, const Target& target);
  template <typename Function>
  Function* function(const std::string& name) const {
    return reinterpret_cast<Function*>(address(name));
  }
  void* address(const std::string& name) const;

 private:
  std::unique_ptr<llvm::orc::LLJIT> jit_;
};

}  // namespace kiln::codegen::test
