#include "codegen/emit_image.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/DerivedTypes.h>

#include <map>

#include "codegen/emit_module.h"

namespace kiln::codegen {
namespace {

using llvm::Constant;

/// Constant structures in the layout that C gives those of image.h: fields at their natural alignment.
class ImageData {
 public:
  explicit ImageData(llvm::Module& module) : module_(module), context_(module.getContext()) {}

  Constant* module_of(const Image& image) {
    std::vector<Constant*> models, functions;
    for (const ImageModel& model : image.models) models.push_back(model_of(model));
    for (const ImageFunction& function : image.functions) functions.push_back(function_of(function));
    return structure({int32(KILN_IMAGE_VERSION), text(image.name), text(image.json), count(models),
                      array(models), count(functions), array(functions)});
  }

 private:
  Constant* int32(int64_t value) {
    return llvm::ConstantInt::get(llvm::Type::getInt32Ty(context_), static_cast<uint64_t>(value), true);
  }
  Constant* int64(int64_t value) {
    return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context_), static_cast<uint64_t>(value), true);
  }
  Constant* null() { return llvm::ConstantPointerNull::get(llvm::PointerType::getUnqual(context_)); }
  Constant* structure(const std::vector<Constant*>& fields) {
    return llvm::ConstantStruct::getAnon(context_, fields, /*Packed=*/false);
  }
  template <typename Element>
  Constant* count(const std::vector<Element>& elements) {
    return int32(static_cast<int64_t>(elements.size()));
  }

  Constant* global(Constant* data, uint64_t alignment) {
    return add_constant(module_, "kiln.image." + std::to_string(global_count_++), data, alignment);
  }

  Constant* array(const std::vector<Constant*>& elements) {
    if (elements.empty()) return null();
    auto* type = llvm::ArrayType::get(elements[0]->getType(), elements.size());
    return global(llvm::ConstantArray::get(type, elements), 8);
  }

  Constant* text(const std::string& text) {
    Constant*& found = texts_[text];
    if (!found) found = global(llvm::ConstantDataArray::getString(context_, text), 1);
    return found;
  }

  Constant* numbers(const std::vector<int64_t>& numbers) {
    Constant*& found = numbers_[numbers];
    if (!found) {
      const std::vector<uint64_t> bits(numbers.begin(), numbers.end());
      found = numbers.empty() ? null() : global(llvm::ConstantDataArray::get(context_, bits), 8);
    }
    return found;
  }

  Constant* bytes(const std::vector<std::byte>& data) {
    if (data.empty()) return null();
    const llvm::ArrayRef<uint8_t> view(reinterpret_cast<const uint8_t*>(data.data()), data.size());
    return global(llvm::ConstantDataArray::get(context_, view), 64);
  }

  Constant* program(const dim::Dim& dim) { return numbers(compile_dim(dim, dims_)); }

  Constant* tensor_of(const ImageTensor& tensor) {
    std::vector<Constant*> axes;
    for (const ImageAxis& axis : tensor.axes)
      axes.push_back(structure({program(axis.extent), text(axis.text)}));
    return structure({int32(static_cast<int>(tensor.element)), count(axes), array(axes)});
  }

  Constant* model_of(const ImageModel& model) {
    std::vector<Constant*> leaves, panels;
    for (const ImageLeaf& leaf : model.leaves)
      leaves.push_back(
          structure({text(leaf.path), int32(leaf.role), int32(static_cast<int>(leaf.element)),
                     count(leaf.extents), numbers(leaf.extents), int64(leaf.offset), int64(leaf.bytes)}));
    for (const ImagePanels& row : model.panels)
      panels.push_back(structure({int32(row.leaf), int32(row.pack), int64(row.offset)}));
    return structure({text(model.name), text(model.documentation), count(leaves), array(leaves),
                      int64(model.bytes), int32(model.initialise), count(panels), array(panels),
                      int64(model.panel_bytes)});
  }

  Constant* buffer_of(const ImageBuffer& buffer) {
    const bool is_work = buffer.kind == KILN_BUFFER_ARENA || buffer.kind == KILN_BUFFER_WORKER;
    return structure({int32(buffer.kind), int32(buffer.argument), int32(buffer.leaf),
                      is_work ? program(buffer.bytes) : null(), int32(buffer.first_kernel),
                      int32(buffer.last_kernel), bytes(buffer.data)});
  }

  Constant* kernel_of(const ImageKernel& kernel) {
    std::vector<Constant*> code;
    for (const ImageCode& target : kernel.code) code.push_back(code_of(target));
    auto* codes = llvm::ConstantArray::get(llvm::ArrayType::get(code[0]->getType(), code.size()), code);
    Constant* parallel = kernel.parallel_if ? numbers(compile_condition(*kernel.parallel_if, dims_)) : null();
    return structure({text(kernel.name), text(kernel.place), codes, parallel});
  }

