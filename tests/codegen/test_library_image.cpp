#include "codegen/library_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/Object/ELFObjectFile.h>

#include "base/internal_check.h"
#include "load_object.h"

namespace kiln::codegen::test {
namespace {

using dim::Condition;
using dim::Dim;

/// What the runtime's machine does, as image.h describes it.
int64_t run_program(kiln_program code, const std::vector<int64_t>& dims) {
  std::vector<int64_t> stack;
  const auto floor_quotient = [](int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); };
  for (;; ++code) {
    if (*code == KILN_PROGRAM_END) break;
    if (*code == KILN_PROGRAM_CONSTANT || *code == KILN_PROGRAM_DIM) {
      const bool is_dim = *code == KILN_PROGRAM_DIM;
      ++code;
      stack.push_back(is_dim ? dims.at(static_cast<size_t>(*code)) : *code);
      continue;
    }
    int64_t& b = stack.back();
    if (*code == KILN_PROGRAM_AT_LEAST_ZERO) {
      b = b >= 0;
      continue;
    }
    if (*code == KILN_PROGRAM_EQUAL_ZERO) {
      b = b == 0;
      continue;
    }
    if (*code == KILN_PROGRAM_NOT) {
      b = !b;
      continue;
    }
    const int64_t right = b;
    stack.pop_back();
    int64_t& left = stack.back();
    switch (*code) {
      case KILN_PROGRAM_ADD: left += right; break;
      case KILN_PROGRAM_SUBTRACT: left -= right; break;
      case KILN_PROGRAM_MULTIPLY: left *= right; break;
      case KILN_PROGRAM_QUOTIENT: left = floor_quotient(left, right); break;
      case KILN_PROGRAM_REMAINDER: left -= right * floor_quotient(left, right); break;
      case KILN_PROGRAM_MINIMUM: left = std::min(left, right); break;
      case KILN_PROGRAM_MAXIMUM: left = std::max(left, right); break;
      case KILN_PROGRAM_AND: left = left && right; break;
      case KILN_PROGRAM_OR: left = left || right; break;
      default: ADD_FAILURE() << "unknown operation " << *code; return 0;
    }
  }
  EXPECT_EQ(stack.size(), 1U);
  return stack.back();
}

TEST(CompileDim, GivesTheValueOfTheExpression) {
  const std::vector<std::string> names = {"H", "S"};
  const Dim h = Dim::symbol("H"), s = Dim::symbol("S");
  const std::vector<Dim> dims = {
      Dim(0),        Dim(-3),   h,          h * s - 2 * h + 1, (h + 2 * s - 3) / s, h % s, min(h, s + 1) * s,
      max(h - 7, s), h * h * s, Dim(-1) * h};
  const std::vector<Condition> conditions = {
      Condition::less(h, s),
      Condition::less_equal(s, h),
      Condition::equal(h % s, 0),
      Condition::not_equal(h, 9),
      Condition::both_of({Condition::less(s, h), Condition::not_equal(s, 2)}),
      Condition::either_of({Condition::equal(h, 1), Condition::equal(s, 4)}),
      Condition::both_of({}),
      Condition::either_of({}),
      Condition::less(h, s).negated()};
  for (int64_t h_value : {1, 9, 12})
    for (int64_t s_value : {1, 2, 4}) {
      const std::map<std::string, int64_t> values = {{"H", h_value}, {"S", s_value}};
      for (const Dim& dim : dims)
        EXPECT_EQ(run_program(compile_dim(dim, names).data(), {h_value, s_value}), dim.evaluate(values))
            << dim.to_string();
      for (const Condition& condition : conditions)
        EXPECT_EQ(run_program(compile_condition(condition, names).data(), {h_value, s_value}) != 0,
                  condition.evaluate(values))
            << condition.to_string();
    }
}

/// The calls that the wrappers make of the runtime, recorded.
struct Recorded {
  std::string entry_point;
  std::vector<int64_t> numbers;  // addresses and integers as they came
} recorded;

extern "C" {
int32_t record_call(int32_t function, void* context, void* const* arguments) {
  recorded = {"call", {function, reinterpret_cast<int64_t>(context)}};
  recorded.numbers.push_back(*static_cast<const int64_t*>(arguments[0]));                    // dim
  recorded.numbers.push_back(reinterpret_cast<int64_t>(arguments[1]));                       // tensor
  recorded.numbers.push_back(static_cast<int64_t>(*static_cast<float*>(arguments[2]) * 4));  // f32
  recorded.numbers.push_back(*static_cast<int8_t*>(arguments[3]));                           // i8
  recorded.numbers.push_back(*static_cast<uint8_t*>(arguments[4]));                          // bool
  recorded.numbers.push_back(static_cast<int64_t>(*static_cast<double*>(arguments[5])));     // f64
  recorded.numbers.push_back(*static_cast<uint16_t*>(arguments[6]));                         // f16
  recorded.numbers.push_back(reinterpret_cast<int64_t>(arguments[7]));                       // model
  recorded.numbers.push_back(reinterpret_cast<int64_t>(arguments[8]));                       // result
  return 11;
}
int32_t record_plan(int32_t function, void* context, const int64_t* dims, void** plan) {
  recorded = {
      "plan",
      {function, reinterpret_cast<int64_t>(context), dims[0], dims[1], reinterpret_cast<int64_t>(plan)}};
  return 12;
}
int32_t record_run(int32_t function, const void* plan, void* context, void* const* arguments, void* workspace,
                   int64_t bytes) {
  recorded = {"run",
              {function, reinterpret_cast<int64_t>(plan), reinterpret_cast<int64_t>(context),
               reinterpret_cast<int64_t>(arguments[8]), reinterpret_cast<int64_t>(workspace), bytes}};
  return 13;
}
int32_t record_create(int32_t type, void* context, uint64_t seed, void** model) {
  recorded = {"create",
              {type, reinterpret_cast<int64_t>(context), static_cast<int64_t>(seed),
               reinterpret_cast<int64_t>(model)}};
  return 14;
}
int64_t record_workspace(const void* plan) { return reinterpret_cast<int64_t>(plan) + 1; }
void record_any() { recorded = {"any", {}}; }
void a_kernel(void* const*, const int64_t*, int64_t, int64_t) {}
}

Image sample_image() {
  Image image;
  image.name = "sample";
  image.json = "{\"name\": \"sample\"}";
  image.models.push_back({"First", "", {}, 0, 0});
  ImageModel model{"Net", "a net", {}, 640, 1};
  model.leaves.push_back({"fc.weight", KILN_LEAF_PARAM, ElementType::f32, {10, 16}, 0, 640});
  model.leaves.push_back({"scale", KILN_LEAF_STATE, ElementType::f64, {}, 640, 8});
  image.models.push_back(model);

  ImageFunction function;
  function.name = "step";
  function.documentation = "One step.";
  const Dim b = Dim::symbol("B");
  const ImageTensor matrix{ElementType::f32, {{b, "B"}, {Dim(16), "16"}}};
  const auto scalar = [](const char* name, ElementType element) {
    return ImageArgument{name, KILN_ARGUMENT_SCALAR, KILN_DIRECTION_IN, {element, {}}, 0, 0};
  };
  function.arguments = {{"N", KILN_ARGUMENT_DIM, KILN_DIRECTION_IN, {}, 0, 1},
                        {"x", KILN_ARGUMENT_TENSOR, KILN_DIRECTION_IN, matrix, 0, 0},
                        scalar("lr", ElementType::f32),
                        scalar("small", ElementType::i8),
                        scalar("flag", ElementType::boolean),
                        scalar("wide", ElementType::f64),
                        scalar("half", ElementType::f16),
                        {"m", KILN_ARGUMENT_MODEL, KILN_DIRECTION_INOUT, {}, 1, 0},
                        {"loss", KILN_ARGUMENT_SCALAR, KILN_DIRECTION_OUT, {ElementType::f32, {}}, 0, 0}};
  function.dims = {{"B", KILN_DIM_BOUND, 1, 0, {}}, {"N", KILN_DIM_BOUND, 0, -1, {}}};
  function.conditions = {{Condition::less_equal(1, b), "B >= 1"}};
  ImageBuffer constant{KILN_BUFFER_CONSTANT, 0, 0, Dim(0), 0, 0, {std::byte{1}, std::byte{2}, std::byte{3}}};
  function.buffers = {
      {KILN_BUFFER_ARGUMENT, 7, 1, Dim(0), 0, 0, {}}, {KILN_BUFFER_ARENA, 0, 0, b * 64, 2, 5, {}}, constant};
  function.kernels = {
      {"first_kernel",
       "net.model:7:3",
       {ImageCode{}, ImageCode{"a.kernel", {2, 0}, {1}}},
       dim::Condition::equal(0, 1)},
      {"second_kernel", "net.model:7:3", {ImageCode{}, ImageCode{"a.kernel", {1}, {}}}, std::nullopt}};
  function.checks = {{KILN_CHECK_INDEX, 0, 1, 2, b + 1, "logits", 1, "", "net.model:4:2"}};
  image.functions = {ImageFunction{}, function};
  return image;
}

class LoadedImage : public testing::Test {
 protected:
  void SetUp() override {
    const std::vector<std::byte> object = compile_image(sample_image());
    auto jit = llvm::orc::LLJITBuilder().create();
    ASSERT_TRUE(!!jit);
    jit_ = std::move(*jit);
    llvm::orc::SymbolMap runtime;
    const auto define = [&](const char* name, void* place) {
      runtime[jit_->mangleAndIntern(name)] = {llvm::orc::ExecutorAddr::fromPtr(place),
                                              llvm::JITSymbolFlags::Exported};
    };
    define("kiln_runtime_call", reinterpret_cast<void*>(&record_call));
    define("kiln_runtime_plan", reinterpret_cast<void*>(&record_plan));
    define("kiln_runtime_plan_run", reinterpret_cast<void*>(&record_run));
    define("kiln_runtime_model_create", reinterpret_cast<void*>(&record_create));
    define("kiln_runtime_plan_workspace", reinterpret_cast<void*>(&record_workspace));
    define("a.kernel", reinterpret_cast<void*>(&a_kernel));
    for (const char* name :
         {"kiln_runtime_module", "kiln_runtime_context_create", "kiln_runtime_context_destroy",
          "kiln_runtime_context_message", "kiln_runtime_context_trim", "kiln_runtime_plan_free",
          "kiln_runtime_model_create_zero", "kiln_runtime_model_open", "kiln_runtime_model_load",
          "kiln_runtime_model_save", "kiln_runtime_model_copy", "kiln_runtime_model_assign",
          "kiln_runtime_model_freeze", "kiln_runtime_model_free", "kiln_runtime_model_parameter_count",
          "kiln_runtime_model_parameter"})
      define(name, reinterpret_cast<void*>(&record_any));
    ASSERT_FALSE(!!jit_->getMainJITDylib().define(llvm::orc::absoluteSymbols(runtime)));
    auto buffer = llvm::MemoryBuffer::getMemBufferCopy(
        {reinterpret_cast<const char*>(object.data()), object.size()}, "image");
    ASSERT_FALSE(!!jit_->addObjectFile(std::move(buffer)));
  }
  template <typename Type>
  Type* find(const std::string& name) {
    auto found = jit_->lookup(name);
    if (!found) internal_error(llvm::toString(found.takeError()));
    return found->toPtr<Type*>();
  }
  std::unique_ptr<llvm::orc::LLJIT> jit_;
};

TEST_F(LoadedImage, ReadsBackThroughTheHeaderOfTheRuntime) {
  const auto& image = *find<const kiln_image_module>("kiln_image");

  EXPECT_EQ(image.version, KILN_IMAGE_VERSION);
  EXPECT_STREQ(image.name, "sample");
  EXPECT_STREQ(image.json, "{\"name\": \"sample\"}");
  ASSERT_EQ(image.model_count, 2);
  EXPECT_EQ(image.models[0].leaf_count, 0);
  EXPECT_EQ(image.models[0].leaves, nullptr);
  const kiln_image_model& model = image.models[1];
  EXPECT_STREQ(model.name, "Net");
  EXPECT_STREQ(model.documentation, "a net");
  EXPECT_EQ(model.bytes, 640);
  EXPECT_EQ(model.initialise, 1);
  ASSERT_EQ(model.leaf_count, 2);
  EXPECT_STREQ(model.leaves[0].path, "fc.weight");
  EXPECT_EQ(model.leaves[0].rank, 2);
  EXPECT_EQ(model.leaves[0].extents[1], 16);
  EXPECT_EQ(model.leaves[1].role, KILN_LEAF_STATE);
  EXPECT_EQ(model.leaves[1].element, static_cast<int>(ElementType::f64));
  EXPECT_EQ(model.leaves[1].offset, 640);
  EXPECT_EQ(model.leaves[1].bytes, 8);

  ASSERT_EQ(image.function_count, 2);
  EXPECT_EQ(image.functions[0].name, nullptr);
  const kiln_image_function& function = image.functions[1];
  EXPECT_STREQ(function.name, "step");
  EXPECT_STREQ(function.documentation, "One step.");
  ASSERT_EQ(function.argument_count, 9);
  EXPECT_STREQ(function.arguments[0].name, "N");
  EXPECT_EQ(function.arguments[0].kind, KILN_ARGUMENT_DIM);
  EXPECT_EQ(function.arguments[0].dim, 1);
  ASSERT_EQ(function.arguments[1].tensor.rank, 2);
  EXPECT_EQ(run_program(function.arguments[1].tensor.axes[0].extent, {5, 0}), 5);
  EXPECT_STREQ(function.arguments[1].tensor.axes[1].text, "16");
  EXPECT_EQ(function.arguments[7].direction, KILN_DIRECTION_INOUT);
  EXPECT_EQ(function.arguments[7].model, 1);
  ASSERT_EQ(function.dim_count, 2);
  EXPECT_STREQ(function.dims[1].name, "N");
  EXPECT_EQ(function.dims[1].axis, -1);
  ASSERT_EQ(function.condition_count, 1);
  EXPECT_STREQ(function.conditions[0].text, "B >= 1");
  EXPECT_EQ(run_program(function.conditions[0].condition, {0, 0}), 0);
  ASSERT_EQ(function.buffer_count, 3);
  EXPECT_EQ(function.buffers[0].argument, 7);
  EXPECT_EQ(function.buffers[0].leaf, 1);
  EXPECT_EQ(run_program(function.buffers[1].bytes, {3, 0}), 192);
  EXPECT_EQ(function.buffers[1].first_kernel, 2);
  EXPECT_EQ(function.buffers[1].last_kernel, 5);
  EXPECT_EQ(function.buffers[2].kind, KILN_BUFFER_CONSTANT);
  EXPECT_EQ(static_cast<const uint8_t*>(function.buffers[2].data)[2], 3);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(function.buffers[2].data) % 64, 0U);
  ASSERT_EQ(function.kernel_count, 2);
  EXPECT_STREQ(function.kernels[0].name, "first_kernel");
  EXPECT_STREQ(function.kernels[0].place, "net.model:7:3");
  EXPECT_EQ(function.kernels[0].code[0].function, nullptr);
  const auto places = [&](int kernel) {
    const kiln_image_code& code = function.kernels[kernel].code[1];
    EXPECT_EQ(code.function, &a_kernel);
    const int32_t* first = function.places + code.first_place;
    const int32_t* middle = first + code.buffer_count;
    return std::pair{std::vector(first, middle), std::vector(middle, middle + code.dim_count)};
  };
  EXPECT_EQ(places(0), (std::pair{std::vector{2, 0}, std::vector{1}}));
  EXPECT_EQ(places(1), (std::pair{std::vector{1}, std::vector<int>{}}));
  EXPECT_EQ(run_program(function.kernels[0].parallel, {0, 0}), 0);
  ASSERT_EQ(function.check_count, 1);
  const kiln_image_check& check = function.checks[0];
  EXPECT_EQ(check.buffer, 1);
  EXPECT_EQ(check.greatest, 2);
  EXPECT_EQ(run_program(check.extent, {3, 0}), 4);
  EXPECT_STREQ(check.tensor, "logits");
  EXPECT_EQ(check.axis, 1);
  EXPECT_STREQ(check.place, "net.model:4:2");
}

