// The C++17 interface as an application uses it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <memory>

#include "small_net.hpp"
#include "tables.hpp"

static_assert(__cplusplus == 201703L, "the headers are for C++17");

namespace {

struct Batch {
  std::vector<float> x = std::vector<float>(8 * 13);
  std::vector<std::int32_t> labels = std::vector<std::int32_t>(8);
  Batch() {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i));
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i % 5);
  }
};

TEST(CppCaller, TrainsSavesAndLoads) {
  const std::string path = testing::TempDir() + "cpp_caller-" + std::to_string(getpid()) + ".safetensors";
  small_net::context context;
  small_net::Net net(context, 1);
  small_net::Optimizer optimizer(context, 2);
  const Batch batch;
  const float first = small_net::train_step(context, net, optimizer, {batch.x, {8, 13}}, batch.labels, 0.01f);
  float last = first;
  for (int i = 0; i < 50; ++i)
    last = small_net::train_step(context, net, optimizer, {batch.x, {8, 13}}, batch.labels, 0.01f);
  EXPECT_LT(last, 0.7f * first);

  net.save(context, path);
  const small_net::Net opened = small_net::Net::open(context, path);
  small_net::Net loaded = small_net::Net::zero(context);
  loaded.load(context, path);
  const small_net::Net copied = net.copy(context);
  small_net::Net assigned(context, 99);
  assigned.assign(context, copied);
  assigned.freeze(context);
  unlink(path.c_str());
  std::vector<std::int32_t> labels(8);
  std::vector<float> expected(8), scores(8);
  small_net::predict(context, net, {batch.x, {8, 13}}, labels, expected);
  for (const small_net::Net* same : {&opened, static_cast<const small_net::Net*>(&loaded), &copied,
                                     static_cast<const small_net::Net*>(&assigned)}) {
    small_net::predict(context, *same, {batch.x, {8, 13}}, labels, scores);
    EXPECT_EQ(scores, expected);
  }
  std::int64_t steps = 0;
  for (const kiln_parameter& parameter : loaded.parameters())
    if (std::string(parameter.name) == "steps") steps = *static_cast<const std::int64_t*>(parameter.data);
  EXPECT_EQ(steps, 51);
}

TEST(CppCaller, RunsPlansInItsOwnMemory) {
  small_net::context context;
  small_net::Net net(context, 1), same(context, 1);
  small_net::Optimizer optimizer(context, 2), same_optimizer(context, 2);
  const Batch batch;
  const small_net::train_step_plan plan(context, 8);
  const std::int64_t bytes = plan.workspace_bytes();
  ASSERT_GE(bytes, 0);
  std::unique_ptr<void, void (*)(void*)> workspace(
      std::aligned_alloc(64, static_cast<std::size_t>(bytes + 63) / 64 * 64 + 64), std::free);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(
        plan.run(context, net, optimizer, {batch.x, {8, 13}}, batch.labels, 0.01f, workspace.get(), bytes),
        small_net::train_step(context, same, same_optimizer, {batch.x, {8, 13}}, batch.labels, 0.01f));
  const auto failed = plan.try_run(context, net, optimizer, {batch.x.data(), {7, 13}}, batch.labels, 0.01f,
                                   workspace.get(), bytes);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.why().message, "train_step: x: expected f32[B, 13] with B = 8, got f32[7, 13]");
  EXPECT_FALSE(small_net::train_step_plan::try_create(context, -1));
}

TEST(CppCaller, HasEveryKindOfArgumentAndResult) {
  small_net::context context;
  std::vector<float> x = {1, 2, 3, 4, -5}, low(2), high(3);
  const small_net::moments_result moments = small_net::moments(context, x);
  EXPECT_EQ(moments.average, 1);
  EXPECT_FALSE(moments.positive);
  EXPECT_EQ(moments.odd, 7);
  std::int32_t n = -2;
  bool flag = false;
  double total = 1;
  small_net::advance(context, n, flag, total, 3);
  EXPECT_EQ(n, 1);
  EXPECT_TRUE(flag);
  EXPECT_EQ(total, 4);
  small_net::halves(context, x, 0.5f, low, high);
  EXPECT_EQ(low, (std::vector<float>{0.5f, 1}));
  EXPECT_EQ(high, (std::vector<float>{1.5f, 2, -2.5f}));
  kiln::rng rng{3, 0};
  std::vector<float> drawn(1000);
  small_net::noise(context, rng, 1000, drawn);
  float sum = 0;
  for (const float value : drawn) sum += value;
  EXPECT_LT(std::abs(sum), 150);
  const std::vector<kiln::f16> halves = {{0x3c00}, {0xc000}};
  std::vector<kiln::f16> scaled(2);
  EXPECT_EQ(small_net::scaled(context, halves, kiln::f16{0x4200}, scaled).bits, 0x3c00);
  EXPECT_EQ(scaled[1].bits, 0xc600);
  std::vector<float> one(2, 1), two(2, 2), three(2, 3), sums(2);
  small_net::names(context, one, two, three, 0.5f, sums);
  EXPECT_EQ(sums[1], 321.5f);
}

TEST(CppCaller, GetsFailuresAsValuesOrExceptions) {
  small_net::context context;
  const small_net::Net net(context, 1);
  std::vector<float> x(13), score(1);
  std::vector<std::int32_t> label(1);
  const kiln::expected<void> failed =
      small_net::try_predict(context, net, {x, {1, 13}}, label, {score.data(), {2}});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.why().status, KILN_INVALID_ARGUMENT);
  EXPECT_EQ(failed.why().message, "predict: score: expected f32[B] with B = 1 (from x), got f32[2]");
  try {
    small_net::predict(context, net, {x, {13, 1}}, label, score);
    FAIL();
  } catch (const kiln::error& error) {
    EXPECT_STREQ(error.what(), "predict: x: expected f32[B, 13] with B = 13, got f32[13, 1]");
  }
  EXPECT_TRUE(small_net::try_predict(context, net, {x, {1, 13}}, label, score));
  EXPECT_FALSE(small_net::Net::try_open(context, "/nowhere/net.safetensors"));
}

TEST(CppCaller, MovesHandles) {
  small_net::context first;
  small_net::context context(std::move(first));
  small_net::Net net(context, 1);
  small_net::Net moved(std::move(net));
  net = small_net::Net(context, 2);
  std::swap(net, moved);
  std::vector<float> x(13, 1), a(1), b(1);
  std::vector<std::int32_t> label(1);
  small_net::predict(context, net, {x, {1, 13}}, label, a);
  small_net::predict(context, small_net::Net(context, 1), {x, {1, 13}}, label, b);
  EXPECT_EQ(a, b);
}

}  // namespace
