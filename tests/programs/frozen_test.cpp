// Models that are frozen and thawed through the C interface of a library: what calls read when, with how much
// memory, and sums that are cut into runs of steps.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "ways.h"

namespace kiln::tests {
namespace {

constexpr const char* source = R"(
import init
model Layers {
  param up: f32[160, 128] = init.normal(rng, 0.1)
  param down: f32[256, 8192] = init.normal(rng, 0.01)
}
model Small { param w: f32[4, 4] = init.normal(rng, 1) }
export type Net = Layers
export type Tiny = Small

export fn first(m: Net, x: f32[B, 128]) -> y: f32[B, 160] { y[b, o] = sum[j] x[b, j] * m.up[o, j] }
export fn second(m: Net, x: f32[B, 8192]) -> y: f32[B, 256] { y[b, o] = tanh(sum[j] x[b, j] * m.down[o, j]) }
export fn second_72(m: Net, x: f32[72, 8192]) -> y: f32[72, 256] { y[b, o] = tanh(sum[j] x[b, j] * m.down[o, j]) }
export fn add(inout m: Net, amount: f32) { m.up = m.up + amount }
export fn refuse(inout m: Net, amount: f32) {
  assert amount > 0, "more than nothing"
  m.up = m.up + amount
}
export fn small(m: Tiny, x: f32[B, 4]) -> y: f32[B, 4] { y[b, o] = sum[j] x[b, j] * m.w[o, j] }
)";

/// An allocator that counts, and fails on demand.
struct Allocator {
  int64_t live_bytes = 0;
  int64_t allocations = 0;
  int64_t fail_after = INT64_MAX;  // so many succeed

  kiln_allocator hooks() { return {sizeof(kiln_allocator), this, allocate, release}; }
  static void* allocate(void* user, size_t bytes, size_t alignment) {
    auto& self = *static_cast<Allocator*>(user);
    if (self.allocations++ >= self.fail_after) return nullptr;
    self.live_bytes += static_cast<int64_t>(bytes);
    return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  }
  static void release(void* user, void* memory, size_t bytes) {
    static_cast<Allocator*>(user)->live_bytes -= static_cast<int64_t>(bytes);
    std::free(memory);
  }
};

using Floats = std::vector<float>;

class Frozen : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string folder = testing::TempDir() + "kilnXXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    const std::filesystem::path file = folder + "/given.model";
    std::ofstream(file) << source;
    const driver::FrontEnd front_end = driver::run_front_end(file, library_folders());
    std::filesystem::remove_all(folder);
    ASSERT_TRUE(front_end.module) << text_of(front_end.diagnostics, front_end.files);
    Diagnostics diagnostics;
    std::string problem;
    driver::LibraryOptions options;
    options.target = "native";
    library_ = tools::LoadedLibrary::build(*front_end.module, options, diagnostics, problem);
    ASSERT_TRUE(library_) << problem << text_of(diagnostics, front_end.files);
  }
  static void TearDownTestSuite() { library_.reset(); }

  void SetUp() override {
    context_ = make_context(1);
    net_ = create("Net");
  }
  void TearDown() override {
    api()->model_free(net_);
    api()->context_destroy(context_);
    EXPECT_EQ(allocator_.live_bytes, 0) << "memory that was not given back";
  }

  static const kiln_module_api* api() { return library_->api(); }
  std::string message() const { return api()->context_message(context_); }

  kiln_context* make_context(int32_t threads) {
    hooks_ = allocator_.hooks();
    kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
    options.threads = threads;
    options.allocator = &hooks_;
    kiln_context* made = nullptr;
    EXPECT_EQ(api()->context_create(&options, &made), KILN_OK);
    return made;
  }
  kiln_model* create(const char* type) {
    kiln_model* made = nullptr;
    EXPECT_EQ(api()->model_create(context_, api()->model_type_find(type), 3, &made), KILN_OK) << message();
    return made;
  }

  Floats call(const char* function, kiln_model* model, int64_t rows, int64_t columns, int64_t results) {
    return call_on(context_, function, model, rows, columns, results);
  }
  Floats call_on(kiln_context* context, const char* function, kiln_model* model, int64_t rows,
                 int64_t columns, int64_t results) {
    Floats x(static_cast<size_t>(rows * columns)), y(static_cast<size_t>(rows * results), NAN);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<float>((i * 2654435761U >> 8) % 2000) * 1e-3F - 1;
    const int64_t x_extents[] = {rows, columns}, y_extents[] = {rows, results};
    kiln_tensor x_tensor = KILN_TENSOR_INIT(x.data(), KILN_F32, 2, x_extents);
    kiln_tensor y_tensor = KILN_TENSOR_INIT(y.data(), KILN_F32, 2, y_extents);
    void* arguments[] = {model, &x_tensor, &y_tensor};
    EXPECT_EQ(api()->call(context, api()->function_find(function), arguments, 3), KILN_OK)
        << api()->context_message(context);
    return y;
  }
  Floats first(kiln_model* model, int64_t rows = 7) { return call("first", model, rows, 128, 160); }
  kiln_status change(const char* function, kiln_model* model, float amount) {
    void* arguments[] = {model, &amount};
    return api()->call(context_, api()->function_find(function), arguments, 2);
  }
  /// Behind the library's back.
  void fill_weights(kiln_model* model, float value) {
    kiln_parameter parameter = {};
    parameter.struct_size = sizeof(parameter);
    ASSERT_EQ(api()->model_parameter(model, 0, &parameter), KILN_OK);
    std::fill_n(static_cast<float*>(parameter.data), parameter.bytes / 4, value);
  }
  /// Whether calls read panels: they do not follow what is written behind the library's back.
  bool reads_panels(kiln_model* model) {
    kiln_parameter parameter = {};
    parameter.struct_size = sizeof(parameter);
    EXPECT_EQ(api()->model_parameter(model, 0, &parameter), KILN_OK);
    const std::string before(static_cast<const char*>(parameter.data), static_cast<size_t>(parameter.bytes));
    const Floats expected = first(model);
    fill_weights(model, 1e3F);
    const bool same = first(model) == expected;
    std::memcpy(parameter.data, before.data(), before.size());
    return same;
  }

  static void expect_near(const Floats& got, const Floats& expected) {
    ASSERT_EQ(got.size(), expected.size());
    float greatest = 1;
    for (const float value : expected) greatest = std::max(greatest, std::abs(value));
    for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], expected[i], 1e-5F * greatest) << i;
  }

  static std::unique_ptr<tools::LoadedLibrary> library_;
  Allocator allocator_;
  kiln_allocator hooks_{};
  kiln_context* context_ = nullptr;
  kiln_model* net_ = nullptr;
};

