// Trains a classifier for Fashion-MNIST with the library that kilnc made of fashion_mnist.model, saves it,
// loads it into a fresh model and measures it on the test images. Nothing of Kiln but that library is needed
// to run this.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "fashion_mnist.hpp"
#include "idx_file.h"
#include "progress_bar.h"

namespace {

constexpr std::int64_t side = 28;
constexpr std::int64_t pixels = side * side;

struct Options {
  std::string data = "/usr/share/datasets/fashion-mnist";
  std::string weights = "classifier.safetensors";
  int epochs = 5;
  std::int64_t batch = 64;
  float learning_rate = 1e-3f;
  std::uint64_t seed = 5;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
};

constexpr const char* usage =
    "usage: fashion_mnist [--data FOLDER] [--weights FILE] [--epochs N] [--batch N] [--lr X] [--seed N] "
    "[--threads N]\n";

Options parse(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    if (name == "--help") {
      std::fputs(usage, stdout);
      std::exit(0);
    }
    if (i + 1 == count) throw std::runtime_error("`" + name + "` needs a value, or does not exist\n" + usage);
    const std::string value = arguments[++i];
    if (name == "--data")
      options.data = value;
    else if (name == "--weights")
      options.weights = value;
    else if (name == "--epochs")
      options.epochs = std::stoi(value);
    else if (name == "--batch")
      options.batch = std::max(1, std::stoi(value));
    else if (name == "--lr")
      options.learning_rate = std::stof(value);
    else if (name == "--seed")
      options.seed = std::stoull(value);
    else if (name == "--threads")
      options.threads = std::max(1, std::stoi(value));
    else
      throw std::runtime_error("unknown option `" + name + "`\n" + usage);
  }
  return options;
}

struct DataSet {
  std::vector<std::uint8_t> images;  // [count, 28, 28]
  std::vector<std::int32_t> labels;  // [count]
  std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
};

DataSet load(const std::string& folder, const std::string& name) {
  IdxFile images = read_idx_gz(folder + "/" + name + "-images-idx3-ubyte.gz");
  const IdxFile labels = read_idx_gz(folder + "/" + name + "-labels-idx1-ubyte.gz");
  if (images.extents.size() != 3 || images.extents[1] != side || images.extents[2] != side ||
      labels.extents.size() != 1 || labels.extents[0] != images.extents[0])
    throw std::runtime_error(folder + ": " + name + " does not hold 28x28 images with one label each");
  return {std::move(images.values), {labels.values.begin(), labels.values.end()}};
}

void train(kiln::context& context, fashion_mnist::Classifier& model, const DataSet& data,
           const Options& options) {
  fashion_mnist::Optimizer optimizer(context, options.seed + 1);
  std::mt19937_64 random(options.seed);
  std::vector<std::int64_t> order(data.labels.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<std::uint8_t> images(static_cast<std::size_t>(options.batch * pixels));
  std::vector<std::int32_t> labels(static_cast<std::size_t>(options.batch));
  for (int epoch = 1; epoch <= options.epochs; ++epoch) {
    std::shuffle(order.begin(), order.end(), random);
    ProgressBar bar("epoch " + std::to_string(epoch) + "/" + std::to_string(options.epochs), data.count());
    double loss = 0;
    for (std::int64_t first = 0; first < data.count(); first += options.batch) {
      const std::int64_t size = std::min(options.batch, data.count() - first);
      for (std::int64_t i = 0; i < size; ++i) {
        const std::int64_t from = order[static_cast<std::size_t>(first + i)];
        std::copy_n(data.images.begin() + from * pixels, pixels, images.begin() + i * pixels);
        labels[static_cast<std::size_t>(i)] = data.labels[static_cast<std::size_t>(from)];
      }
      const float step_loss =
          fashion_mnist::train_step(context, model, optimizer, {images.data(), {size, side, side}},
                                    {labels.data(), {size}}, options.learning_rate);
      loss += static_cast<double>(step_loss) * static_cast<double>(size);
      bar.show(first + size, loss / static_cast<double>(first + size));
    }
    bar.finish(loss / static_cast<double>(data.count()));
  }
}

/// The share of images that get their own label.
double accuracy(kiln::context& context, const fashion_mnist::Classifier& model, const DataSet& data) {
  constexpr std::int64_t batch = 1000;
  std::vector<std::int32_t> label(batch);
  std::vector<float> score(batch);
  std::int64_t right = 0;
  for (std::int64_t first = 0; first < data.count(); first += batch) {
    const std::int64_t size = std::min(batch, data.count() - first);
    fashion_mnist::predict(context, model, {data.images.data() + first * pixels, {size, side, side}},
                           {label.data(), {size}}, {score.data(), {size}});
    for (std::int64_t i = 0; i < size; ++i)
      right += label[static_cast<std::size_t>(i)] == data.labels[static_cast<std::size_t>(first + i)];
  }
  return static_cast<double>(right) / static_cast<double>(data.count());
}

void run(const Options& options) {
  const DataSet training = load(options.data, "train");
  const DataSet test = load(options.data, "t10k");
  std::printf("%lld training images, %lld test images, %d thread%s\n",
              static_cast<long long>(training.count()), static_cast<long long>(test.count()), options.threads,
              options.threads == 1 ? "" : "s");

  kiln_context_options context_options = KILN_CONTEXT_OPTIONS_INIT;
  context_options.threads = options.threads;
  fashion_mnist::context context(context_options);
  fashion_mnist::Classifier model(context, options.seed);
  train(context, model, training, options);
  model.save(context, options.weights);
  std::printf("saved %s\n", options.weights.c_str());

  const fashion_mnist::Classifier loaded = fashion_mnist::Classifier::open(context, options.weights);
  std::printf("test accuracy: %.3f\n", accuracy(context, loaded, test));
}

}  // namespace

int main(int count, char** arguments) {
  try {
    run(parse(count, arguments));
    return 0;
  } catch (const std::exception& error) {
    std::fflush(stdout);
    std::cerr << "fashion_mnist: " << error.what() << "\n";
    return 1;
  }
}
