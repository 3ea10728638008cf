#include <random>

#include "place_buffers.h"
#include "program.h"
#include "test_host.h"

namespace {

using kiln::runtime::evaluate;
using kiln::runtime::Lifetime;
using kiln::runtime::place_buffers;
using kiln::runtime::ProgramError;

int64_t place(std::vector<Lifetime>& buffers) {
  std::vector<int32_t> order(buffers.size());
  return place_buffers(buffers.data(), static_cast<int32_t>(buffers.size()), order.data());
}

TEST(PlaceBuffers, BuffersThatAreAliveTogetherDoNotOverlap) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<Lifetime> buffers(random() % 40);
    for (Lifetime& buffer : buffers) {
      const int32_t first = static_cast<int32_t>(random() % 20);
      buffer = {static_cast<int64_t>(random() % 50) * 64, first, first + static_cast<int32_t>(random() % 8),
                -1};
    }
    const int64_t arena = place(buffers);
    int64_t highest = 0, most_alive = 0;
    for (int32_t kernel = 0; kernel < 28; ++kernel) {
      int64_t alive = 0;
      for (const Lifetime& buffer : buffers)
        if (buffer.first_kernel <= kernel && kernel <= buffer.last_kernel) alive += buffer.bytes;
      most_alive = std::max(most_alive, alive);
    }
    for (const Lifetime& a : buffers) {
      EXPECT_GE(a.offset, 0);
      EXPECT_EQ(a.offset % 64, 0);
      highest = std::max(highest, a.offset + a.bytes);
      for (const Lifetime& b : buffers) {
        if (&a == &b || a.first_kernel > b.last_kernel || b.first_kernel > a.last_kernel) continue;
        EXPECT_TRUE(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset) << "round " << round;
      }
    }
    EXPECT_EQ(arena, highest) << "no byte more than is used";
    EXPECT_GE(arena, most_alive);
    EXPECT_LE(arena, 2 * most_alive) << "far from what is needed";
  }
}

TEST(PlaceBuffers, MemoryIsUsedAgain) {
  std::vector<Lifetime> buffers = {{640, 0, 1, -1}, {640, 1, 2, -1}, {640, 2, 3, -1}, {640, 3, 4, -1}};
  EXPECT_EQ(place(buffers), 2 * 640);
}

TEST(PlaceBuffers, SizesBeyondAllMemoryAreRefused) {
  std::vector<Lifetime> buffers = {{int64_t{3} << 60, 0, 1, -1}, {int64_t{3} << 60, 0, 1, -1}};
  EXPECT_EQ(place(buffers), -1);
  buffers = {{INT64_MAX & -64, 0, 1, -1}};
  EXPECT_EQ(place(buffers), -1);
}

TEST(Program, ComputesOverDims) {
  const int64_t dims[] = {7, 3};
  const auto value = [&](std::vector<int64_t> program) {
    program.push_back(KILN_PROGRAM_END);
    const kiln::runtime::ProgramResult result = evaluate(program.data(), dims);
    EXPECT_EQ(result.error, ProgramError::none);
    return result.value;
  };
  const auto binary = [&](int64_t a, int64_t b, int64_t operation) {
    return value({KILN_PROGRAM_CONSTANT, a, KILN_PROGRAM_CONSTANT, b, operation});
  };
  EXPECT_EQ(value({KILN_PROGRAM_DIM, 0, KILN_PROGRAM_DIM, 1, KILN_PROGRAM_SUBTRACT}), 4);
  EXPECT_EQ(binary(7, 3, KILN_PROGRAM_QUOTIENT), 2);
  EXPECT_EQ(binary(-7, 3, KILN_PROGRAM_QUOTIENT), -3);
  EXPECT_EQ(binary(-7, 3, KILN_PROGRAM_REMAINDER), 2);
  EXPECT_EQ(binary(-6, 3, KILN_PROGRAM_QUOTIENT), -2);
  EXPECT_EQ(binary(INT64_MIN, 1, KILN_PROGRAM_QUOTIENT), INT64_MIN);
  EXPECT_EQ(binary(2, 5, KILN_PROGRAM_MINIMUM), 2);
  EXPECT_EQ(binary(2, 5, KILN_PROGRAM_MAXIMUM), 5);
  EXPECT_EQ(binary(1, 0, KILN_PROGRAM_AND), 0);
  EXPECT_EQ(binary(1, 0, KILN_PROGRAM_OR), 1);
  EXPECT_EQ(value({KILN_PROGRAM_CONSTANT, -1, KILN_PROGRAM_AT_LEAST_ZERO}), 0);
  EXPECT_EQ(value({KILN_PROGRAM_CONSTANT, 0, KILN_PROGRAM_EQUAL_ZERO}), 1);
  EXPECT_EQ(value({KILN_PROGRAM_CONSTANT, 5, KILN_PROGRAM_NOT}), 0);
}

