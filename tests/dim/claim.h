#pragma once

#include "dim/prover.h"
#include "expression.h"

namespace kiln::dim::test {

/// One entry of prover_cases.json: something said about all sizes, that a program has to rely on.
struct Claim {
  struct Range {
    std::string name;
    Expression low, high;
  };
  std::string name;
  std::vector<std::string> dims, runtime;
  std::vector<Expression> facts;  // those that name an index are guards
  std::vector<Range> ranges;
  std::vector<Expression> goals;  // conditions, all of which have to hold
  std::string verdict;
  int64_t largest_dim = 7;

  std::string to_string() const;
};

std::vector<Claim> read_claims();

/// All facts as they hold where the goal is evaluated.
Facts facts_of(const Claim& claim);
/// Every divisor of the goal, then the goal itself.
Condition goal_of(const Claim& claim);
/// The answer to the claim, divisions in its ranges included, each checked where it is evaluated.
Verdict decide(const Claim& claim);
bool proves(const Claim& claim);

/// Tries all values up to `largest_dim` for dims (run-time values from -2) and all values of the indices, but
/// no more than `budget` points. `clauses` are facts too. Counts in `models` the points at which all facts
/// hold.
std::optional<Values> find_violation(const Claim& claim, const std::vector<Condition>& clauses,
                                     int64_t largest_dim, int64_t budget, int64_t* models = nullptr);
/// Whether the values satisfy all facts and break the claim, for some values of the dims that they leave out.
bool is_violation(const Claim& claim, const Values& values);

}  // namespace kiln::dim::test
