// Libraries that are opened when the program runs, through kiln_module alone, and what they leave behind.
#include <dirent.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <thread>

#include "kiln.h"

namespace {

using testing::HasSubstr;

/// An opened library.
class Opened {
 public:
  explicit Opened(const std::string& name) : path_(LIBRARIES "/lib" + name + ".so") {
    handle_ = dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL);
    EXPECT_NE(handle_, nullptr) << dlerror();
    if (!handle_) return;
    const auto get = reinterpret_cast<kiln_module_function>(dlsym(handle_, KILN_MODULE_SYMBOL));
    if (get) api = get();
    EXPECT_TRUE(kiln_module_fits(api));
  }
  ~Opened() {
    if (handle_) dlclose(handle_);
  }
  Opened(const Opened&) = delete;
  const kiln_module_api* api = nullptr;

 private:
  std::string path_;
  void* handle_ = nullptr;
};

size_t entries_of(const char* folder) {
  size_t count = 0;
  DIR* open = opendir(folder);
  while (readdir(open)) ++count;
  closedir(open);
  return count;
}
size_t thread_count() { return entries_of("/proc/self/task") - 2; }

std::string maps() {
  std::ostringstream text;
  text << std::ifstream("/proc/self/maps").rdbuf();
  return text.str();
}

kiln_context* context_with(const kiln_module_api* api, int threads) {
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.threads = threads;
  kiln_context* context = nullptr;
  EXPECT_EQ(kiln_context_create(api, &options, &context), KILN_OK);
  return context;
}

/// A product large enough for all threads.
void multiply(const kiln_module_api* api, kiln_context* context) {
  constexpr int64_t size = 256;
  std::vector<float> a(size * size, 1), b(size * size, 2), c(size * size);
  const int64_t extents[] = {size, size};
  kiln_tensor a_view = KILN_TENSOR_INIT(a.data(), KILN_F32, 2, extents);
  kiln_tensor b_view = KILN_TENSOR_INIT(b.data(), KILN_F32, 2, extents);
  kiln_tensor c_view = KILN_TENSOR_INIT(c.data(), KILN_F32, 2, extents);
  void* arguments[] = {&a_view, &b_view, &c_view};
  const int32_t product = kiln_function_find(api, "product");
  ASSERT_GE(product, 0);
  ASSERT_EQ(kiln_call(api, context, product, arguments, 3), KILN_OK) << kiln_context_message(api, context);
  EXPECT_EQ(c[size * size - 1], 2 * size);
}

TEST(Opened, TwoLibrariesShareNothing) {
  const Opened net("small_net"), tables("tables");
  ASSERT_TRUE(net.api && tables.api);
  EXPECT_STREQ(kiln_module_name(net.api), "small_net");
  EXPECT_STREQ(kiln_module_name(tables.api), "tables");
  EXPECT_NE(net.api->call, tables.api->call);
  kiln_context *one = context_with(net.api, 2), *two = context_with(tables.api, 2);
  multiply(tables.api, two);
  kiln_model* model = nullptr;
  ASSERT_EQ(kiln_model_create(net.api, one, kiln_model_type_find(net.api, "Net"), 1, &model), KILN_OK);

  // A context, a model and a plan of the one are nothing to the other.
  EXPECT_EQ(tables.api->model_save(two, model, "/tmp/never"), KILN_INVALID_ARGUMENT);
  EXPECT_THAT(kiln_context_message(tables.api, two), HasSubstr("another library"));
  EXPECT_EQ(tables.api->call(one, 0, nullptr, 0), KILN_INVALID_ARGUMENT);
  kiln_plan* plan = nullptr;
  const int64_t dims[] = {3, 4, 5};
  ASSERT_EQ(kiln_plan_create(tables.api, two, kiln_function_find(tables.api, "product"), dims, 3, &plan),
            KILN_OK);
  void* none[3] = {};
  EXPECT_EQ(net.api->plan_run(plan, one, none, 3, nullptr, 0), KILN_INVALID_ARGUMENT);

  tables.api->plan_free(plan);
  kiln_model_free(net.api, model);
  kiln_context_destroy(net.api, one);
  kiln_context_destroy(tables.api, two);
}

