// Random claims against brute force: what is proved must hold at all small sizes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "claim.h"

namespace kiln::dim::test {
namespace {

constexpr int64_t points_tried = 4000;

/// The same seed gives the same claims; KILN_RANDOM_SEED and KILN_RANDOM_CASES change what is tried.
class RandomClaims {
 public:
  explicit RandomClaims(uint32_t seed) : random_(seed), table_(read_claims()) {}

  Claim next() { return choose(2) == 0 ? edited() : invented(); }

 private:
  int choose(int count) { return static_cast<int>(random_() % static_cast<uint32_t>(count)); }
  template <typename List>
  auto& pick(List& list) {
    return list[static_cast<size_t>(choose(static_cast<int>(list.size())))];
  }

  /// An entry of the table with one to three small changes.
  Claim edited() {
    Claim claim = pick(table_);
    claim.largest_dim = std::min<int64_t>(claim.largest_dim, 5);
    for (int edits = 1 + choose(3); edits > 0; --edits) edit(claim);
    return claim;
  }

  void edit(Claim& claim) {
    std::vector<Expression*> roots;
    for (Expression& fact : claim.facts) roots.push_back(&fact);
    for (Claim::Range& range : claim.ranges) roots.insert(roots.end(), {&range.low, &range.high});
    for (Expression& goal : claim.goals) roots.push_back(&goal);
    if (choose(6) == 0 && !claim.facts.empty()) {
      claim.facts.erase(claim.facts.begin() + choose(static_cast<int>(claim.facts.size())));
      return;
    }
    std::vector<Expression*> nodes;
    for (size_t i = 0; i < roots.size(); ++i) collect(*roots[i], nodes);
    Expression& node = *pick(nodes);
    static const std::vector<std::string> arithmetic = {"+", "-", "*", "/", "%", "min", "max"};
    static const std::vector<std::string> comparisons = {"<", "<=", ">", ">=", "==", "!="};
    static const std::vector<std::string> connectives = {"and", "or"};
    if (node.operation == "number") {
      node.number += choose(3) - 1;
    } else if (node.operation == "name") {
      if (choose(3) == 0)
        node = {"+", 0, "", {node, {"number", choose(3) - 1, "", {}}}};
      else if (!claim.dims.empty())
        node.name = pick(claim.dims);
    } else {
      for (const auto* family : {&arithmetic, &comparisons, &connectives})
        if (std::find(family->begin(), family->end(), node.operation) != family->end()) {
          node.operation = pick(*family);
          break;
        }
    }
  }

  static void collect(Expression& root, std::vector<Expression*>& nodes) {
    nodes.push_back(&root);
    for (Expression& operand : root.operands) collect(operand, nodes);
  }

  /// Dims, facts, ranges and a goal out of nothing.
  Claim invented() {
    Claim claim;
    claim.name = "invented";
    claim.largest_dim = 5;
    for (const char* dim : {"A", "B", "C"})
      if (claim.dims.empty() || choose(2)) claim.dims.push_back(dim);
    if (choose(4) == 0) claim.runtime.push_back("r");
    std::vector<std::string> names = claim.dims;
    names.insert(names.end(), claim.runtime.begin(), claim.runtime.end());
    for (int count = choose(3); count > 0; --count) claim.facts.push_back(condition(names));
    for (int count = choose(3); count > 0; --count) {
      const std::string index = "i" + std::to_string(count);
      claim.ranges.push_back(
          {index, choose(4) ? Expression{"number", 0, "", {}} : expression(names, 1), expression(names, 2)});
      names.push_back(index);
    }
    if (choose(4) == 0) claim.facts.push_back(condition(names));
    if (choose(2)) {
      const Expression subscript = expression(names, 3), extent = expression(claim.dims, 2);
      claim.goals.push_back({"<=", 0, "", {{"number", 0, "", {}}, subscript}});
      if (choose(2)) claim.goals.push_back({"<", 0, "", {subscript, extent}});
    } else {
      claim.goals.push_back(condition(names));
    }
    return claim;
  }

  Expression condition(const std::vector<std::string>& names) {
    static const std::vector<std::string> comparisons = {"<", "<=", ">", ">=", "==", "!=", ">=", ">="};
    if (choose(8) == 0) return {choose(2) ? "or" : "and", 0, "", {condition(names), condition(names)}};
    if (choose(6) == 0)
      return {"==",
              0,
              "",
              {{"%", 0, "", {expression(names, 1), expression(names, 0)}}, {"number", choose(2), "", {}}}};
    return {pick(comparisons), 0, "", {expression(names, 2), expression(names, 1)}};
  }

