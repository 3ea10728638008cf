#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "claim.h"

namespace kiln::dim::test {
namespace {

using Kind = Verdict::Kind;

const std::map<std::string, Kind> kinds = {{"proved", Kind::proved},
                                           {"inferred", Kind::inferred},
                                           {"needs", Kind::needs},
                                           {"runtime", Kind::runtime},
                                           {"wrong", Kind::wrong}};
constexpr int64_t points_tried = 30000;

std::string missing_text(const Verdict& verdict) {
  std::string text;
  for (const Condition& clause : verdict.missing) text += (text.empty() ? "" : ", ") + clause.to_string();
  return text;
}

class CaseTable : public testing::TestWithParam<const char*> {};

TEST_P(CaseTable, IsAnsweredAsTheTableSays) {
  int count = 0;
  for (const Claim& claim : read_claims()) {
    if (claim.verdict != GetParam()) continue;
    ++count;
    SCOPED_TRACE(claim.to_string());
    const Verdict verdict = decide(claim);
    EXPECT_EQ(static_cast<int>(verdict.kind), static_cast<int>(kinds.at(claim.verdict)))
        << missing_text(verdict);
    if (verdict.kind == Kind::wrong || verdict.kind == Kind::needs) {
      EXPECT_TRUE(is_violation(claim, verdict.counterexample)) << "no counter-example";
    }
    if (verdict.kind == Kind::inferred || verdict.kind == Kind::needs) {
      int64_t models = 0;
      EXPECT_FALSE(verdict.missing.empty());
      EXPECT_EQ(find_violation(claim, verdict.missing, claim.largest_dim, points_tried, &models),
                std::nullopt)
          << missing_text(verdict) << " does not suffice";
      EXPECT_GT(models, 0) << missing_text(verdict) << " leaves nothing";
    }
    for (const Condition& clause : verdict.missing) {
      EXPECT_TRUE(verdict.kind != Kind::inferred || (clause.value + 1).bare_symbol()) << clause.to_string();
    }
  }
  EXPECT_GT(count, 0);
}

INSTANTIATE_TEST_SUITE_P(Prover, CaseTable,
                         testing::Values("proved", "inferred", "needs", "runtime", "wrong"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Prover, NeedsLittleTimeForAProof) {
  std::vector<double> times;
  for (const Claim& claim : read_claims()) {
    if (claim.verdict != "proved") continue;
    const auto start = std::chrono::steady_clock::now();
    proves(claim);
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  const double median = times[times.size() / 2], slowest = times.back();
  std::printf("time per proof: median %.3f ms, 95%% under %.3f ms, slowest %.3f ms\n", median,
              times[times.size() * 95 / 100], slowest);
  RecordProperty("median_microseconds", static_cast<int>(median * 1000));
  EXPECT_LT(median, 5.0);  // generous: sanitizers and busy machines
}

}  // namespace
}  // namespace kiln::dim::test
