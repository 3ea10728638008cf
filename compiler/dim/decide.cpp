#include <algorithm>

#include "dim/facts.h"
#include "dim/prover.h"

namespace kiln::dim {
namespace {

/// What holds where the range of the index at `place` is evaluated.
Facts facts_before(const Facts& facts, size_t place) {
  const std::vector<FactEntry>& entries = facts.impl().entries;
  std::set<std::string> later;
  for (size_t i = place; i < entries.size(); ++i)
    if (entries[i].kind == FactEntry::Kind::index) later.insert(entries[i].name);
  Facts result;
  for (size_t i = 0; i < entries.size(); ++i) {
    const FactEntry& entry = entries[i];
    if (entry.kind == FactEntry::Kind::dim) result.add_dim(entry.name);
    if (entry.kind == FactEntry::Kind::index && i < place)
      result.add_index(entry.name, entry.low, entry.high);
    if (entry.kind != FactEntry::Kind::condition) continue;
    std::set<std::string> names;
    collect_symbols(entry.condition, names);
    if (std::none_of(names.begin(), names.end(),
                     [&](const std::string& name) { return later.count(name) > 0; }))
      result.add(entry.condition);
  }
  return result;
}

bool proves_ranges(const Facts& facts) {
  const std::vector<FactEntry>& entries = facts.impl().entries;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].kind != FactEntry::Kind::index) continue;
    std::vector<Dim> divisors;
    collect_divisors(entries[i].low, divisors);
    collect_divisors(entries[i].high, divisors);
    std::erase_if(divisors, [](const Dim& divisor) { return divisor.constant().value_or(0) >= 1; });
    if (divisors.empty()) continue;
    const Facts before = facts_before(facts, i);
    for (const Dim& divisor : divisors)
      if (!proves(before, Condition::less_equal(1, divisor))) return false;
  }
  return true;
}

/// Dims that have to be at least 1 for the goal to hold, if nothing else is missing.
std::vector<Condition> infer_positive_dims(const Facts& facts, const Condition& goal) {
  const std::set<std::string> around = symbols_around(facts, goal);
  std::vector<Condition> needed;
  for (const FactEntry& entry : facts.impl().entries)
    if (entry.kind == FactEntry::Kind::dim && around.count(entry.name))
      needed.push_back(Condition::less_equal(1, Dim::symbol(entry.name)));
  if (needed.empty() || !proves_with_ranges(with_conditions(facts, needed), goal)) return {};
  for (size_t i = 0; i < needed.size();) {
    std::vector<Condition> fewer = needed;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (proves_with_ranges(with_conditions(facts, fewer), goal))
      needed = std::move(fewer);
    else
      ++i;
  }
  // Facts that no values satisfy would prove anything.
  if (!is_satisfiable(with_conditions(facts, needed), goal)) return {};
  return needed;
}

bool depends_on_runtime(const Facts& facts, const Condition& goal) {
  std::set<std::string> known;
  for (const FactEntry& entry : facts.impl().entries)
    if (entry.kind == FactEntry::Kind::dim || entry.kind == FactEntry::Kind::index) known.insert(entry.name);
  const std::set<std::string> behind = symbols_behind(facts, goal);
  return !std::includes(known.begin(), known.end(), behind.begin(), behind.end());
}

/// Whether the subscript is an index whose own range is 0..extent or a later part of it, as most are: then no
/// proof is needed but that the divisors in it are positive.
bool runs_over(const Facts& facts, const Dim& subscript, const Dim& extent) {
  const std::optional<std::string> name = subscript.bare_symbol();
  if (!name) return false;
  std::vector<Dim> divisors;
  collect_divisors(extent, divisors);
  if (std::any_of(divisors.begin(), divisors.end(),
                  [](const Dim& divisor) { return divisor.constant().value_or(0) < 1; }))
    return false;
  const std::vector<FactEntry>& entries = facts.impl().entries;
  return std::any_of(entries.begin(), entries.end(), [&](const FactEntry& entry) {
    return entry.kind == FactEntry::Kind::index && entry.name == *name &&
           entry.low.constant().value_or(-1) >= 0 && entry.high == extent;
  });
}

}  // namespace

bool proves_with_ranges(const Facts& facts, const Condition& goal) {
  return proves_ranges(facts) && proves(facts, goal);
}

Verdict decide(const Facts& facts, const Condition& goal) {
  if (has_many_conditions(facts)) {
    std::set<std::string> names;
    collect_symbols(goal, names);
    return decide(facts_for(facts, names), goal);
  }
  Verdict verdict;
  if (proves_with_ranges(facts, goal)) {
    verdict.kind = Verdict::Kind::proved;
    return verdict;
  }
  verdict.missing = infer_positive_dims(facts, goal);
  if (!verdict.missing.empty()) {
    verdict.kind = Verdict::Kind::inferred;
    return verdict;
  }
  if (depends_on_runtime(facts, goal)) {
    verdict.kind = Verdict::Kind::runtime;
    return verdict;
  }
  std::optional<std::map<std::string, int64_t>> counterexample = find_counterexample(facts, goal);
  if (counterexample) verdict.counterexample = std::move(*counterexample);
  verdict.missing = suggest_clauses(facts, goal);
  verdict.kind = !verdict.missing.empty() ? Verdict::Kind::needs
                 : counterexample         ? Verdict::Kind::wrong
                                          : Verdict::Kind::unknown;
  return verdict;
}

Verdict decide_inside(const Facts& facts, const Dim& subscript, const Dim& extent) {
  if (runs_over(facts, subscript, extent) && proves_ranges(facts)) {
    Verdict verdict;
    verdict.kind = Verdict::Kind::proved;
    return verdict;
  }
  return decide(
      facts, Condition::both_of({Condition::less_equal(0, subscript), Condition::less(subscript, extent)}));
}

}  // namespace kiln::dim
