#include <gtest/gtest.h>
#include <llvm/Object/ELFObjectFile.h>

#include "codegen/emit_module.h"
#include "map_function.h"

namespace kiln::codegen::test {
namespace {

using F = ScalarFunction;
using enum ElementType;

std::vector<std::string> undefined_symbols(const std::vector<std::byte>& bytes) {
  const llvm::StringRef text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  auto object = llvm::cantFail(llvm::object::ObjectFile::createELFObjectFile({text, "object"}));
  std::vector<std::string> names;
  for (const llvm::object::SymbolRef& symbol : object->symbols())
    if (llvm::cantFail(symbol.getFlags()) & llvm::object::SymbolRef::SF_Undefined) {
      const std::string name = llvm::cantFail(symbol.getName()).str();
      if (!name.empty()) names.push_back(name);
    }
  return names;
}

/// Every scalar function of every type that it has, every conversion, for scalars and vectors.
void add_everything(llvm::Module& module, const Target& target) {
  const ElementType numbers[] = {i8, i16, i32, i64, u8, u16, u32, u64, f32, f64};
  const ElementType all[] = {boolean, i8, i16, i32, i64, u8, u16, u32, u64, f16, bf16, f32, f64};
  int count = 0;
  const auto add = [&](F function, ElementType type, ElementType to) {
    for (int lanes : {1, 4, 16})
      add_map_function(module, target, "map" + std::to_string(count++), function, type, lanes, to);
  };
  for (int i = 0; i < scalar_function_count; ++i) {
    const auto function = static_cast<F>(i);
    const ScalarSignature signature = row_of(function).signature;
    if (signature == ScalarSignature::conversion) {
      for (ElementType from : all)
        for (ElementType to : all) add(function, from, to);
    } else if (signature == ScalarSignature::logic) {
      add(function, boolean, boolean);
    } else if (signature == ScalarSignature::random) {
      add(function, u64, u32);
    } else {
      const bool real = signature == ScalarSignature::real || signature == ScalarSignature::real_test;
      for (ElementType type : numbers)
        if (is_float(type) ? signature != ScalarSignature::integer : !real) add(function, type, type);
    }
  }
}

class EmittedCode : public testing::TestWithParam<std::string> {};

/// Also the only test that sees all code of a target which this machine cannot run.
TEST_P(EmittedCode, CallsNoLibrary) {
  llvm::LLVMContext context;
  const Target& target = *target_named(GetParam());
  auto module = make_module(context, "everything", target);
  add_everything(*module, target);
  auto machine = make_target_machine(target);
  optimise(*module, *machine);
  EXPECT_EQ(undefined_symbols(emit_object(*module, *machine)), std::vector<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(Targets, EmittedCode, testing::Values("x86-64-v3", "x86-64-v4"),
                         [](const auto& row) { return std::string(row.param.substr(7)); });

}  // namespace
}  // namespace kiln::codegen::test
