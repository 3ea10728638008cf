#include "context.h"

#include "target.h"
#include "test_host.h"

extern "C" const kiln_image_module kiln_image;

namespace {

using namespace kiln::runtime;

/// What creating a context with these options says.
std::string refusal(kiln_context_options options, kiln_status expected) {
  char message[200] = "";
  options.message = message;
  options.message_bytes = sizeof(message);
  kiln_context* context = nullptr;
  EXPECT_EQ(kiln_context_create(kiln_module(), &options, &context), expected);
  EXPECT_EQ(context, nullptr);
  return message;
}

TEST(Context, OptionsAreChecked) {
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.threads = 257;
  EXPECT_EQ(refusal(options, KILN_INVALID_ARGUMENT), "threads is 257, expected 0 to 256");
  options.threads = -1;
  EXPECT_EQ(refusal(options, KILN_INVALID_ARGUMENT), "threads is -1, expected 0 to 256");
  options = KILN_CONTEXT_OPTIONS_INIT;
  options.target = 3;
  EXPECT_EQ(refusal(options, KILN_INVALID_ARGUMENT), "target is 3, expected 0 to 2");
  options = KILN_CONTEXT_OPTIONS_INIT;
  kiln_executor executor{sizeof(kiln_executor), nullptr, nullptr};
  options.executor = &executor;
  EXPECT_EQ(refusal(options, KILN_INVALID_ARGUMENT), "kiln_executor needs `parallel_for`");
  options = KILN_CONTEXT_OPTIONS_INIT;
  kiln_allocator allocator{};
  options.allocator = &allocator;
  EXPECT_EQ(refusal(options, KILN_INVALID_ARGUMENT), "kiln_allocator.struct_size is 0, expected at least 32");
  options = kiln_context_options{};
  kiln_context* context = nullptr;
  EXPECT_EQ(kiln_context_create(kiln_module(), &options, &context), KILN_INVALID_ARGUMENT)
      << "no struct_size";
  EXPECT_EQ(kiln_context_create(kiln_module(), nullptr, nullptr), KILN_INVALID_ARGUMENT);
}

TEST(Context, NoOptionsAreGoodOptions) {
  kiln_context* context = nullptr;
  ASSERT_EQ(kiln_context_create(kiln_module(), nullptr, &context), KILN_OK);
  EXPECT_NE(kiln_context_target(kiln_module(), context), KILN_TARGET_BEST);
  kiln_context_destroy(kiln_module(), context);
  kiln_context_destroy(kiln_module(), nullptr);
}

TEST(Context, HandlesThatAreNoneAreRefused) {
  int64_t words[64] = {};
  kiln_context* none = reinterpret_cast<kiln_context*>(words);
  EXPECT_EQ(kiln_call(kiln_module(), none, scale, nullptr, 0), KILN_INVALID_ARGUMENT);
  EXPECT_STREQ(kiln_context_message(kiln_module(), none), "not a context of this library");
  EXPECT_STREQ(kiln_context_message(kiln_module(), nullptr), "not a context of this library");
  EXPECT_EQ(kiln_call(kiln_module(), nullptr, scale, nullptr, 0), KILN_INVALID_ARGUMENT);
}

TEST(Context, TheModuleDescribesItself) {
  const kiln_module_api* api = kiln_module();
  EXPECT_TRUE(kiln_module_fits(api));
  EXPECT_STREQ(kiln_module_name(api), "handmade");
  EXPECT_STREQ(kiln_describe(api), R"({"name":"handmade"})");
  EXPECT_EQ(kiln_function_find(api, "gather"), gather);
  EXPECT_EQ(kiln_function_find(api, "Net.init"), -1);
  EXPECT_EQ(kiln_function_name(api, init_net), nullptr);
  EXPECT_EQ(kiln_function_argument_count(api, gather), 3);
  EXPECT_EQ(kiln_function_dim_count(api, gather), 3);
  EXPECT_STREQ(kiln_status_text(api, KILN_NO_TARGET), "the processor cannot run this library");
  EXPECT_STREQ(kiln_status_text(api, 99), "unknown status");
}

/// A copy of the test image with the code of one target taken out of one kernel.
struct OneTarget {
  explicit OneTarget(int32_t missing) {
    kernel = kiln_image.functions[0].kernels[0];
    kernel.code[missing - 1].function = nullptr;
    function = kiln_image.functions[0];
    function.kernels = &kernel;
    image = kiln_image;
    image.function_count = 1;
    image.functions = &function;
  }
  kiln_image_kernel kernel;
  kiln_image_function function;
  kiln_image_module image;
};

std::string target_refusal(const kiln_image_module& image, int32_t wanted, kiln_target processor) {
  char message[200] = "";
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.target = wanted;
  options.message = message;
  options.message_bytes = sizeof(message);
  Context* context = nullptr;
  EXPECT_EQ(create_context(image, &options, processor, &context), KILN_NO_TARGET);
  EXPECT_EQ(context, nullptr);
  return message;
}

TEST(Target, TheBestOfProcessorAndLibraryIsChosen) {
  const OneTarget only_v3(2), only_v4(1);
  const kiln_target v3 = KILN_TARGET_X86_64_V3, v4 = KILN_TARGET_X86_64_V4, none = KILN_TARGET_BEST;
  EXPECT_EQ(choose_target(kiln_image, none, v4), v4);
  EXPECT_EQ(choose_target(kiln_image, none, v3), v3);
  EXPECT_EQ(choose_target(kiln_image, v3, v4), v3);
  EXPECT_EQ(choose_target(kiln_image, v4, v3), none);
  EXPECT_EQ(choose_target(only_v3.image, none, v4), v3);
  EXPECT_EQ(choose_target(only_v4.image, none, v3), none);
  EXPECT_EQ(choose_target(only_v3.image, v4, v4), none);
  EXPECT_EQ(choose_target(kiln_image, none, none), none);
}

TEST(Target, AProcessorWithoutOneIsAStatusThatSaysSo) {
  const OneTarget only_v3(2), only_v4(1);
  EXPECT_EQ(target_refusal(kiln_image, KILN_TARGET_BEST, KILN_TARGET_BEST),
            "library handmade has code for x86-64-v3 and x86-64-v4; this processor (or its operating system) "
            "has less "
            "than x86-64-v3");
  EXPECT_EQ(target_refusal(only_v4.image, KILN_TARGET_BEST, KILN_TARGET_X86_64_V3),
            "library handmade has code for x86-64-v4; this processor has x86-64-v3");
  EXPECT_EQ(target_refusal(only_v3.image, KILN_TARGET_X86_64_V4, KILN_TARGET_X86_64_V4),
            "x86-64-v4 was asked for: library handmade has code for x86-64-v3; this processor has x86-64-v4");
}

TEST(Target, AgreesWithTheCompilersOwnTest) {
  const bool v3 = __builtin_cpu_supports("x86-64-v3") != 0, v4 = __builtin_cpu_supports("x86-64-v4") != 0;
  EXPECT_EQ(processor_target(), v4 ? KILN_TARGET_X86_64_V4 : v3 ? KILN_TARGET_X86_64_V3 : KILN_TARGET_BEST);
}

TEST(Target, ALowerOneMayBeAskedFor) {
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.target = KILN_TARGET_X86_64_V3;
  Host host(options);
  ASSERT_EQ(host.status, KILN_OK);
  EXPECT_EQ(kiln_context_target(host.api, host.context), KILN_TARGET_X86_64_V3);
}

}  // namespace
