#include <gtest/gtest.h>

#include "derivative_cases.h"

namespace kiln::transform {

std::string plus(const std::string& dim, int number) {
  return dim + (number < 0 ? " - " : " + ") + std::to_string(std::abs(number));
}

namespace {

class Derivatives : public testing::TestWithParam<DerivativeCase> {};

TEST_P(Derivatives, AgreeInAllModesAndWithDifferences) { check_derivatives(GetParam()); }

std::string name_of_case(const testing::TestParamInfo<DerivativeCase>& info) {
  std::string name = info.param.name;
  for (char& letter : name) {
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Contractions, Derivatives, testing::ValuesIn(contraction_cases()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Networks, Derivatives, testing::ValuesIn(network_cases()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Reads, Derivatives, testing::ValuesIn(reading_cases()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Loops, Derivatives, testing::ValuesIn(loop_cases()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Reducers, Derivatives, testing::ValuesIn(reducer_cases()), name_of_case);

}  // namespace
}  // namespace kiln::transform
