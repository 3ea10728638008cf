#include "dim/prover.h"

#include <gtest/gtest.h>

#include <chrono>

namespace kiln::dim {
namespace {

const Dim B = Dim::symbol("B"), D = Dim::symbol("D"), H = Dim::symbol("H"), K = Dim::symbol("K"),
          N = Dim::symbol("N"), S = Dim::symbol("S"), Heads = Dim::symbol("Heads"), i = Dim::symbol(".i"),
          j = Dim::symbol(".j"), past = Dim::symbol(".past");

Facts with_dims(const std::vector<std::string>& names) {
  Facts facts;
  for (const std::string& name : names) facts.add_dim(name);
  return facts;
}

TEST(Facts, AreValuesThatAScopeCopies) {
  const Facts outer = with_dims({"N"});
  Facts inner = outer;
  inner.add(Condition::less(0, N));
  EXPECT_TRUE(proves_inside(inner, N - 1, N));
  EXPECT_FALSE(proves_inside(outer, N - 1, N));
  Facts assigned = outer;
  assigned = inner;
  EXPECT_TRUE(proves_inside(assigned, N - 1, N));
}

TEST(Facts, LearnFromWhatIsAddedAfterAQuery) {
  Facts facts = with_dims({"H", "K"});
  EXPECT_FALSE(proves(facts, Condition::less_equal(K, H)));
  facts.add(Condition::less_equal(K, H));
  EXPECT_TRUE(proves(facts, Condition::less_equal(K, H)));
}

TEST(Prover, ADivisorIsAGoalBeforeItIsAFact) {
  Facts facts = with_dims({"H", "K"});
  EXPECT_FALSE(proves(facts, Condition::less_equal(0, H / K)));
  EXPECT_FALSE(proves(facts, Condition::less_equal(min(1 / K, Dim(0)), 0)));
  facts.add_index(".i", 0, H / K);
  EXPECT_FALSE(proves(facts, Condition::less_equal(1, K)));  // the range is no reason
  facts.add(Condition::less_equal(1, K));
  EXPECT_TRUE(proves_inside(facts, K * i, H));
}

TEST(Prover, AConditionWasEvaluatedSoItsDivisorsArePositive) {
  Facts facts = with_dims({"D", "Heads"});
  facts.add(Condition::equal(D % Heads, 0));
  EXPECT_TRUE(proves(facts, Condition::less_equal(1, Heads)));
  EXPECT_TRUE(proves_equal(facts, Heads * (D / Heads), D));
}

TEST(Prover, OnlyTheBranchTakenOfAChoiceWasEvaluated) {
  Facts facts = with_dims({"H", "K"});
  facts.add(Condition::either_of({Condition::equal(K, 0), Condition::equal(H % K, 0)}));
  EXPECT_FALSE(proves(facts, Condition::less_equal(1, K)));
  facts.add(Condition::not_equal(K, 0));
  EXPECT_TRUE(proves(facts, Condition::less_equal(1, K)));
  EXPECT_TRUE(proves_equal(facts, K * (H / K), H));
}

TEST(Prover, AnEmptyRangeSaysNothingOutsideItsBody) {
  Facts facts = with_dims({"H", "K"});
  const Condition extent_is_one = Condition::less_equal(0, H - K + 1);
  EXPECT_FALSE(proves(facts, extent_is_one));
  facts.add_index(".i", 0, H - K + 1);
  EXPECT_TRUE(proves(facts, extent_is_one));
}

TEST(Prover, ContradictoryFactsProveWhatNeverHappens) {
  Facts facts = with_dims({"H", "S"});
  facts.add(Condition::less_equal(S, 0));
  facts.add(Condition::less(0, S));
  EXPECT_TRUE(proves(facts, Condition::equal(H, 7)));
  EXPECT_NE(decide(with_dims({"H"}), Condition::equal(H, 7)).kind, Verdict::Kind::inferred);
}

TEST(Prover, GoalsWithChoices) {
  Facts facts = with_dims({"H", "K"});
  EXPECT_TRUE(proves(facts, Condition::either_of({Condition::less(H, K), Condition::less_equal(K, H)})));
  EXPECT_FALSE(proves(facts, Condition::either_of({Condition::less(H, K), Condition::less(K, H)})));
  EXPECT_TRUE(proves(facts, Condition::not_equal(2 * H, 2 * K + 1)));
  EXPECT_FALSE(proves(facts, Condition::not_equal(2 * H, 2 * K)));
}

TEST(Prover, OverflowIsNotProved) {
  Facts facts = with_dims({"H"});
  const Dim large = Dim(INT64_MAX) * H * 4;
  EXPECT_TRUE(large.overflowed());
  EXPECT_FALSE(proves(facts, Condition::less_equal(0, large)));
  EXPECT_FALSE(proves_inside(facts, H, large));
  facts.add(Condition::less_equal(Dim(INT64_MAX) * H, Dim(INT64_MAX) * K));
  EXPECT_FALSE(proves(facts, Condition::less(H, K)));
  EXPECT_EQ(decide(facts, Condition::less(Dim(INT64_MAX) * H, Dim(INT64_MAX - 1) * K * K)).kind,
            Verdict::Kind::runtime);
}

TEST(Prover, SimplifiesWithEqualitiesAndDivisibilities) {
  Facts facts = with_dims({"D", "H", "Heads", "S"});
  facts.add(Condition::equal(S, 1));
  facts.add(Condition::equal(D % Heads, 0));
  EXPECT_EQ(simplify(facts, (H - 1) / S + 1), H);
  EXPECT_EQ(simplify(facts, Heads * (D / Heads)), D);
  EXPECT_EQ(simplify(facts, D / Heads), D / Heads);
  EXPECT_EQ(simplify(facts, D), D);
}

TEST(Verdict, NamesWhatIsMissing) {
  Facts facts = with_dims({"N", "B"});
  const Verdict inferred = decide_inside(facts, N - 1, N);
  ASSERT_EQ(inferred.kind, Verdict::Kind::inferred);
  EXPECT_EQ(inferred.missing[0].to_string(), "N >= 1");
  facts.add_index(".i", 0, (N - 1) / B + 1);
  facts.add_index(".j", 0, B);
  const Verdict range = decide_inside(facts, j, B);
  ASSERT_EQ(range.kind, Verdict::Kind::inferred) << "a range divides by B";
  EXPECT_EQ(range.missing[0].to_string(), "B >= 1");
  facts.add(Condition::less(0, B));
  const Verdict divisible = decide_inside(facts, i * B + j, N);
  ASSERT_EQ(divisible.kind, Verdict::Kind::needs);
  EXPECT_EQ(divisible.missing[0].to_string(), "N % B == 0");
}

TEST(Verdict, ShowsACounterexampleWithoutStrangers) {
  Facts facts = with_dims({"H", "K", "S"});
  facts.add(Condition::less(0, S));
  facts.add_index(".i", 0, H);
  const Verdict verdict = decide_inside(facts, i + 1, H);
  ASSERT_EQ(verdict.kind, Verdict::Kind::wrong);
  EXPECT_EQ(verdict.counterexample, (std::map<std::string, int64_t>{{"H", 1}, {".i", 0}}));
}

TEST(Verdict, LeavesRuntimeValuesToTheRun) {
  Facts facts = with_dims({"N"});
  facts.add_runtime(".past");
  EXPECT_EQ(decide_inside(facts, past, N).kind, Verdict::Kind::runtime);
  EXPECT_EQ(decide_inside(facts, N, N).kind, Verdict::Kind::wrong);
  facts.add(Condition::both_of({Condition::less_equal(0, past), Condition::less(past, N)}));
  EXPECT_EQ(decide_inside(facts, past, N).kind, Verdict::Kind::proved);
}

TEST(Prover, LargeScopesStayFast) {
  Facts facts;
  std::vector<Dim> dims, indices;
  for (int place = 0; place < 14; ++place) {
    facts.add_dim("D" + std::to_string(place));
    dims.push_back(Dim::symbol("D" + std::to_string(place)));
  }
  for (size_t place = 0; place + 1 < dims.size(); ++place)
    facts.add(Condition::less_equal(dims[place], dims[place + 1] + 3));
  for (size_t place = 0; place < 8; place += 2) facts.add(Condition::equal(dims[place] % dims[place + 1], 0));
  for (size_t place = 0; place < 8; ++place) {
    const std::string name = "." + std::to_string(place);
    facts.add_index(name, 0, place % 2 ? dims[place] / 2 : dims[place] * dims[place + 1]);
    indices.push_back(Dim::symbol(name));
  }
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(proves_inside(facts, indices[0], dims[0] * dims[1]));
  EXPECT_TRUE(proves_inside(facts, 2 * indices[1] + 1, dims[1]));
  EXPECT_FALSE(proves_inside(facts, 2 * indices[1] + 2, dims[1]));
  const Verdict verdict =
      decide_inside(facts, indices[2] * indices[4] + indices[6] * indices[0], dims[0] * dims[5]);
  EXPECT_NE(verdict.kind, Verdict::Kind::proved);
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_LT(seconds, 20);  // it takes about 0.1 s; sanitizers and busy machines need more
}

TEST(Prover, NestedQuotientsStayBounded) {
  Dim value = H;
  for (int level = 0; level < 40; ++level) value = (value * value + 1) / (value + 2);
  EXPECT_TRUE(value.overflowed());
  EXPECT_FALSE(proves(with_dims({"H"}), Condition::less_equal(1, value)));
}

}  // namespace
}  // namespace kiln::dim
