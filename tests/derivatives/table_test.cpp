// Every row of the tables through every mode, and docs/derivatives.md, which says what was found:
// KILN_REWRITE_EXPECTED=1 writes it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "harness.h"

namespace kiln::derivatives {
namespace {

TEST(Rows, HoldEachFunctionOfTheTablesOrSayWhyNot) { EXPECT_EQ(forgotten(), std::vector<std::string>{}); }

class Derivatives : public testing::TestWithParam<ElementType> {};

TEST_P(Derivatives, AgreeInAllModes) {
  for (const Found& found : found_for(GetParam())) EXPECT_EQ(found.problems, "");
}

std::string name_of_test(const testing::TestParamInfo<ElementType>& info) {
  return std::string(name_of(info.param));
}

INSTANTIATE_TEST_SUITE_P(All, Derivatives, testing::ValuesIn(element_types()), name_of_test);

constexpr const char* introduction =
    R"(# Derivatives: what was tried

<!-- Written by test_derivatives from the compiler's own tables: KILN_REWRITE_EXPECTED=1. -->

Each cell names the element types for which a test ran and held: *forward* (`jvp`), *reverse* (`vjp`, `grad`, also under
`checkpoint`), *second order* (reverse over reverse, forward over reverse, reverse over forward, and their symmetry), *batched* (one
gradient for each point of a comprehension, against a loop). In f64 forward, reverse and second order are held against central
differences as well, and second order is tried under `checkpoint`; f32, f16 and bf16 are held against f64 at the same points. All of
it is interpreted and compiled, and compared. Each row is a function from [M, N] to [N], tried at 2x0, 2x1, 2x2, 3x7 and 5x2 (M is 2
at least: rows read `x[1]`), and in batches of 0, 1 and 3. `tests/derivatives` loops over the tables of scalar functions and
reducers: a new row of them is tried, or fails the test.

At corners: the first of equals for `max`, `min`; 0 for `abs` at 0, `sign`, rounding.
)";

std::string types(size_t row, Mode mode) {
  std::string text;
  for (const ElementType element : element_types())
    if (found_for(element)[row].holds[mode])
      text += fmt::format("{}{}", text.empty() ? "" : " ", name_of(element));
  return text.empty() ? "-" : text;
}

std::string page() {
  std::string text = introduction, group;
  const std::vector<Row> all = rows();
  for (size_t row = 0; row < all.size(); ++row) {
    if (all[row].group != group) {
      group = all[row].group;
      text += fmt::format(
          "\n## {}\n\n| | forward | reverse | second order | batched |\n|---|---|---|---|---|\n", group);
    }
    text += fmt::format("| {} | {} | {} | {} | {} |\n", all[row].name, types(row, forward),
                        types(row, reverse), types(row, second_order), types(row, batched));
  }
  text += "\n## Not tried at N = 0\n\n";
  for (const Row& row : all)
    if (row.least_n > 0)
      text += fmt::format("- {}: reads the first of each row of x, which must be there\n", row.name);
  text +=
      "\n## Without derivatives\n\nWhat they give is no float. Where a derivative meets them they are "
      "constants.\n\n| | |\n|---|---|\n";
  for (const Exception& exception : exceptions())
    text += fmt::format("| {} | {} |\n", exception.name, exception.reason);
  return text;
}

TEST(Page, SaysWhatWasFound) {
  const std::string file = KILN_SOURCE_DIR "/docs/derivatives.md";
  const std::string now = page();
  if (std::getenv("KILN_REWRITE_EXPECTED") != nullptr) std::ofstream(file) << now;
  std::ostringstream written;
  written << std::ifstream(file).rdbuf();
  EXPECT_EQ(written.str(), now) << "KILN_REWRITE_EXPECTED=1 test_derivatives writes it";
}

}  // namespace
}  // namespace kiln::derivatives