TEST(Program, FailsInsteadOfWrapping) {
  const auto error = [](std::vector<int64_t> program) {
    program.push_back(KILN_PROGRAM_END);
    return evaluate(program.data(), nullptr).error;
  };
  const auto binary = [&](int64_t a, int64_t b, int64_t operation) {
    return error({KILN_PROGRAM_CONSTANT, a, KILN_PROGRAM_CONSTANT, b, operation});
  };
  EXPECT_EQ(binary(INT64_MAX, 1, KILN_PROGRAM_ADD), ProgramError::overflow);
  EXPECT_EQ(binary(INT64_MIN, 1, KILN_PROGRAM_SUBTRACT), ProgramError::overflow);
  EXPECT_EQ(binary(INT64_MAX, 2, KILN_PROGRAM_MULTIPLY), ProgramError::overflow);
  EXPECT_EQ(binary(1, 0, KILN_PROGRAM_QUOTIENT), ProgramError::divisor);
  EXPECT_EQ(binary(1, -1, KILN_PROGRAM_REMAINDER), ProgramError::divisor);
  EXPECT_EQ(error({}), ProgramError::malformed);
  EXPECT_EQ(error({KILN_PROGRAM_ADD}), ProgramError::malformed);
  EXPECT_EQ(error({KILN_PROGRAM_CONSTANT, 1, 99}), ProgramError::malformed);
  std::vector<int64_t> deep;
  for (int i = 0; i < 1000; ++i) deep.insert(deep.end(), {KILN_PROGRAM_CONSTANT, 1});
  EXPECT_EQ(error(deep), ProgramError::malformed);
}

class Plan : public testing::Test {
 protected:
  static constexpr int64_t table = 64;  // of buffer addresses: at most 8 in these functions
  kiln_plan* make(Host& host, TestFunction function, std::vector<int64_t> dims) {
    kiln_plan* plan = nullptr;
    EXPECT_EQ(kiln_plan_create(host.api, host.context, function, dims.data(),
                               static_cast<int32_t>(dims.size()), &plan),
              KILN_OK)
        << host.message();
    return plan;
  }
  static kiln_context_options threads(int32_t count) {
    kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
    options.threads = count;
    return options;
  }
};

TEST_F(Plan, TheWorkspaceIsExact) {
  Host one, four(threads(4));
  const auto bytes = [&](Host& host, TestFunction function, std::vector<int64_t> dims) {
    kiln_plan* plan = make(host, function, dims);
    const int64_t result = kiln_plan_workspace(host.api, plan);
    kiln_plan_free(host.api, plan);
    return result;
  };
  EXPECT_EQ(bytes(one, scale, {2, 3}), table);
  EXPECT_EQ(bytes(one, chain, {16}), table + 2 * 64) << "four links of a chain, two alive at a time";
  EXPECT_EQ(bytes(one, chain, {1000}), table + 2 * 4032);
  EXPECT_EQ(bytes(one, chain, {0}), table);
  EXPECT_EQ(bytes(one, flatten, {100, 2, 2}), table + 448 + 64);
  EXPECT_EQ(bytes(four, flatten, {100, 2, 2}), table + 448 + 4 * 64);
}