  Expression expression(const std::vector<std::string>& names, int depth) {
    static const std::vector<std::string> operations = {"+", "-", "*", "/",   "+",  "-",
                                                        "*", "/", "%", "min", "max"};
    if (depth == 0 || choose(4) == 0) {
      if (choose(3) == 0) return {"number", choose(5), "", {}};
      return {"name", 0, pick(names), {}};
    }
    const std::string operation = pick(operations);
    return {operation, 0, "", {expression(names, depth - 1), expression(names, depth - 1)}};
  }

  std::mt19937 random_;
  std::vector<Claim> table_;
};

uint32_t from_environment(const char* name, uint32_t otherwise) {
  const char* text = std::getenv(name);
  return text ? static_cast<uint32_t>(std::strtoul(text, nullptr, 10)) : otherwise;
}

TEST(Prover, ProvesNothingFalseInRandomClaims) {
  const uint32_t seed = from_environment("KILN_RANDOM_SEED", 1),
                 count = from_environment("KILN_RANDOM_CASES", 4000);
  std::printf("seed %u, %u claims\n", seed, count);
  RandomClaims claims(seed);
  uint32_t proved = 0, holding = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const Claim claim = claims.next();
    const bool is_proved = proves(claim);
    int64_t models = 0;
    const std::optional<Values> violation =
        find_violation(claim, {}, claim.largest_dim, points_tried, &models);
    holding += !violation && models > 0;
    proved += is_proved && models > 0;
    if (is_proved && violation) {
      std::string values;
      for (const auto& [name, value] : *violation) values += " " + name + " = " + std::to_string(value);
      ADD_FAILURE() << "proved, but false at" << values << ": " << claim.to_string();
    }
  }
  std::printf("of %u that hold at small sizes and are not vacuous, %u are proved\n", holding, proved);
  EXPECT_GT(proved, count / 20);
}

/// Divisors that the normal form cancels are goals of whoever evaluates them; `decide` cannot know of them.
bool hides_divisors(const Claim& claim) {
  std::vector<const Expression*> roots;
  for (const Expression& fact : claim.facts) roots.push_back(&fact);
  for (const Expression& goal : claim.goals) roots.push_back(&goal);
  for (const Claim::Range& range : claim.ranges) roots.insert(roots.end(), {&range.low, &range.high});
  while (!roots.empty()) {
    const Expression& node = *roots.back();
    roots.pop_back();
    for (const Expression& operand : node.operands) roots.push_back(&operand);
    if ((node.operation == "/" || node.operation == "%") &&
        node.operands[1].to_dim().constant().value_or(0) < 1)
      return true;
  }
  return false;
}

TEST(Prover, VerdictsOnRandomClaimsAreTrue) {
  const uint32_t seed = from_environment("KILN_RANDOM_SEED", 1) + 1000;
  RandomClaims claims(seed);
  int judged = 0;
  for (uint32_t i = 0; i < from_environment("KILN_RANDOM_CASES", 4000) / 10; ++i) {
    const Claim claim = claims.next();
    if (hides_divisors(claim)) continue;
    ++judged;
    const Facts facts = facts_of(claim);
    const Condition goal = goal_of(claim);
    const Verdict verdict = decide(facts, goal);
    SCOPED_TRACE(claim.to_string());
    if (verdict.kind == Verdict::Kind::wrong) {
      int64_t models = 0;
      find_violation(claim, {}, claim.largest_dim, points_tried, &models);
      // A goal apart from all facts is refuted without asking whether those can hold.
      EXPECT_TRUE(is_violation(claim, verdict.counterexample) || models == 0);
    }
    if (verdict.kind == Verdict::Kind::needs || verdict.kind == Verdict::Kind::inferred) {
      EXPECT_EQ(find_violation(claim, verdict.missing, claim.largest_dim, points_tried), std::nullopt)
          << verdict.missing[0].to_string();
    }
  }
  std::printf("seed %u, %d verdicts judged\n", seed, judged);
  EXPECT_GT(judged, 20);
}

}  // namespace
}  // namespace kiln::dim::test
