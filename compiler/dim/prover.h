#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dim/dim.h"

namespace kiln::dim {

/// What is known at a place of the program: dims, indices with ranges, run-time integers, conditions. A
/// value: copy it to enter a scope, drop the copy to leave. All reasoning is over mathematical integers of
/// any size.
///
/// Divisors: a condition that is added was evaluated, so its divisors are >= 1. The divisors of a range have
/// to be proved from the other facts before the range tells anything. The divisors in a goal are proved with
/// it, but the normal form of `Dim` may have cancelled some (`A*B / B`): whoever evaluates a `/` or `%` of
/// the program decides `Condition::less_equal(1, divisor)` there, with the facts that hold there. Names that
/// were not declared are taken for run-time integers. A name is declared once.
class Facts {
 public:
  void add_dim(const std::string& name);                                     // name >= 0
  void add_index(const std::string& name, const Dim& low, const Dim& high);  // low <= name < high, not empty
  void add_runtime(const std::string& name);  // any sign; also what nothing declares
  void add(const Condition& condition);

  struct Impl;
  const Impl& impl() const { return *impl_; }
  friend Facts facts_for(const Facts& facts, const std::set<std::string>& goal);
  Facts();
  Facts(const Facts&);
  Facts(Facts&&) noexcept;
  Facts& operator=(const Facts&);
  Facts& operator=(Facts&&) noexcept;
  ~Facts();

 private:
  std::unique_ptr<Impl> impl_;
};

/// The facts with every dim below 2^31, as each axis is: for questions about what a type can hold.
Facts with_short_axes(const Facts& facts);

bool proves(const Facts& facts, const Condition& goal);
bool proves_equal(const Facts& facts, const Dim& a, const Dim& b);
/// 0 <= subscript < extent
bool proves_inside(const Facts& facts, const Dim& subscript, const Dim& extent);
/// The expression in simplest form under the facts (equalities substituted).
Dim simplify(const Facts& facts, const Dim& dim);

/// The answer to a goal that has to hold, with all that a message needs when it may not.
struct Verdict {
  enum class Kind {
    proved,    // holds for all values
    inferred,  // holds once each of `missing` does; all are of the form `dim >= 1`
    needs,     // holds once `missing` does: a clause to print, never to apply
    runtime,   // depends on a run-time integer: check it when it runs
    wrong,     // false at `counterexample`
    unknown,   // neither proved nor refuted
  } kind = Kind::unknown;
  std::vector<Condition> missing;
  /// Of the symbols that the goal depends on; facts apart from them are not looked at. Also there for
  /// `needs`.
  std::map<std::string, int64_t> counterexample;
};
/// Besides the goal, the divisors in the ranges of all indices have to be positive where the range is
/// evaluated. `wrong`, `needs` and `unknown` search for an answer (milliseconds, bounded); `proved` costs
/// what `proves` does.
Verdict decide(const Facts& facts, const Condition& goal);
Verdict decide_inside(const Facts& facts, const Dim& subscript, const Dim& extent);

}  // namespace kiln::dim