TEST_F(Plan, RunsInMemoryOfTheHostAndWritesNothingPastIt) {
  Host host;
  kiln_plan* plan = make(host, chain, {100});
  const int64_t bytes = kiln_plan_workspace(host.api, plan);
  char* memory = static_cast<char*>(std::aligned_alloc(64, static_cast<size_t>(bytes) + 64));
  std::fill(memory, memory + bytes + 64, '\x5a');
  Floats x({100}, std::vector<float>(100, 1)), y({100});
  void* arguments[] = {&x.c, &y.c};
  ASSERT_EQ(kiln_plan_run(host.api, plan, host.context, arguments, 2, memory, bytes), KILN_OK)
      << host.message();
  EXPECT_EQ(y.values, std::vector<float>(100, 5));
  EXPECT_EQ(std::string(memory + bytes, 64), std::string(64, '\x5a'));

  Floats longer({101}), result({101});
  void* wrong[] = {&longer.c, &result.c};
  EXPECT_EQ(kiln_plan_run(host.api, plan, host.context, wrong, 2, memory, bytes), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(host.message(), "chain: x: expected f32[N] with N = 100, got f32[101]");
  EXPECT_EQ(kiln_plan_run(host.api, plan, host.context, arguments, 2, memory, bytes - 1),
            KILN_INVALID_ARGUMENT);
  EXPECT_EQ(host.message(), "chain: the plan needs a workspace of " + std::to_string(bytes) + " bytes, got " +
                                std::to_string(bytes - 1));
  EXPECT_EQ(kiln_plan_run(host.api, plan, host.context, arguments, 2, memory + 4, bytes),
            KILN_INVALID_ARGUMENT);
  EXPECT_EQ(host.message(), "chain: the workspace is not aligned to 64 bytes");
  EXPECT_EQ(kiln_plan_run(host.api, plan, host.context, arguments, 2, nullptr, 0), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(kiln_plan_run(host.api, plan, host.context, arguments, -1, memory, bytes), KILN_INVALID_ARGUMENT);
  y.c.data = memory + 64;
  EXPECT_EQ(kiln_plan_run(host.api, plan, host.context, arguments, 2, memory, bytes), KILN_INVALID_ARGUMENT);
  EXPECT_EQ(host.message(), "chain: y: the workspace overlaps it");
  kiln_plan_free(host.api, plan);
  std::free(memory);
}

TEST_F(Plan, OfFourThreadsRunsOnAContextWithOne) {
  Host four(threads(4)), one;
  kiln_plan* plan = make(four, flatten, {3, 2, 2});
  const int64_t bytes = kiln_plan_workspace(four.api, plan);
  void* memory = std::aligned_alloc(64, static_cast<size_t>(bytes));
  Floats a({3, 2, 2}, std::vector<float>(12, 1)), out({3, 4});
  Integers b({3}, {10, 20, 30});
  void* arguments[] = {&a.c, &b.c, &out.c};
  for (Host* host : {&one, &four}) {
    std::fill(out.values.begin(), out.values.end(), 0.f);
    ASSERT_EQ(kiln_plan_run(host->api, plan, host->context, arguments, 3, memory, bytes), KILN_OK);
    EXPECT_EQ(out.values, (std::vector<float>{11, 11, 11, 11, 21, 21, 21, 21, 31, 31, 31, 31}));
  }
  kiln_plan_free(one.api, plan);
  std::free(memory);
}

TEST_F(Plan, OutlivesItsContext) {
  kiln_plan* plan = nullptr;
  CountingAllocator allocator;
  const kiln_allocator hooks = allocator.hooks();
  {
    kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
    options.allocator = &hooks;
    Host host(options);
    plan = make(host, chain, {5});
  }
  EXPECT_GT(allocator.live_bytes, 0);
  EXPECT_GT(kiln_plan_workspace(kiln_module(), plan), 0);
  kiln_plan_free(kiln_module(), plan);
  EXPECT_EQ(allocator.live_bytes, 0);
}

TEST_F(Plan, SaysWhatIsWrongWithItsDims) {
  Host host;
  kiln_plan* plan = nullptr;
  const auto expect = [&](TestFunction function, std::vector<int64_t> dims, const std::string& message) {
    EXPECT_EQ(kiln_plan_create(host.api, host.context, function, dims.data(),
                               static_cast<int32_t>(dims.size()), &plan),
              KILN_INVALID_ARGUMENT);
    EXPECT_EQ(plan, nullptr);
    EXPECT_EQ(host.message(), message);
  };
  expect(flatten, {1, 2, 3}, "flatten: needs H >= W, but H = 2, W = 3");
  expect(flatten, {1, 2}, "flatten: expected 3 dims, got 2");
  expect(chain, {-1}, "chain: N is -1, expected 0 to 2147483647");
  expect(chain, {int64_t{1} << 40}, "chain: N is 1099511627776, expected 0 to 2147483647");
}

}  // namespace
