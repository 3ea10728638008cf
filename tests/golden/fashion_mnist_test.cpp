// The library of the Fashion-MNIST sample against PyTorch, through its C++ header.
#include "fashion_mnist.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "golden_values.h"

namespace {

constexpr std::int64_t pixels = 28 * 28;

nlohmann::json recorded() {
  std::ifstream file(KILN_SOURCE_DIR "/tests/golden/fashion_mnist.json");
  return nlohmann::json::parse(file);
}

/// Parameter number i is filled as record.py does: salt i + 1, bound 1 / sqrt(inputs of its layer).
void fill(fashion_mnist::Classifier& model) {
  std::uint32_t salt = 1;
  float bound = 0;
  for (const kiln_parameter& parameter : model.parameters()) {
    if (parameter.rank == 2)
      bound = static_cast<float>(1 / std::sqrt(static_cast<double>(parameter.extents[1])));
    auto* values = static_cast<float*>(parameter.data);
    for (std::uint32_t i = 0; i < parameter.bytes / 4; ++i) values[i] = golden::real(i, salt, bound);
    ++salt;
  }
}

struct Batch {
  std::vector<std::uint8_t> images;
  std::vector<std::int32_t> labels;
};

Batch batch_of(std::uint32_t step, std::int64_t size) {
  Batch batch;
  for (std::uint32_t i = 0; i < size * pixels; ++i)
    batch.images.push_back(static_cast<std::uint8_t>(golden::integer(i, 100 + step, 256)));
  for (std::uint32_t i = 0; i < size; ++i)
    batch.labels.push_back(static_cast<std::int32_t>(golden::integer(i, 200 + step, 10)));
  return batch;
}

TEST(FashionMnistGolden, LogitsEqualPyTorchs) {
  const nlohmann::json expected = recorded()["logits"];
  const auto count = static_cast<std::int64_t>(expected.size());
  fashion_mnist::context context;
  fashion_mnist::Classifier model(context, 1);
  fill(model);
  const Batch batch = batch_of(0, count);
  std::vector<float> scores(static_cast<std::size_t>(count * 10));
  fashion_mnist::logits(context, model, {batch.images.data(), {count, 28, 28}}, {scores.data(), {count, 10}});
  for (std::size_t i = 0; i < scores.size(); ++i)
    EXPECT_NEAR(scores[i], expected[i / 10][i % 10].get<double>(), 1e-5) << "score " << i;
}

TEST(FashionMnistGolden, LossesOfTwentyAdamStepsEqualPyTorchs) {
  const nlohmann::json expected = recorded()["losses"];
  fashion_mnist::context context;
  fashion_mnist::Classifier model(context, 1);
  fashion_mnist::Optimizer optimizer(context, 1);
  fill(model);
  for (std::uint32_t step = 0; step < expected.size(); ++step) {
    const Batch batch = batch_of(step, 64);
    const float loss = fashion_mnist::train_step(
        context, model, optimizer, {batch.images.data(), {64, 28, 28}}, {batch.labels.data(), {64}}, 1e-3f);
    const double torch = expected[step];
    EXPECT_NEAR(loss, torch, 1e-4 * torch) << "step " << step;
  }
}

}  // namespace
