#include "codegen/emit_module.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/OptBisect.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetOptions.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/DCE.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/GVN.h>
#include <llvm/Transforms/Scalar/LICM.h>
#include <llvm/Transforms/Scalar/LoopPassManager.h>
#include <llvm/Transforms/Scalar/LoopUnrollPass.h>
#include <llvm/Transforms/Scalar/SROA.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>

#include "base/internal_check.h"

namespace kiln::codegen {
namespace {

/// Kernels come with addresses as few additions to what a loop counts; strength reduction would give each
/// access a counter of its own and then spend longer on the registers for them
/// (docs/decisions/compiled-kernels.md).
class WithoutStrengthReduction : public llvm::OptPassGate {
 public:
  bool shouldRunPass(llvm::StringRef pass, llvm::StringRef) override {
    return pass != "Loop Strength Reduction";
  }
  bool isEnabled() const override { return true; }
};

std::string emit(llvm::Module& module, llvm::TargetMachine& machine, llvm::CodeGenFileType type) {
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  internal_check(!machine.addPassesToEmitFile(passes, stream, nullptr, type),
                 "the target cannot emit this file type");
  passes.run(module);
  return std::string(text.str());
}

}  // namespace

std::unique_ptr<llvm::TargetMachine> make_target_machine(const Target& target) {
  // LLVM's registry of targets is filled once; two threads may not do it at the same time.
  static const bool initialised = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    return true;
  }();
  internal_check(initialised, "LLVM's targets are registered");
  std::string error;
  const llvm::Target* found = llvm::TargetRegistry::lookupTarget(std::string(target.triple), error);
  internal_check(found != nullptr, "LLVM knows the target's triple: " + error);
  llvm::TargetOptions options;
  options.FunctionSections = true;  // the linker drops and merges kernels one by one
  options.DataSections = true;
  options.MCOptions.AsmVerbose = true;                 // for people: which instruction spills a register
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;  // what contracts is written as fma
  return std::unique_ptr<llvm::TargetMachine>(
      found->createTargetMachine(target.triple, target.processor, target.features, options, llvm::Reloc::PIC_,
                                 llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default));
}

std::unique_ptr<llvm::Module> make_module(llvm::LLVMContext& context, const std::string& name,
                                          const Target& target) {
  static WithoutStrengthReduction gate;  // without state
  context.setOptPassGate(gate);
  auto module = std::make_unique<llvm::Module>(name, context);
  module->setTargetTriple(target.triple);
  module->setDataLayout(make_target_machine(target)->createDataLayout());
  module->setPICLevel(llvm::PICLevel::BigPIC);
  return module;
}

llvm::GlobalVariable* add_constant(llvm::Module& module, const std::string& name, llvm::Constant* data,
                                   uint64_t alignment) {
  internal_check(module.getNamedGlobal(name) == nullptr, "a constant's name is new: " + name);
  auto* variable = llvm::cast<llvm::GlobalVariable>(module.getOrInsertGlobal(name, data->getType()));
  variable->setInitializer(data);
  variable->setConstant(true);
  variable->setLinkage(llvm::GlobalValue::PrivateLinkage);
  variable->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
  variable->setAlignment(llvm::Align(alignment));
  return variable;
}

void set_target_attributes(llvm::Function& function, const Target& target) {
  function.addFnAttr("target-cpu", target.processor);
  function.addFnAttr("target-features", target.features);
  const std::string width = std::to_string(target.vector_bytes * 8);
  function.addFnAttr("prefer-vector-width", width);
  function.addFnAttr("min-legal-vector-width", width);
  function.addFnAttr(llvm::Attribute::NoUnwind);
}

void optimise(llvm::Module& module, llvm::TargetMachine& machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder passes(&machine);
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(components);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, components, modules);

  llvm::FunctionPassManager list;
  list.addPass(llvm::SROAPass(llvm::SROAOptions::ModifyCFG));
  list.addPass(llvm::EarlyCSEPass(true));
  list.addPass(llvm::InstCombinePass());
  list.addPass(llvm::SimplifyCFGPass());
  llvm::LoopPassManager loop_list;
  loop_list.addPass(llvm::LICMPass(llvm::LICMOptions()));
  list.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(loop_list), /*UseMemorySSA=*/true));
  list.addPass(llvm::GVNPass());
  list.addPass(llvm::LoopUnrollPass(llvm::LoopUnrollOptions(2, /*OnlyWhenForced=*/true)));
  list.addPass(llvm::InstCombinePass());
  list.addPass(llvm::DCEPass());
  list.addPass(llvm::SimplifyCFGPass());

  llvm::ModulePassManager all;
  all.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(list)));
  all.run(module, modules);
}

std::vector<std::byte> emit_object(llvm::Module& module, llvm::TargetMachine& machine) {
  const std::string text = emit(module, machine, llvm::CodeGenFileType::ObjectFile);
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

std::string emit_assembly(llvm::Module& module, llvm::TargetMachine& machine) {
  return emit(module, machine, llvm::CodeGenFileType::AssemblyFile);
}

std::string print_module(const llvm::Module& module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream, nullptr);
  return text;
}

}  // namespace kiln::codegen