TEST(Opened, GenericCallsAreChecked) {
  const Opened tables("tables");
  ASSERT_TRUE(tables.api);
  kiln_context* context = context_with(tables.api, 1);
  void* arguments[3] = {};
  EXPECT_EQ(kiln_function_find(tables.api, "nothing"), -1);
  EXPECT_EQ(kiln_call(tables.api, context, -1, arguments, 3), KILN_NOT_FOUND);
  EXPECT_EQ(kiln_call(tables.api, context, 1000, arguments, 3), KILN_NOT_FOUND);
  const int32_t product = kiln_function_find(tables.api, "product");
  EXPECT_EQ(kiln_call(tables.api, context, product, arguments, 2), KILN_INVALID_ARGUMENT);
  EXPECT_STREQ(kiln_context_message(tables.api, context), "product: expected 3 arguments, got 2");
  EXPECT_EQ(kiln_call(tables.api, context, product, nullptr, 3), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(kiln_call(tables.api, context, product, arguments, 3), KILN_INVALID_ARGUMENT);
  kiln_context_destroy(tables.api, context);
}

TEST(Opened, DlcloseGivesEverythingBack) {
  const size_t threads = thread_count(), files = entries_of("/proc/self/fd");
  for (int round = 0; round < 3; ++round) {
    const Opened tables("tables"), net("small_net");
    ASSERT_TRUE(tables.api && net.api);
    kiln_context* context = context_with(tables.api, 3);
    multiply(tables.api, context);
    kiln_context* other = context_with(net.api, 1);
    kiln_model* model = nullptr;
    ASSERT_EQ(kiln_model_create(net.api, other, 0, 1, &model), KILN_OK);
    const std::string path = testing::TempDir() + "opened.safetensors";
    EXPECT_EQ(kiln_model_save(net.api, other, model, path.c_str()), KILN_OK);
    EXPECT_EQ(kiln_model_load(net.api, other, model, path.c_str()), KILN_OK);
    remove(path.c_str());
    kiln_model_free(net.api, model);
    kiln_context_destroy(tables.api, context);
    kiln_context_destroy(net.api, other);
    EXPECT_THAT(maps(), HasSubstr("libtables.so"));
  }
  EXPECT_THAT(maps(), Not(HasSubstr("libtables.so")));
  EXPECT_THAT(maps(), Not(HasSubstr("libsmall_net.so")));
  EXPECT_EQ(thread_count(), threads);
  EXPECT_EQ(entries_of("/proc/self/fd"), files);
}

TEST(Opened, StartsNoThreadBeforeTheFirstNeed) {
  const size_t before = thread_count();
  const Opened tables("tables");
  ASSERT_TRUE(tables.api);
  kiln_context* single = context_with(tables.api, 1);
  multiply(tables.api, single);
  EXPECT_EQ(thread_count(), before);
  kiln_context* several = context_with(tables.api, 3);
  EXPECT_EQ(thread_count(), before) << "a context alone";
  multiply(tables.api, several);
  EXPECT_EQ(thread_count(), before + 2);
  multiply(tables.api, several);
  EXPECT_EQ(thread_count(), before + 2);
  kiln_context_destroy(tables.api, several);
  EXPECT_EQ(thread_count(), before);
  kiln_context_destroy(tables.api, single);
}

TEST(Opened, LeavesSignalsAndTheFloatingPointModeAlone) {
  std::vector<struct sigaction> before;
  const auto handlers = [] {
    std::vector<std::pair<bool, void (*)(int)>> all;
    for (int number = 1; number < 32; ++number) {
      struct sigaction action = {};
      all.emplace_back(sigaction(number, nullptr, &action) == 0, action.sa_handler);
    }
    return all;
  };
  const auto first = handlers();
  unsigned mode = __builtin_ia32_stmxcsr(), mode_after = 0;
  {
    const Opened tables("tables");
    kiln_context* context = context_with(tables.api, 2);
    multiply(tables.api, context);
    EXPECT_EQ(handlers(), first);
    mode_after = __builtin_ia32_stmxcsr();
    kiln_context_destroy(tables.api, context);
  }
  EXPECT_EQ(mode & ~0x3fu, mode_after & ~0x3fu);  // all but the sticky flags
}

TEST(Opened, LoadingAndTheFirstCallAreQuick) {
  using Clock = std::chrono::steady_clock;
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    const auto start = Clock::now();
    const Opened net("small_net");
    ASSERT_TRUE(net.api);
    kiln_context* context = context_with(net.api, 1);
    kiln_model* model = nullptr;
    ASSERT_EQ(kiln_model_create(net.api, context, 0, 1, &model), KILN_OK);
    std::vector<float> x(13), score(1);
    std::vector<int32_t> label(1);
    const int64_t x_extents[] = {1, 13}, one[] = {1};
    kiln_tensor x_view = KILN_TENSOR_INIT(x.data(), KILN_F32, 2, x_extents);
    kiln_tensor label_view = KILN_TENSOR_INIT(label.data(), KILN_I32, 1, one);
    kiln_tensor score_view = KILN_TENSOR_INIT(score.data(), KILN_F32, 1, one);
    void* arguments[] = {model, &x_view, &label_view, &score_view};
    ASSERT_EQ(kiln_call(net.api, context, kiln_function_find(net.api, "predict"), arguments, 4), KILN_OK);
    best = std::min(best, std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    kiln_model_free(net.api, model);
    kiln_context_destroy(net.api, context);
  }
  RecordProperty("load_and_first_call_us", static_cast<int>(best * 1000));
  printf("load, create a model and call first: %.3f ms\n", best);
  EXPECT_LT(best, 5);
}

}  // namespace
