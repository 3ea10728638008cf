// What the demo does, on a slice of its data: the interpreter and the compiled code give the same numbers.
#include <gtest/gtest.h>

#include <cmath>

#include "call_values.h"
#include "compiled_call.h"
#include "driver/front_end.h"
#include "idx_file.h"

namespace {

using namespace kiln;

constexpr int64_t batch = 16;
constexpr int steps = 3;

class InterpretedDemo : public testing::Test {
 protected:
  void SetUp() override {
    program_ = driver::run_front_end(KILN_SOURCE_DIR "/samples/fashion_mnist/fashion_mnist.model",
                                     {KILN_SOURCE_DIR "/stdlib"});
    ASSERT_TRUE(program_.module.has_value());
    const std::string folder = "/usr/share/datasets/fashion-mnist/";
    const IdxFile images = read_idx_gz(folder + "train-images-idx3-ubyte.gz");
    const IdxFile labels = read_idx_gz(folder + "train-labels-idx1-ubyte.gz");
    images_ = graph::Tensor(ElementType::u8, {batch, 28, 28});
    labels_ = graph::Tensor(ElementType::i32, {batch});
    for (int64_t i = 0; i < images_.count(); ++i)
      images_.set(i, Scalar::of_integer(images.values[static_cast<size_t>(i)]));
    for (int64_t i = 0; i < batch; ++i)
      labels_.set(i, Scalar::of_integer(labels.values[static_cast<size_t>(i)]));
  }

  /// Arguments of an export: models from a seed, the slice, a learning rate of 1e-3.
  tools::CallValues values_of(const elaborate::Function& function) {
    tools::CallRequest request;
    request.dims = {{"B", batch}};
    request.random_tensors = true;
    tools::CallValues values;
    EXPECT_EQ(tools::make_call_values(*program_.module, function, request, values), "");
    for (size_t i = 0; i < function.arguments.size(); ++i) {
      if (function.arguments[i].name == "images") values.arguments[i] = {images_};
      if (function.arguments[i].name == "labels") values.arguments[i] = {labels_};
      if (function.arguments[i].name == "lr") values.arguments[i][0].set(0, Scalar::of_real(1e-3f));
    }
    return values;
  }

  void expect_equal(const elaborate::Function& function, const tools::CallValues& interpreted,
                    const tools::CallValues& compiled) {
    for (size_t i = 0; i < function.arguments.size(); ++i)
      for (size_t leaf = 0; leaf < interpreted.arguments[i].size(); ++leaf) {
        const graph::Tensor& expected = interpreted.arguments[i][leaf];
        const graph::Tensor& got = compiled.arguments[i][leaf];
        for (int64_t at = 0; at < expected.count(); ++at) {
          const double difference = std::abs(expected.at(at).real - got.at(at).real);
          ASSERT_EQ(expected.at(at).integer, got.at(at).integer)
              << function.arguments[i].name << " leaf " << leaf;
          ASSERT_LE(difference, 2e-5 * std::max(1.0, std::abs(expected.at(at).real)))
              << function.name << ": " << function.arguments[i].name << " leaf " << leaf << " at " << at;
        }
      }
  }

  driver::FrontEnd program_;
  graph::Tensor images_, labels_;
};

TEST_F(InterpretedDemo, GivesTheNumbersOfCompiledCode) {
  Diagnostics diagnostics;
  std::string problem;
  driver::LibraryOptions options;
  options.target = "native";
  const auto library = tools::LoadedLibrary::build(*program_.module, options, diagnostics, problem);
  ASSERT_NE(library, nullptr) << problem;
  for (const elaborate::Function& function : program_.module->functions) {
    tools::CallValues interpreted = values_of(function);
    tools::CallValues compiled = interpreted;
    const int rounds = function.name == "train_step" ? steps : 1;
    for (int i = 0; i < rounds; ++i) ASSERT_EQ(tools::call_interpreted(function, interpreted), "");
    tools::CompiledCall call(library->api(), *program_.module, function, compiled, 2);
    ASSERT_EQ(call.problem(), "");
    for (int i = 0; i < rounds; ++i) ASSERT_EQ(call.run(), "");
    call.fetch();
    expect_equal(function, interpreted, compiled);
  }
}

}  // namespace
