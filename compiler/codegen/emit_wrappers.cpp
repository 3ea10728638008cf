#include <llvm/IR/IRBuilder.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/internal_check.h"
#include "codegen/emit_image.h"
#include "codegen/lanes.h"

namespace kiln::codegen {
namespace {

/// A C function that every library, or every model type of it, has: it passes its arguments on to an entry
/// point of the runtime. Types are written p (pointer), l (int64), i (int32), v (void): the result, then the
/// parameters.
struct CommonFunction {
  std::string_view suffix;
  std::string_view entry_point;
  std::string_view signature;
  bool takes_type = false;  // the entry point's first argument is the position of the model type
};

constexpr std::array library_functions = {
    CommonFunction{"module", "kiln_runtime_module", "p"},
    CommonFunction{"context_create", "kiln_runtime_context_create", "ipp"},
    CommonFunction{"context_destroy", "kiln_runtime_context_destroy", "vp"},
    CommonFunction{"context_message", "kiln_runtime_context_message", "pp"},
    CommonFunction{"context_trim", "kiln_runtime_context_trim", "vp"},
    CommonFunction{"plan_workspace", "kiln_runtime_plan_workspace", "lp"},
    CommonFunction{"plan_free", "kiln_runtime_plan_free", "vp"},
};

constexpr std::array model_functions = {
    CommonFunction{"create", "kiln_runtime_model_create", "iplp", true},
    CommonFunction{"create_zero", "kiln_runtime_model_create_zero", "ipp", true},
    CommonFunction{"open", "kiln_runtime_model_open", "ippp", true},
    CommonFunction{"load", "kiln_runtime_model_load", "ippp", true},
    CommonFunction{"save", "kiln_runtime_model_save", "ippp", true},
    CommonFunction{"copy", "kiln_runtime_model_copy", "ippp", true},
    CommonFunction{"assign", "kiln_runtime_model_assign", "ippp", true},
    CommonFunction{"freeze", "kiln_runtime_model_freeze", "ipp", true},
    CommonFunction{"free", "kiln_runtime_model_free", "vp"},
    CommonFunction{"parameter_count", "kiln_runtime_model_parameter_count", "ip"},
    CommonFunction{"parameter", "kiln_runtime_model_parameter", "ipip"},
};

class Wrappers {
 public:
  explicit Wrappers(llvm::Module& module) : module_(module), builder_(module.getContext()) {}

  void add(const CommonFunction& row, const std::string& prefix, int type) {
    llvm::Function* wrapper = begin(prefix + std::string(row.suffix), function_type(row.signature));
    std::vector<llvm::Value*> arguments;
    std::string signature(1, row.signature[0]);
    if (row.takes_type) {
      arguments.push_back(builder_.getInt32(static_cast<uint32_t>(type)));
      signature += 'i';
    }
    signature += row.signature.substr(1);
    for (llvm::Argument& argument : wrapper->args()) arguments.push_back(&argument);
    finish(row.entry_point, signature, arguments);
  }

  /// NAME_FN(context, arguments…).
  void add_call(const ImageFunction& function, const std::string& name, int position) {
    std::vector<llvm::Type*> parameters = {pointer()};
    append_parameters(function, parameters);
    llvm::Function* wrapper = begin(name, llvm::FunctionType::get(builder_.getInt32Ty(), parameters, false));
    llvm::Value* arguments = store_addresses(*wrapper, 1, function.arguments.size(), /*values=*/false);
    finish("kiln_runtime_call", "iipp",
           {builder_.getInt32(static_cast<uint32_t>(position)), wrapper->getArg(0), arguments});
  }

  /// NAME_FN_plan(context, dims…, &plan).
  void add_plan(const ImageFunction& function, const std::string& name, int position) {
    std::vector<llvm::Type*> parameters = {pointer()};
    parameters.insert(parameters.end(), function.dims.size(), builder_.getInt64Ty());
    parameters.push_back(pointer());
    llvm::Function* wrapper =
        begin(name + "_plan", llvm::FunctionType::get(builder_.getInt32Ty(), parameters, false));
    llvm::Value* dims = store_addresses(*wrapper, 1, function.dims.size(), /*values=*/true);
    finish("kiln_runtime_plan", "iippp",
           {builder_.getInt32(static_cast<uint32_t>(position)), wrapper->getArg(0), dims,
            wrapper->getArg(static_cast<unsigned>(function.dims.size()) + 1)});
  }

  /// NAME_FN_run(plan, context, arguments…, workspace, workspace_bytes).
  void add_run(const ImageFunction& function, const std::string& name, int position) {
    std::vector<llvm::Type*> parameters = {pointer(), pointer()};
    append_parameters(function, parameters);
    parameters.push_back(pointer());
    parameters.push_back(builder_.getInt64Ty());
    llvm::Function* wrapper =
        begin(name + "_run", llvm::FunctionType::get(builder_.getInt32Ty(), parameters, false));
    const size_t count = function.arguments.size();
    llvm::Value* arguments = store_addresses(*wrapper, 2, count, /*values=*/false);
    finish("kiln_runtime_plan_run", "iippppl",
           {builder_.getInt32(static_cast<uint32_t>(position)), wrapper->getArg(0), wrapper->getArg(1),
            arguments, wrapper->getArg(static_cast<unsigned>(count) + 2),
            wrapper->getArg(static_cast<unsigned>(count) + 3)});
  }

