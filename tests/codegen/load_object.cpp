#include "load_object.h"

#include <llvm/Support/MemoryBuffer.h>

#include "base/internal_check.h"

namespace kiln::codegen::test {
namespace {

std::string text_of(llvm::Error error) { return llvm::toString(std::move(error)); }

}  // namespace

const Target& host_target() {
  const Target* target = native_target();
  internal_check(target != nullptr, "this machine runs one of the targets");
  return *target;
}

LoadedObject::LoadedObject(llvm::Module& module, const Target& target) {
  auto machine = make_target_machine(target);
  optimise(module, *machine);
  const std::vector<std::byte> object = emit_object(module, *machine);
  auto jit = llvm::orc::LLJITBuilder().create();
  internal_check(!!jit, "the JIT starts");
  jit_ = std::move(*jit);
  // Nothing is resolved from this process: generated code calls no library, but for these two.
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(
      {reinterpret_cast<const char*>(object.data()), object.size()}, "object");
  llvm::orc::SymbolMap allowed;
  const auto allow = [&](const char* name, void* place) {
    allowed[jit_->mangleAndIntern(name)] = {llvm::orc::ExecutorAddr::fromPtr(place),
                                            llvm::JITSymbolFlags::Exported};
  };
  allow("memcpy", reinterpret_cast<void*>(&memcpy));
  allow("memset", reinterpret_cast<void*>(&memset));
  if (auto error = jit_->getMainJITDylib().define(llvm::orc::absoluteSymbols(allowed)))
    internal_error(text_of(std::move(error)));
  if (auto error = jit_->addObjectFile(std::move(buffer))) internal_error(text_of(std::move(error)));
}

void* LoadedObject::address(const std::string& name) const {
  auto found = jit_->lookup(name);
  if (!found) internal_error(text_of(found.takeError()));
  return found->toPtr<void*>();
}

}  // namespace kiln::codegen::test
