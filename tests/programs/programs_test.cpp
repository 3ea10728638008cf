// Each *.model of this folder with the cases of its .json: interpreted as written, interpreted after all
// passes, compiled for all dims on one thread and on three, compiled with its dims as constants, and compiled
// code once more with frozen models. All ways must give what was recorded, and each other's values where
// nothing was.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/scalar_function.h"
#include "ways.h"

namespace kiln::tests {
namespace {

namespace fs = std::filesystem;

/// This folder; by hand, another one: KILN_PROGRAMS=FOLDER test_programs.
fs::path programs_folder() {
  const char* given = std::getenv("KILN_PROGRAMS");
  return given ? given : KILN_SOURCE_DIR "/tests/programs";
}

/// How far a float may be from what is expected, relative to the largest element (or 1).
double tolerance_of(ElementType element) {
  switch (element) {
    case ElementType::f64: return 1e-12;
    case ElementType::f16: return 2e-3;
    case ElementType::bf16: return 1.6e-2;
    default: return 1e-5;
  }
}

struct Expected {
  std::vector<double> values;
  int64_t every = 1;
};

double number_at(const graph::Tensor& tensor, int64_t flat) {
  const Scalar value = tensor.at(flat);
  if (is_float(tensor.element)) return value.real;
  return tensor.element == ElementType::u64 ? static_cast<double>(static_cast<uint64_t>(value.integer))
                                            : static_cast<double>(value.integer);
}

/// The first element that differs, in words; empty if none does.
std::string difference(const graph::Tensor& got, const Expected& expected, double given_tolerance) {
  const int64_t count = (got.count() + expected.every - 1) / expected.every;
  if (count != static_cast<int64_t>(expected.values.size()))
    return std::to_string(count) + " elements, expected " + std::to_string(expected.values.size());
  double scale = 1;
  for (double value : expected.values)
    if (std::isfinite(value)) scale = std::max(scale, std::abs(value));
  const double allowed =
      is_float(got.element) ? scale * std::max(given_tolerance, tolerance_of(got.element)) : 0;
  for (int64_t i = 0; i < count; ++i) {
    const double a = number_at(got, i * expected.every);
    const double b = expected.values[static_cast<size_t>(i)];
    if (std::isnan(b) ? std::isnan(a) : std::isfinite(b) ? std::abs(a - b) <= allowed : a == b) continue;
    return "element " + std::to_string(i * expected.every) + " is " + std::to_string(a) + ", expected " +
           std::to_string(b) + " (within " + std::to_string(allowed) + ")";
  }
  return "";
}

/// What a call gives, by name: of models the leaves.
std::vector<std::pair<std::string, const graph::Tensor*>> results_of(const Program& program,
                                                                     const elaborate::Function& function,
                                                                     const tools::CallValues& values) {
  std::vector<std::pair<std::string, const graph::Tensor*>> list;
  for (size_t i = 0; i < function.arguments.size(); ++i) {
    const elaborate::Argument& argument = function.arguments[i];
    if (argument.direction == elaborate::Direction::in) continue;
    for (size_t leaf = 0; leaf < values.arguments[i].size(); ++leaf) {
      std::string name = argument.name;
      if (argument.kind == sema::ArgumentKind::model)
        name += "." + program.module().models[argument.model].leaves[leaf].path;
      list.emplace_back(name, &values.arguments[i][leaf]);
    }
  }
  return list;
}

class Checker {
 public:
  Checker(const Program& program, const Case& one, const tools::CallValues& before)
      : program_(program), case_(one), before_(before) {}

