// Programs of the design that do not build yet; the others run the cases of design/*.json. A row whose
// program builds fails: take it out, and the cases run.
#include <gtest/gtest.h>

#include "ways.h"

namespace kiln::tests {
namespace {

enum class Outcome { builds, limit, mistake };

struct Row {
  const char* file;
  Outcome outcome;
  const char* why;  // part of the first diagnostic
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.file; }

constexpr Row rows[] = {
    {"ragged_encoder", Outcome::limit, "ragged"},
};

class Designs : public testing::TestWithParam<Row> {};

TEST_P(Designs, AreWhereTheTableSays) {
  const Row& row = GetParam();
  const Program program(std::filesystem::path(KILN_SOURCE_DIR "/tests/programs/design") /
                        (std::string(row.file) + ".model"));
  const Outcome outcome = program.problem().empty()               ? Outcome::builds
                          : program.problem().find("limit[") == 0 ? Outcome::limit
                                                                  : Outcome::mistake;
  EXPECT_TRUE(outcome == row.outcome)
      << "the program " << (program.problem().empty() ? "builds" : "gives:") << "\n"
      << program.problem();
  const std::string first = program.problem().substr(0, program.problem().find('\n'));
  EXPECT_NE(first.find(row.why), std::string::npos) << program.problem();
}

INSTANTIATE_TEST_SUITE_P(Table, Designs, testing::ValuesIn(rows),
                         [](const auto& row) { return std::string(row.param.file); });

}  // namespace
}  // namespace kiln::tests
