#include "map_function.h"

#include "codegen/lowering_table.h"

namespace kiln::codegen::test {

void add_map_function(llvm::Module& module, const Target& target, const std::string& name,
                      ScalarFunction function, ElementType type, int lanes, ElementType to) {
  llvm::LLVMContext& context = module.getContext();
  llvm::IRBuilder<> builder(context);
  Emitter emitter{target, module, builder};
  llvm::Type* pointer = builder.getPtrTy();
  auto* code = llvm::Function::Create(
      llvm::FunctionType::get(builder.getVoidTy(), {pointer, pointer, pointer, pointer, builder.getInt64Ty()},
                              false),
      llvm::GlobalValue::ExternalLinkage, name, module);
  set_target_attributes(*code, target);
  auto* entry = llvm::BasicBlock::Create(context, "entry", code);
  auto* loop = llvm::BasicBlock::Create(context, "loop", code);
  auto* end = llvm::BasicBlock::Create(context, "end", code);
  builder.SetInsertPoint(entry);
  builder.CreateBr(loop);
  builder.SetInsertPoint(loop);
  llvm::PHINode* place = builder.CreatePHI(builder.getInt64Ty(), 2);
  place->addIncoming(builder.getInt64(0), entry);

  const auto vector_of = [&](llvm::Type* element) -> llvm::Type* {
    return lanes == 1 ? element : llvm::FixedVectorType::get(element, static_cast<unsigned>(lanes));
  };
  std::vector<Lanes> operands;
  const int arity = row_of(function).arity;
  for (int i = 0; i < arity; ++i) {
    const bool is_condition = row_of(function).signature == ScalarSignature::choice && i == 0;
    const ElementType element = is_condition ? ElementType::boolean : type;
    llvm::Type* stored = memory_type(context, element);
    llvm::Value* address = builder.CreateGEP(stored, code->getArg(static_cast<unsigned>(i)), place);
    Lanes x{&emitter, builder.CreateAlignedLoad(vector_of(stored), address, llvm::Align(1))};
    operands.push_back(element == ElementType::boolean ? x != 0 : x);
  }
  const Lanes result = lower_scalar(emitter, function, {type, to, operands});
  const std::vector<ElementType> types(operands.size(), type);
  const ElementType result_element = result_type(function, types, to);
  llvm::Type* stored = memory_type(context, result_element);
  const Lanes value = result_element == ElementType::boolean ? result.resized(8, false) : result;
  builder.CreateAlignedStore(value.value, builder.CreateGEP(stored, code->getArg(3), place), llvm::Align(1));
  llvm::Value* next = builder.CreateAdd(place, builder.getInt64(static_cast<uint64_t>(lanes)));
  place->addIncoming(next, builder.GetInsertBlock());
  builder.CreateCondBr(builder.CreateICmpSLT(next, code->getArg(4)), loop, end);
  builder.SetInsertPoint(end);
  builder.CreateRetVoid();
}

MapFunction::MapFunction(ScalarFunction function, ElementType type, int lanes, ElementType to) {
  llvm::LLVMContext context;
  const Target& target = host_target();
  auto module = make_module(context, "map", target);
  add_map_function(*module, target, "map", function, type, lanes, to);
  object_ = std::make_unique<LoadedObject>(*module, target);
  code_ = object_->function<Code>("map");
}

void MapFunction::operator()(std::vector<const void*> x, void* y, int64_t count) const {
  x.resize(3);
  code_(x[0], x[1], x[2], y, count);
}

}  // namespace kiln::codegen::test