  void check(const std::string& way, const Outcome& outcome) {
    const elaborate::Function& function = program_.function_of(case_);
    if (case_.fails) {
      EXPECT_NE(outcome.message.find(*case_.fails), std::string::npos)
          << way << ": expected a status with `" << *case_.fails << "`, got `" << outcome.message << "`";
      for (size_t i = 0; i < function.arguments.size(); ++i) {
        if (function.arguments[i].direction != elaborate::Direction::inout) continue;
        for (size_t leaf = 0; leaf < before_.arguments[i].size(); ++leaf)
          EXPECT_EQ(outcome.values.arguments[i][leaf].data, before_.arguments[i][leaf].data)
              << way << ": a failed call changed `" << function.arguments[i].name << "`";
      }
      return;
    }
    EXPECT_EQ(outcome.message, "") << way;
    if (!outcome.message.empty()) return;
    std::map<std::string, RecordedTensor> unseen = case_.results;
    for (const auto& [name, tensor] : results_of(program_, function, outcome.values)) {
      if (std::find(case_.unchecked.begin(), case_.unchecked.end(), name) != case_.unchecked.end()) continue;
      Expected expected;
      const auto found = unseen.find(name);
      if (found != unseen.end()) {
        expected = {found->second.values, found->second.every};
        if (found->second.shape != tensor->extents)
          ADD_FAILURE() << way << ": `" << name << "` has another shape";
        unseen.erase(found);
      } else if (case_.only_recorded) {
        continue;
      } else if (first_.count(name)) {
        expected.values = first_[name];
      } else {
        for (int64_t i = 0; i < tensor->count(); ++i) first_[name].push_back(number_at(*tensor, i));
        continue;
      }
      const std::string differs = difference(*tensor, expected, case_.tolerance);
      EXPECT_EQ(differs, "") << way << ": `" << name << "`";
    }
    for (const auto& [name, tensor] : unseen)
      ADD_FAILURE() << "`" << case_.function << "` gives no `" << name << "`";
  }

  void check_same_bits(const Outcome& one, const Outcome& other) const {
    for (size_t i = 0; i < one.values.arguments.size(); ++i)
      for (size_t leaf = 0; leaf < one.values.arguments[i].size(); ++leaf)
        EXPECT_EQ(one.values.arguments[i][leaf].data, other.values.arguments[i][leaf].data)
            << "threads change the bits of `" << program_.function_of(case_).arguments[i].name << "`";
  }

 private:
  const Program& program_;
  const Case& case_;
  const tools::CallValues& before_;
  std::map<std::string, std::vector<double>> first_;  // of the first way, where nothing is recorded
};

class Programs : public testing::TestWithParam<std::string> {};

TEST_P(Programs, GiveWhatIsExpectedInAllWays) {
  const fs::path file = programs_folder() / (GetParam() + ".model");
  const std::vector<Case> cases = read_cases(fs::path(file).replace_extension(".json"));
  ASSERT_FALSE(cases.empty());
  const Program program(file);
  ASSERT_EQ(program.problem(), "");
  std::vector<tools::CallValues> before(cases.size());
  for (size_t i = 0; i < cases.size(); ++i)
    ASSERT_EQ(program.arguments_of(cases[i], before[i]), "") << cases[i].name;
  const std::vector<Program::Fixed> fixed = program.call_static(cases, before);
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(cases[i].name);
    Checker checker(program, cases[i], before[i]);
    checker.check("interpreted", program.interpret(cases[i], before[i]));
    checker.check("interpreted after all passes", program.interpret_prepared(cases[i], before[i]));
    const Outcome single = program.call_symbolic(cases[i], before[i], 1);
    checker.check("compiled", single);
    for (const int threads : cases[i].threads) {
      const Outcome threaded = program.call_symbolic(cases[i], before[i], threads);
      checker.check(fmt::format("compiled, {} threads", threads), threaded);
      if (!cases[i].fails) checker.check_same_bits(single, threaded);
    }
    checker.check("compiled for these dims", fixed[i].called);
    if (fixed[i].frozen) {
      checker.check("compiled for these dims, frozen", *fixed[i].frozen);
      const Outcome frozen = program.call_symbolic(cases[i], before[i], 1, true);
      checker.check("compiled, frozen", frozen);
      if (!cases[i].fails)
        checker.check_same_bits(frozen, program.call_symbolic(cases[i], before[i], 3, true));
    }
    if (!cases[i].training) continue;
    double first = 0, last = std::nan("");
    EXPECT_EQ(program.train(cases[i], before[i], first, last).message, "");
    EXPECT_LT(last, first * cases[i].training->factor) << "training does not lower the loss of " << first;
  }
}

/// The programs with a case file, here and in the folders below.
std::vector<std::string> all_programs() {
  std::vector<std::string> names;
  for (const char* folder : {"", "design/", "stdlib/"}) {
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(programs_folder() / folder, missing))
      if (entry.path().extension() == ".json") names.push_back(folder + entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST(Designs, HaveCases) {
  for (const auto& entry : fs::directory_iterator(KILN_SOURCE_DIR "/tests/programs/design"))
    if (entry.path().extension() == ".model") {
      EXPECT_TRUE(fs::exists(fs::path(entry.path()).replace_extension(".json"))) << entry.path();
    }
}

INSTANTIATE_TEST_SUITE_P(Whole, Programs, testing::ValuesIn(all_programs()), [](const auto& program) {
  std::string name = program.param;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
});

}  // namespace
}  // namespace kiln::tests