  Constant* code_of(const ImageCode& code) {
    const auto first_place = static_cast<int64_t>(places_.size());
    for (const std::vector<uint32_t>* list : {&code.buffers, &code.dims})
      for (const uint32_t position : *list) places_.push_back(int32(position));
    return structure({code.symbol.empty() ? null() : kernel_function(code.symbol), int32(first_place),
                      count(code.buffers), count(code.dims)});
  }

  Constant* kernel_function(const std::string& symbol) {
    llvm::Type* pointer = llvm::PointerType::getUnqual(context_);
    llvm::Type* i64 = llvm::Type::getInt64Ty(context_);
    auto* type =
        llvm::FunctionType::get(llvm::Type::getVoidTy(context_), {pointer, pointer, i64, i64}, false);
    auto* function = llvm::cast<llvm::Function>(module_.getOrInsertFunction(symbol, type).getCallee());
    function->setVisibility(llvm::GlobalValue::HiddenVisibility);
    function->setDSOLocal(true);
    return function;
  }

  Constant* check_of(const ImageCheck& check) {
    return structure({int32(check.kind), int32(check.after_kernel), int32(check.buffer),
                      int32(check.greatest), check.kind == KILN_CHECK_INDEX ? program(check.extent) : null(),
                      text(check.tensor), int32(check.axis), text(check.message), text(check.place)});
  }

  Constant* carried_of(const kiln_image_carried& carried) {
    auto* memory = llvm::ConstantArray::get(llvm::ArrayType::get(llvm::Type::getInt32Ty(context_), 2),
                                            {int32(carried.memory[0]), int32(carried.memory[1])});
    return structure({int32(carried.current), int32(carried.next), int32(carried.initial), memory});
  }

  Constant* loop_of(const ImageLoop& loop) {
    std::vector<Constant*> carried, rows;
    for (const kiln_image_carried& value : loop.carried) carried.push_back(carried_of(value));
    for (const ImageRow& row : loop.rows)
      rows.push_back(structure({int32(row.row), int32(row.stack), program(row.bytes)}));
    return structure({int32(loop.first_kernel), int32(loop.last_kernel), int32(loop.counter),
                      int32(loop.reversed), loop.limit ? program(*loop.limit) : null(), int32(loop.rounds),
                      int32(loop.go_on), int32(loop.next_go_on), int32(loop.made), count(carried),
                      array(carried), count(rows), array(rows)});
  }

  Constant* function_of(const ImageFunction& function) {
    dims_.clear();
    places_.clear();
    for (const ImageDim& dim : function.dims) dims_.push_back(dim.name);
    dims_.insert(dims_.end(), function.counters.begin(), function.counters.end());
    std::vector<Constant*> arguments, dims, conditions, buffers, kernels, checks, loops;
    for (const ImageArgument& argument : function.arguments)
      arguments.push_back(
          structure({text(argument.name), int32(argument.kind), int32(argument.direction),
                     tensor_of(argument.tensor), int32(argument.model), int32(argument.dim)}));
    for (const ImageDim& dim : function.dims)
      dims.push_back(structure({text(dim.name), int32(dim.argument), int32(dim.axis), int32(dim.kind),
                                count(dim.factors), numbers(dim.factors)}));
    for (const ImageCondition& condition : function.conditions)
      conditions.push_back(
          structure({numbers(compile_condition(condition.condition, dims_)), text(condition.text)}));
    for (const ImageBuffer& buffer : function.buffers) buffers.push_back(buffer_of(buffer));
    for (const ImageKernel& kernel : function.kernels) kernels.push_back(kernel_of(kernel));
    for (const ImageCheck& check : function.checks) checks.push_back(check_of(check));
    for (const ImageLoop& loop : function.loops) loops.push_back(loop_of(loop));
    return structure({function.name ? text(*function.name) : null(), text(function.documentation),
                      count(arguments), array(arguments), count(dims), array(dims), count(conditions),
                      array(conditions), count(buffers), array(buffers), count(kernels), array(kernels),
                      array(places_), count(checks), array(checks), count(function.counters), count(loops),
                      array(loops)});
  }

  llvm::Module& module_;
  llvm::LLVMContext& context_;
  int global_count_ = 0;
  // Of the function at work:
  std::vector<std::string> dims_;
  std::vector<Constant*> places_;
  std::map<std::string, Constant*> texts_;
  std::map<std::vector<int64_t>, Constant*> numbers_;
};

}  // namespace

void emit_image_data(const Image& image, llvm::Module& module) {
  Constant* data = ImageData(module).module_of(image);
  llvm::GlobalVariable* variable = add_constant(module, "kiln_image", data, 8);
  variable->setLinkage(llvm::GlobalValue::ExternalLinkage);
  variable->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::None);
  variable->setVisibility(llvm::GlobalValue::HiddenVisibility);
  variable->setDSOLocal(true);
}

std::vector<std::byte> compile_image(const Image& image) {
  llvm::LLVMContext context;
  const Target& target = targets().front();  // for triple and layout; the functions name a plainer processor
  auto module = make_module(context, image.name, target);
  emit_image_data(image, *module);
  emit_wrappers(image, *module);
  return emit_object(*module, *make_target_machine(target));
}

}  // namespace kiln::codegen
