// A neural ordinary differential equation of 64 steps of RK4: the gradients with each step recomputed are
// those with all of them saved, in less than a third of the memory.
#include <gtest/gtest.h>

#include <cmath>

#include "../programs/ways.h"

namespace kiln::derivatives {
namespace {

class NeuralOde : public testing::Test {
 protected:
  tools::CallValues values(const std::string& function) {
    tools::CallRequest request;
    request.random_tensors = true;
    request.dims = {{"B", 16}, {"D", 4}, {"H", 32}, {"T", 64}};
    tools::CallValues values;
    EXPECT_EQ(tools::make_call_values(front_end_.module.value(), *of(function), request, values), "");
    return values;
  }

  const elaborate::Function* of(const std::string& function) {
    return tools::find_function(front_end_.module.value(), function);
  }

  driver::FrontEnd front_end_ = driver::run_front_end(
      KILN_SOURCE_DIR "/tests/derivatives/programs/neural_ode.model", tests::library_folders());
};

TEST_F(NeuralOde, RecomputedStepsGiveTheSameGradientsInAThirdOfTheMemory) {
  ASSERT_TRUE(front_end_.module) << tests::text_of(front_end_.diagnostics, front_end_.files);
  Diagnostics diagnostics;
  driver::LibraryOptions options;
  options.target = "native";
  std::string problem;
  const auto library = tools::LoadedLibrary::build(*front_end_.module, options, diagnostics, problem);
  ASSERT_TRUE(library) << problem;
  std::vector<tools::CallValues> results;
  std::vector<int64_t> bytes;
  const std::vector<std::string> functions = {"saved", "recomputed", "every_eighth", "chosen"};
  for (const std::string& function : functions) {
    results.push_back(values(function));
    tools::CompiledCall call(library->api(), *front_end_.module, *of(function), results.back(), 1);
    ASSERT_EQ(call.problem(), "");
    ASSERT_EQ(call.run(), "");
    call.fetch();
    bytes.push_back(call.workspace_bytes());
    RecordProperty(function + "_bytes", std::to_string(bytes.back()));
  }
  for (size_t other = 1; other < functions.size(); ++other)
    for (const size_t argument : {size_t{4}, size_t{5}}) {  // w1, w2, y, T, g1, g2
      const graph::Tensor& saved = results[0].arguments[argument].at(0);
      const graph::Tensor& again = results[other].arguments[argument].at(0);
      ASSERT_GT(saved.count(), 0);
      for (int64_t i = 0; i < saved.count(); ++i)
        EXPECT_NEAR(saved.at(i).real, again.at(i).real, 1e-12 * (1 + std::abs(saved.at(i).real)))
            << functions[other];
    }
  for (size_t other = 1; other < functions.size(); ++other)
    EXPECT_GE(bytes[0], 3 * bytes[other])
        << bytes[0] << " bytes saved, " << bytes[other] << " " << functions[other];
}

}  // namespace
}  // namespace kiln::derivatives
