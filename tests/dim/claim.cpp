#include "claim.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace kiln::dim::test {
namespace {

bool names_index(const Claim& claim, const Expression& fact) {
  std::set<std::string> names;
  fact.collect_names(names);
  return std::any_of(claim.ranges.begin(), claim.ranges.end(),
                     [&](const Claim::Range& range) { return names.count(range.name) > 0; });
}

/// The facts before the range at `place`; guards only after the last range.
Facts facts_before(const Claim& claim, size_t place) {
  Facts facts;
  for (const std::string& name : claim.dims) facts.add_dim(name);
  for (const std::string& name : claim.runtime) facts.add_runtime(name);
  for (const Expression& fact : claim.facts)
    if (!names_index(claim, fact)) facts.add(fact.to_condition());
  for (size_t i = 0; i < place; ++i)
    facts.add_index(claim.ranges[i].name, claim.ranges[i].low.to_dim(), claim.ranges[i].high.to_dim());
  return facts;
}

Condition divisors_positive(const Expression& expression) {
  std::vector<Dim> divisors;
  expression.collect_divisors(divisors);
  Condition result = Condition::both_of({});
  for (const Dim& divisor : divisors) result.operands.push_back(Condition::less_equal(1, divisor));
  return result;
}

/// Walks all points of a claim.
class Enumeration {
 public:
  Enumeration(const Claim& claim, const std::vector<Condition>& clauses, int64_t largest_dim, int64_t budget)
      : claim_(claim), clauses_(clauses), largest_dim_(largest_dim), budget_(budget) {
    for (const Expression& fact : claim.facts) (names_index(claim, fact) ? guards_ : facts_).push_back(&fact);
  }

  std::optional<Values> find() { return assign(0) ? std::optional<Values>(values_) : std::nullopt; }
  int64_t models() const { return models_; }

  bool breaks(const Values& values) {
    values_ = values;
    budget_ = INT64_MAX;
    return point();
  }

 private:
  bool assign(size_t place) {
    if (place == claim_.dims.size() + claim_.runtime.size()) return point();
    const bool is_dim = place < claim_.dims.size();
    const std::string& name = is_dim ? claim_.dims[place] : claim_.runtime[place - claim_.dims.size()];
    for (int64_t value = is_dim ? 0 : -2; value <= largest_dim_ && budget_ > 0; ++value) {
      values_[name] = value;
      if (assign(place + 1)) return true;
    }
    return false;
  }

  bool point() {
    --budget_;
    for (const Expression* fact : facts_)
      if (fact->holds(values_) != true) return false;
    for (const Condition& clause : clauses_)
      if (clause.evaluate(values_) != true) return false;
    return enter(0);
  }

  bool enter(size_t level) {
    if (level == claim_.ranges.size()) {
      --budget_;
      for (const Expression* guard : guards_)
        if (guard->holds(values_) != true) return false;
      ++models_;
      return std::any_of(claim_.goals.begin(), claim_.goals.end(),
                         [&](const Expression& goal) { return goal.holds(values_) != true; });
    }
    const Claim::Range& range = claim_.ranges[level];
    const std::optional<int64_t> low = range.low.evaluate(values_), high = range.high.evaluate(values_);
    if (!low || !high) return true;
    for (int64_t value = *low; value < *high && budget_ > 0; ++value) {
      values_[range.name] = value;
      if (enter(level + 1)) return true;
    }
    values_.erase(range.name);
    return false;
  }

  const Claim& claim_;
  const std::vector<Condition>& clauses_;
  int64_t largest_dim_, budget_, models_ = 0;
  std::vector<const Expression*> facts_, guards_;
  Values values_;
};

}  // namespace

std::string Claim::to_string() const {
  std::string text = name + ": dims";
  for (const std::string& dim : dims) text += " " + dim;
  for (const std::string& value : runtime) text += ", run-time " + value;
  for (const Expression& fact : facts) text += "; " + fact.to_string();
  for (const Range& range : ranges)
    text += "; " + range.name + ": " + range.low.to_string() + ".." + range.high.to_string();
  text += " =>";
  for (const Expression& goal : goals) text += " " + goal.to_string();
  return text;
}

