#include "dim/dim.h"

#include <gtest/gtest.h>

namespace kiln::dim {
namespace {

const Dim B = Dim::symbol("B"), D = Dim::symbol("D"), H = Dim::symbol("H"), K = Dim::symbol("K"),
          P = Dim::symbol("P"), S = Dim::symbol("S"), T = Dim::symbol("T"), W = Dim::symbol("W"),
          Heads = Dim::symbol("Heads");

TEST(Dim, EqualExpressionsHaveOneNormalForm) {
  EXPECT_EQ(H * W, W * H);
  EXPECT_EQ((H + 1) * (H + 1), H * H + 2 * H + 1);
  EXPECT_EQ(H - H, Dim(0));
  EXPECT_EQ((H * W).hash(), (W * H).hash());
  EXPECT_NE(H * W, H + W);
  EXPECT_NE(H / 2, H / 3);
}

TEST(Dim, QuotientsPullOutMultiplesOfTheDivisor) {
  EXPECT_EQ((2 * H - 1) / 2, H - 1);
  EXPECT_EQ((H * W + W) / W, H + 1);
  EXPECT_EQ((H - K + S) / S, (H - K) / S + 1);
  EXPECT_EQ((4 * H + 2) / 6, (2 * H + 1) / 3);
  EXPECT_EQ(Dim(-1) / 2, Dim(-1));
  EXPECT_EQ(Dim(-7) % 4, Dim(1));
  EXPECT_EQ((H * H - 1) / (H + 1), H - 1);
}

TEST(Dim, QuotientsOfQuotientsMerge) {
  EXPECT_EQ(((H - 1) / 2 + 1 - 1) / 2 + 1, (H - 1) / 4 + 1);
  EXPECT_EQ((H / 2) / 3, (H / 3) / 2);
}

TEST(Dim, FactorsOfUnknownSignAreNotCancelled) { EXPECT_NE((B * H) / (B * S), H / S); }

TEST(Dim, MinimumAndMaximumDecideWhatDiffersByAConstant) {
  EXPECT_EQ(min(H, H + 1), H);
  EXPECT_EQ(max(H, H + 1), H + 1);
  EXPECT_EQ(min(min(H, W), K), min(W, min(K, H)));
  EXPECT_EQ(min(Dim(3), Dim(4)), Dim(3));
}

TEST(Dim, PrintsAsInTheLanguage) {
  EXPECT_EQ((2 * H - 1).to_string(), "2*H - 1");
  EXPECT_EQ(((H + 2 * P - K) / S + 1).to_string(), "(H - K + 2*P) / S + 1");
  EXPECT_EQ(min(T, Dim(8)).to_string(), "min(T, 8)");
  EXPECT_EQ((Heads * (D / Heads)).to_string(), "Heads*(D / Heads)");
  EXPECT_EQ((Dim(8) - T).to_string(), "8 - T");
  EXPECT_EQ((W - H).to_string(), "W - H");
  EXPECT_EQ((0 - H / 2).to_string(), "-(H / 2)");
  EXPECT_EQ((D / (2 * Heads)).to_string(), "D / (2*Heads)");
  EXPECT_EQ(Dim(0).to_string(), "0");
}

TEST(Dim, EvaluatesUnlessAValueIsMissingOrADivisorIsNotPositive) {
  const std::map<std::string, int64_t> values = {{"H", 7}, {"K", 3}, {"S", 0}};
  EXPECT_EQ(((H - K) / 2 + 1).evaluate(values), 3);
  EXPECT_EQ((0 - H % 4).evaluate(values), -3);
  EXPECT_EQ(((0 - H) / 2).evaluate(values), -4);
  EXPECT_EQ(((H - K) / S).evaluate(values), std::nullopt);
  EXPECT_EQ((H + W).evaluate(values), std::nullopt);
  EXPECT_EQ(min(max(H, K), Dim(5)).evaluate(values), 5);
}

TEST(Dim, SubstitutesInsideQuotients) {
  EXPECT_EQ(((H - K) / S + 1).substitute({{"S", 1}}), H - K + 1);
  EXPECT_EQ(((H - 1) / 2 + 1).substitute({{"H", 28}}), Dim(14));
  EXPECT_EQ(min(H, W).substitute({{"H", W + 1}}), W);
}

TEST(Dim, ArithmeticBeyond64BitsEqualsItselfAlone) {
  const Dim large = Dim(INT64_MAX) * H;
  const Dim sum = large + large;
  EXPECT_TRUE(sum.overflowed());
  EXPECT_FALSE(large.overflowed());
  EXPECT_EQ(sum, large + large);
  EXPECT_NE(sum, large + large + large);
  EXPECT_EQ(sum.evaluate({{"H", 0}}), std::nullopt);
  EXPECT_TRUE((sum / 2).overflowed());
  EXPECT_EQ((Dim(INT64_MAX) * H).evaluate({{"H", 2}}), std::nullopt);
}

TEST(Dim, LargePowersStayBounded) {
  Dim power = H + W + K + S + 1;
  for (int i = 0; i < 40; ++i) power = power * power;
  EXPECT_TRUE(power.overflowed());
  EXPECT_LT(power.to_string().size(), 1000u);
}

TEST(Dim, TermsRebuildTheExpression) {
  const Dim dim = 3 * H * (W / 2) - min(K, S) + 4;
  Dim sum = 0;
  for (const Dim::Term& term : dim.terms()) {
    Dim product = term.coefficient;
    for (const Dim::Atom& atom : term.factors)
      product = product * (atom.kind == Dim::AtomKind::symbol     ? Dim::symbol(atom.symbol)
                           : atom.kind == Dim::AtomKind::quotient ? atom.operands[0] / atom.operands[1]
                                                                  : min(atom.operands[0], atom.operands[1]));
    sum = sum + product;
  }
  EXPECT_EQ(sum, dim);
}

TEST(Condition, PrintsAsInTheLanguage) {
  EXPECT_EQ(Condition::less_equal(K, H).to_string(), "H >= K");
  EXPECT_EQ(Condition::less(0, K).to_string(), "K >= 1");
  EXPECT_EQ(Condition::less(H, 5).to_string(), "H <= 4");
  EXPECT_EQ(Condition::equal(D % Heads, 0).to_string(), "D % Heads == 0");
  EXPECT_EQ(Condition::equal(K % 2, 1).to_string(), "K % 2 == 1");
  EXPECT_EQ(Condition::equal(D / Heads % 2, 0).to_string(), "(D / Heads) % 2 == 0");
  EXPECT_EQ(Condition::equal(H, 2 * W).to_string(), "H == 2*W");
  EXPECT_EQ(Condition::not_equal(S, 1).to_string(), "S != 1");
  EXPECT_EQ(Condition::either_of({Condition::equal(P, 1), Condition::less(H, W)}).to_string(),
            "P == 1 or W >= H + 1");
}

TEST(Condition, EvaluatesFromLeftToRight) {
  const Condition guarded = Condition::either_of({Condition::equal(S, 0), Condition::equal(H % S, 0)});
  EXPECT_EQ(guarded.evaluate({{"S", 0}, {"H", 3}}), true);
  EXPECT_EQ(guarded.evaluate({{"S", 2}, {"H", 3}}), false);
  EXPECT_EQ(guarded.negated().evaluate({{"S", 2}, {"H", 3}}), true);
  EXPECT_EQ(guarded.negated().evaluate({{"S", 0}, {"H", 3}}), false);
}

}  // namespace
}  // namespace kiln::dim