std::unique_ptr<tools::LoadedLibrary> Frozen::library_;

TEST_F(Frozen, GivesTheSameResultsForAnyNumberOfRowsAndThreads) {
  struct Call {
    const char* function;
    int64_t rows, columns, results;
  };
  for (const Call& one :
       {Call{"first", 0, 128, 160}, Call{"first", 1, 128, 160}, Call{"first", 3, 128, 160},
        Call{"first", 8, 128, 160}, Call{"first", 300, 128, 160}, Call{"second", 1, 8192, 256},
        Call{"second", 72, 8192, 256}, Call{"second_72", 72, 8192, 256}}) {
    SCOPED_TRACE(std::string(one.function) + " " + std::to_string(one.rows));
    EXPECT_FALSE(reads_panels(net_));
    const Floats plain = call(one.function, net_, one.rows, one.columns, one.results);
    ASSERT_EQ(api()->model_freeze(context_, net_), KILN_OK) << message();
    EXPECT_TRUE(reads_panels(net_));
    const Floats frozen = call(one.function, net_, one.rows, one.columns, one.results);
    expect_near(frozen, plain);
    for (const int32_t threads : {2, 5}) {
      kiln_context* other = make_context(threads);
      EXPECT_EQ(call_on(other, one.function, net_, one.rows, one.columns, one.results), frozen);
      api()->context_destroy(other);
    }
    ASSERT_EQ(change("add", net_, 0), KILN_OK);  // thaws it
  }
}

TEST_F(Frozen, IsFrozenAgainWithNewValues) {
  ASSERT_EQ(api()->model_freeze(context_, net_), KILN_OK);
  fill_weights(net_, 0);
  EXPECT_NE(first(net_)[0], 0) << "panels are not looked after";
  ASSERT_EQ(api()->model_freeze(context_, net_), KILN_OK);
  EXPECT_EQ(first(net_), Floats(7 * 160, 0.F));
}