std::vector<Claim> read_claims() {
  std::ifstream file(KILN_SOURCE_DIR "/tests/dim/prover_cases.json");
  std::vector<Claim> claims;
  for (const nlohmann::json& entry : nlohmann::json::parse(file)) {
    Claim& claim = claims.emplace_back();
    claim.name = entry["name"];
    claim.dims = entry["dims"].get<std::vector<std::string>>();
    if (entry.contains("runtime")) claim.runtime = entry["runtime"].get<std::vector<std::string>>();
    for (const auto& fact : entry["facts"]) claim.facts.push_back(read_expression(fact));
    for (const auto& range : entry["index_ranges"])
      claim.ranges.push_back({range[0], read_expression(range[1]), read_expression(range[2])});
    const Expression expression = read_expression(entry["expression"]);
    if (entry["kind"] == "bounds") {
      claim.goals.push_back({"<=", 0, "", {{"number", 0, "", {}}, expression}});
      claim.goals.push_back({"<", 0, "", {expression, read_expression(entry["extent"])}});
    } else if (entry["kind"] == "equal") {
      claim.goals.push_back({"==", 0, "", {expression, read_expression(entry["extent"])}});
    } else {
      claim.goals.push_back(expression);
    }
    claim.verdict = entry["verdict"];
    claim.largest_dim = entry["brute_force_dims_up_to"];
  }
  return claims;
}

Facts facts_of(const Claim& claim) {
  Facts facts = facts_before(claim, claim.ranges.size());
  for (const Expression& fact : claim.facts)
    if (names_index(claim, fact)) facts.add(fact.to_condition());
  return facts;
}

Condition goal_of(const Claim& claim) {
  Condition goal = Condition::both_of({});
  for (const Expression& part : claim.goals) {
    for (const Condition& positive : divisors_positive(part).operands)
      if (positive.value.constant().value_or(-1) < 0) goal.operands.push_back(positive);
    goal.operands.push_back(part.to_condition());
  }
  return goal;
}

Verdict decide(const Claim& claim) {
  for (size_t i = 0; i < claim.ranges.size(); ++i)
    for (const Expression* bound : {&claim.ranges[i].low, &claim.ranges[i].high}) {
      const Condition positive = divisors_positive(*bound);
      if (positive.operands.empty()) continue;
      Verdict verdict = decide(facts_before(claim, i), positive);
      if (verdict.kind != Verdict::Kind::proved) return verdict;
    }
  return decide(facts_of(claim), goal_of(claim));
}

bool proves(const Claim& claim) {
  for (size_t i = 0; i < claim.ranges.size(); ++i)
    for (const Expression* bound : {&claim.ranges[i].low, &claim.ranges[i].high}) {
      const Condition positive = divisors_positive(*bound);
      if (!positive.operands.empty() && !proves(facts_before(claim, i), positive)) return false;
    }
  return proves(facts_of(claim), goal_of(claim));
}

std::optional<Values> find_violation(const Claim& claim, const std::vector<Condition>& clauses,
                                     int64_t largest_dim, int64_t budget, int64_t* models) {
  Enumeration enumeration(claim, clauses, largest_dim, budget);
  std::optional<Values> violation = enumeration.find();
  if (models) *models = enumeration.models();
  return violation;
}

bool is_violation(const Claim& claim, const Values& values) {
  for (const std::vector<std::string>* names : {&claim.dims, &claim.runtime})
    for (const std::string& free : *names) {
      if (values.count(free)) continue;
      for (int64_t value = 0; value <= std::max<int64_t>(claim.largest_dim, 40); ++value) {
        Values more = values;
        more[free] = value;
        if (is_violation(claim, more)) return true;
      }
      return false;
    }
  const std::vector<Condition> no_clauses;
  return Enumeration(claim, no_clauses, 0, 0).breaks(values);
}

}  // namespace kiln::dim::test