 private:
  llvm::Type* pointer() { return builder_.getPtrTy(); }

  llvm::Type* type_of(char letter) {
    switch (letter) {
      case 'p': return pointer();
      case 'l': return builder_.getInt64Ty();
      case 'i': return builder_.getInt32Ty();
      case 'v': return builder_.getVoidTy();
      default: internal_error("a letter of a signature");
    }
  }

  llvm::FunctionType* function_type(std::string_view signature) {
    std::vector<llvm::Type*> parameters;
    for (char letter : signature.substr(1)) parameters.push_back(type_of(letter));
    return llvm::FunctionType::get(type_of(signature[0]), parameters, false);
  }

  /// How C passes the arguments: scalars that only go in by value, all else by address.
  void append_parameters(const ImageFunction& function, std::vector<llvm::Type*>& parameters) {
    for (const ImageArgument& argument : function.arguments) {
      const bool by_value = argument.kind == KILN_ARGUMENT_DIM || (argument.kind == KILN_ARGUMENT_SCALAR &&
                                                                   argument.direction == KILN_DIRECTION_IN);
      if (!by_value)
        parameters.push_back(pointer());
      else if (argument.kind == KILN_ARGUMENT_DIM)
        parameters.push_back(builder_.getInt64Ty());
      else
        parameters.push_back(memory_type(module_.getContext(), argument.tensor.element));
    }
  }

  llvm::Function* begin(const std::string& name, llvm::FunctionType* type) {
    auto* function = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, name, module_);
    function->addFnAttr("target-cpu", "x86-64");
    function->addFnAttr("target-features", "");
    function->addFnAttr(llvm::Attribute::NoUnwind);
    builder_.SetInsertPoint(llvm::BasicBlock::Create(module_.getContext(), "", function));
    return function;
  }

  /// An array of the function's arguments from `first` on: of i64 values, or of addresses, where what came by
  /// value is first put into memory. Zero arguments need none, but a pointer all the same.
  llvm::Value* store_addresses(llvm::Function& function, size_t first, size_t count, bool values) {
    llvm::Type* element = values ? builder_.getInt64Ty() : pointer();
    llvm::Value* array = builder_.CreateAlloca(llvm::ArrayType::get(element, std::max<size_t>(count, 1)),
                                               nullptr, "arguments");
    for (size_t i = 0; i < count; ++i) {
      llvm::Value* argument = function.getArg(static_cast<unsigned>(first + i));
      if (!values && !argument->getType()->isPointerTy()) {
        llvm::AllocaInst* memory = builder_.CreateAlloca(argument->getType());
        memory->setAlignment(llvm::Align(8));
        builder_.CreateStore(argument, memory);
        argument = memory;
      }
      builder_.CreateStore(argument, builder_.CreateConstInBoundsGEP1_64(element, array, i));
    }
    return array;
  }

  void finish(std::string_view entry_point, std::string_view signature,
              const std::vector<llvm::Value*>& arguments) {
    llvm::FunctionCallee callee = module_.getOrInsertFunction(entry_point, function_type(signature));
    auto* function = llvm::cast<llvm::Function>(callee.getCallee());
    function->setVisibility(llvm::GlobalValue::HiddenVisibility);
    function->setDSOLocal(true);
    llvm::CallInst* result = builder_.CreateCall(callee, arguments);
    if (result->getType()->isVoidTy())
      builder_.CreateRetVoid();
    else
      builder_.CreateRet(result);
  }

  llvm::Module& module_;
  llvm::IRBuilder<> builder_;
};

}  // namespace

void emit_wrappers(const Image& image, llvm::Module& module) {
  Wrappers wrappers(module);
  const std::string prefix = image.name + "_";
  for (const CommonFunction& function : library_functions) wrappers.add(function, prefix, 0);
  for (size_t type = 0; type < image.models.size(); ++type)
    for (const CommonFunction& function : model_functions)
      wrappers.add(function, prefix + image.models[type].name + "_", static_cast<int>(type));
  for (size_t i = 0; i < image.functions.size(); ++i) {
    const ImageFunction& function = image.functions[i];
    if (!function.name) continue;
    const int position = static_cast<int>(i);
    wrappers.add_call(function, prefix + *function.name, position);
    wrappers.add_plan(function, prefix + *function.name, position);
    wrappers.add_run(function, prefix + *function.name, position);
  }
}

std::vector<std::string> exported_functions(const Image& image) {
  std::vector<std::string> names;
  const std::string prefix = image.name + "_";
  for (const CommonFunction& function : library_functions)
    names.push_back(prefix + std::string(function.suffix));
  for (const ImageModel& model : image.models)
    for (const CommonFunction& function : model_functions)
      names.push_back(prefix + model.name + "_" + std::string(function.suffix));
  for (const ImageFunction& function : image.functions)
    if (function.name)
      for (const char* suffix : {"", "_plan", "_run"}) names.push_back(prefix + *function.name + suffix);
  return names;
}

}  // namespace kiln::codegen
