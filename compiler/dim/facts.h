#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dim/prover.h"

namespace kiln::dim {

class System;

/// What was added to `Facts`, in order; private to the room.
struct FactEntry {
  enum class Kind { dim, index, condition } kind;
  std::string name;
  Dim low, high;  // of an index
  Condition condition;
  std::shared_ptr<const std::set<std::string>> symbols;  // of a condition
};

struct Facts::Impl {
  std::vector<FactEntry> entries;
  size_t conditions = 0;                         // how many of them are
  mutable std::shared_ptr<const System> system;  // prepared at the first query, dropped by the next addition
};

/// The facts with conditions put before all others, as the clauses of a signature would be.
Facts with_conditions(const Facts& facts, const std::vector<Condition>& conditions);
/// More conditions than a system takes well: a query then looks at those that concern its goal.
bool has_many_conditions(const Facts& facts);
/// The facts without conditions on run-time integers that have nothing to do with these symbols.
Facts facts_for(const Facts& facts, const std::set<std::string>& goal);
const System& prepared(const Facts& facts);

/// All divisors that stand in the expression, the inner ones first.
void collect_divisors(const Dim& dim, std::vector<Dim>& divisors);
void collect_divisors(const Condition& condition, std::vector<Dim>& divisors);
void collect_symbols(const Condition& condition, std::set<std::string>& names);

/// The symbols on which the goal depends: its own, and those of the ranges of its indices.
std::set<std::string> symbols_behind(const Facts& facts, const Condition& goal);
/// Its own symbols, and all that ranges and conditions tie to them, directly or through others.
std::set<std::string> symbols_around(const Facts& facts, const Condition& goal);

/// `proves` of the goal, and of the divisors in the ranges being positive where the range is evaluated.
bool proves_with_ranges(const Facts& facts, const Condition& goal);

/// Values that satisfy all facts around the goal and make it false (or its ranges break), if a small search
/// finds some.
std::optional<std::map<std::string, int64_t>> find_counterexample(const Facts& facts, const Condition& goal);
/// Whether small values satisfy all facts around the goal. "No" may mean that none were found.
bool is_satisfiable(const Facts& facts, const Condition& goal);

/// Clauses over dims that make the goal provable, the best ones found first; sufficient, not always
/// necessary. Empty if none is found.
std::vector<Condition> suggest_clauses(const Facts& facts, const Condition& goal);

}  // namespace kiln::dim