TEST_F(LoadedImage, WrappersHandTheirArgumentsToTheRuntime) {
  int context = 0, tensor = 0, model = 0, plan = 0, workspace = 0;
  float result = 0;
  const auto number = [](const void* address) { return reinterpret_cast<int64_t>(address); };
  using Step = int32_t(void*, int64_t, void*, float, int8_t, bool, double, uint16_t, void*, float*);
  EXPECT_EQ(find<Step>("sample_step")(&context, 7, &tensor, 0.25F, -3, true, 1e6, 0x3C00, &model, &result),
            11);
  EXPECT_EQ(recorded.entry_point, "call");
  EXPECT_EQ(recorded.numbers, (std::vector<int64_t>{1, number(&context), 7, number(&tensor), 1, -3, 1,
                                                    1000000, 0x3C00, number(&model), number(&result)}));
  void* made = nullptr;
  using MakePlan = int32_t(void*, int64_t, int64_t, void**);
  EXPECT_EQ(find<MakePlan>("sample_step_plan")(&context, 5, 9, &made), 12);
  EXPECT_EQ(recorded.numbers, (std::vector<int64_t>{1, number(&context), 5, 9, number(&made)}));
  using Run = int32_t(const void*, void*, int64_t, void*, float, int8_t, bool, double, uint16_t, void*,
                      float*, void*, int64_t);
  EXPECT_EQ(find<Run>("sample_step_run")(&plan, &context, 7, &tensor, 0.25F, -3, true, 1e6, 0x3C00, &model,
                                         &result, &workspace, 4096),
            13);
  EXPECT_EQ(recorded.numbers, (std::vector<int64_t>{1, number(&plan), number(&context), number(&result),
                                                    number(&workspace), 4096}));
  using Create = int32_t(void*, uint64_t, void**);
  EXPECT_EQ(find<Create>("sample_Net_create")(&context, 42, &made), 14);
  EXPECT_EQ(recorded.numbers, (std::vector<int64_t>{1, number(&context), 42, number(&made)}));
  EXPECT_EQ(find<int64_t(const void*)>("sample_plan_workspace")(&plan), number(&plan) + 1);
}

TEST(CompileImage, ExportsWhatItListsAndNothingElse) {
  const std::vector<std::byte> bytes = compile_image(sample_image());
  const llvm::StringRef text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  auto object = llvm::object::ObjectFile::createELFObjectFile({text, "image"});
  ASSERT_TRUE(!!object);
  std::vector<std::string> exported;
  for (const llvm::object::SymbolRef& symbol : (*object)->symbols()) {
    const uint32_t flags = llvm::cantFail(symbol.getFlags());
    const bool is_defined = (flags & llvm::object::SymbolRef::SF_Undefined) == 0;
    if (is_defined && (flags & llvm::object::SymbolRef::SF_Exported))
      exported.push_back(llvm::cantFail(symbol.getName()).str());
  }
  EXPECT_THAT(exported, testing::UnorderedElementsAreArray(exported_functions(sample_image())));
}

}  // namespace
}  // namespace kiln::codegen::test