TEST_F(Frozen, IsThawedByWhateverChangesIt) {
  kiln_model* other = create("Net");
  ASSERT_EQ(change("add", other, 0.5F), KILN_OK);
  const Floats changed = first(other);
  const std::string path = testing::TempDir() + "frozen.safetensors";
  ASSERT_EQ(api()->model_save(context_, other, path.c_str()), KILN_OK) << message();
  // The context keeps plans of the functions that make panels.
  ASSERT_EQ(api()->model_freeze(context_, net_), KILN_OK);
  ASSERT_EQ(change("add", net_, 1), KILN_OK);
  const int64_t thawed_bytes = allocator_.live_bytes;
  const auto freeze = [&] {
    ASSERT_EQ(change("add", net_, 1), KILN_OK);
    ASSERT_EQ(api()->model_freeze(context_, net_), KILN_OK);
    EXPECT_TRUE(reads_panels(net_));
    EXPECT_GT(allocator_.live_bytes, thawed_bytes);
  };
  freeze();
  ASSERT_EQ(api()->model_assign(context_, net_, net_), KILN_OK);
  EXPECT_TRUE(reads_panels(net_)) << "nothing changed";
  ASSERT_EQ(api()->model_assign(context_, net_, other), KILN_OK);
  EXPECT_EQ(first(net_), changed);
  EXPECT_FALSE(reads_panels(net_));
  freeze();
  ASSERT_EQ(api()->model_load(context_, net_, path.c_str()), KILN_OK) << message();
  EXPECT_EQ(first(net_), changed);
  freeze();
  EXPECT_EQ(api()->model_load(context_, net_, "/nowhere"), KILN_FILE_ERROR);
  EXPECT_TRUE(reads_panels(net_)) << "nothing changed";
  ASSERT_EQ(api()->model_assign(context_, net_, other), KILN_OK);
  ASSERT_EQ(change("add", net_, -0.25F), KILN_OK);
  ASSERT_EQ(api()->model_freeze(context_, net_), KILN_OK);
  ASSERT_EQ(change("add", net_, 0.25F), KILN_OK);
  expect_near(first(net_), changed);
  EXPECT_FALSE(reads_panels(net_));
  EXPECT_EQ(allocator_.live_bytes, thawed_bytes) << "panels that were not given back";
  ASSERT_EQ(api()->model_freeze(context_, net_), KILN_OK);
  EXPECT_EQ(change("refuse", net_, 0), KILN_CHECK_FAILED);
  expect_near(first(net_), changed);
  api()->model_free(other);
  std::filesystem::remove(path);
}

TEST_F(Frozen, HasCopiesThatAreNot) {
  ASSERT_EQ(api()->model_freeze(context_, net_), KILN_OK);
  kiln_model* copy = nullptr;
  ASSERT_EQ(api()->model_copy(context_, net_, &copy), KILN_OK);
  EXPECT_FALSE(reads_panels(copy));
  EXPECT_TRUE(reads_panels(net_));
  api()->model_free(copy);
}

TEST_F(Frozen, SharesPlansWithModelsThatAreNot) {
  kiln_model* other = create("Net");
  ASSERT_EQ(api()->model_freeze(context_, other), KILN_OK);
  const Floats plain = first(net_), frozen = first(other);
  expect_near(frozen, plain);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(first(net_), plain);
    EXPECT_EQ(first(other), frozen);
  }
  const int64_t before = allocator_.allocations;
  first(net_);
  first(other);
  EXPECT_EQ(allocator_.allocations, before);
  api()->model_free(other);
}

TEST_F(Frozen, WithoutMemoryStaysAsItWas) {
  const Floats plain = first(net_);
  api()->context_trim(context_);  // also what the functions that make panels need
  int failures = 0;
  for (int64_t allowed = 0;; ++allowed) {
    const int64_t before = allocator_.live_bytes;
    allocator_.fail_after = allocator_.allocations + allowed;
    const kiln_status status = api()->model_freeze(context_, net_);
    allocator_.fail_after = INT64_MAX;
    if (status == KILN_OK) break;
    ++failures;
    ASSERT_EQ(status, KILN_OUT_OF_MEMORY);
    EXPECT_NE(message().find("Net.freeze"), std::string::npos) << message();
    EXPECT_EQ(first(net_), plain);
    EXPECT_FALSE(reads_panels(net_));
    api()->context_trim(context_);
    EXPECT_LE(allocator_.live_bytes, before);
  }
  EXPECT_GE(failures, 2);
  EXPECT_TRUE(reads_panels(net_));
}

TEST_F(Frozen, MayHaveNothingToFreeze) {
  kiln_model* tiny = create("Tiny");
  const Floats plain = call("small", tiny, 5, 4, 4);
  const int64_t before = allocator_.live_bytes;
  EXPECT_EQ(api()->model_freeze(context_, tiny), KILN_OK);
  EXPECT_EQ(allocator_.live_bytes, before);
  EXPECT_EQ(call("small", tiny, 5, 4, 4), plain);
  EXPECT_EQ(api()->model_freeze(context_, nullptr), KILN_INVALID_ARGUMENT);
  api()->model_free(tiny);
}

}  // namespace
}  // namespace kiln::tests
