// What becomes of the programs of the design today. A row that gets better fails too: then the row is to be
// changed.
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

// A mistake is one of the program as the language is today; most want what stdlib/ does not have yet.
constexpr Row rows[] = {
    {"01_mlp_train", Outcome::mistake, "nothing is called `b`"},  // `all[b]` stops at `and`
    {"02_lenet", Outcome::builds, ""},
    {"03_resnet50", Outcome::mistake, "`nn` declares no `max_pool`"},
    {"04_mobilenet", Outcome::mistake, "there is no type `nn.Conv2d`"},
    {"06_minilm", Outcome::builds, ""},
    {"07_gpt2", Outcome::limit, "loops over N - 1 rounds"},
    {"09_t5_bias", Outcome::mistake, "`Linear` has no parameter `Bias`"},
    {"10_lstm_gru", Outcome::mistake, "`init` declares no `orthogonal`"},
    {"11_dlrm", Outcome::mistake, "there is no type `nn.Mlp`"},
    {"12_ctc", Outcome::builds, ""},
    {"14_vae", Outcome::mistake, "`nn` declares no `bce`"},
    {"16_pinn", Outcome::builds, ""},
    {"18_maml", Outcome::builds, ""},
    {"21_lora", Outcome::mistake, "`AdamW` has no parameter `Only`"},
    {"24_mel", Outcome::mistake, "`pow` is for floats"},
    {"25_kmeans_word2vec", Outcome::limit, "`search_sorted`"},
    {"27_ragged_encoder", Outcome::limit, "ragged"},
    {"30_streaming_optim", Outcome::limit, "`@realtime`"},
    {"31_misc", Outcome::mistake, "`blocks/attention.model` cannot be found"},
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
                         [](const auto& row) { return "_" + std::string(row.param.file); });

}  // namespace
}  // namespace kiln::tests
