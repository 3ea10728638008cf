#include "sema/checkpoints.h"

#include <algorithm>

#include "sema/check_expressions.h"
#include "sema/proofs.h"
#include "sema/report.h"

namespace kiln::sema {

bool check_checkpoints(Body& body, const std::optional<syntax::Checkpoints>& checkpoints,
                       std::optional<CheckpointRounds>& taken) {
  if (!checkpoints) return true;
  taken.emplace();
  if (!checkpoints->every) return true;
  const Value every = check_expression(body, *checkpoints->every);
  if (every.failed()) return false;
  if (!every.integer || !every.is_static) {
    Diagnostic& diagnostic = report(body, diagnostics::checkpoint_rounds, every.span,
                                    "the rounds from one checkpoint to the next are a number or a dim");
    diagnostic.label = this_is(every.type);
    diagnostic.help =
        "what is kept for the derivative is laid out before the call: write `checkpoint every 8`, or "
        "`checkpoint` alone to let the compiler choose";
    return false;
  }
  dim::Verdict verdict;
  if (prove(body, dim::Condition::less_equal(1, *every.integer), verdict) != Proof::proved) {
    Diagnostic& diagnostic = report(body, diagnostics::checkpoint_rounds, every.span,
                                    "at least 1 round lies between two checkpoints");
    diagnostic.label = every.integer->constant() ? "this is " + every.integer->to_string()
                                                 : "not proved: `" + every.integer->to_string() + " >= 1`";
    diagnostic.help = "`checkpoint every 1` keeps what each round starts with and nothing else of it";
    return false;
  }
  taken->every = *every.integer;
  return true;
}

std::vector<int64_t> checkpoint_lengths(std::optional<int64_t> rounds) {
  constexpr int64_t most_parts = 8;
  if (!rounds) return {most_parts * most_parts * most_parts, most_parts * most_parts, most_parts};
  // The fewest levels with at most so many parts each, then the fewest parts with so many levels.
  const auto covered = [&](int64_t parts, int64_t levels) {
    int64_t product = 1;
    for (int64_t level = 0; level < levels && product < *rounds; ++level) product *= parts;
    return product >= *rounds;
  };
  int64_t levels = 2;
  while (!covered(most_parts, levels)) ++levels;
  int64_t parts = 1;
  while (!covered(parts, levels)) ++parts;
  std::vector<int64_t> lengths;
  for (int64_t level = 1, length = parts; level < levels; ++level, length *= parts) lengths.push_back(length);
  std::reverse(lengths.begin(), lengths.end());
  return lengths;
}

}  // namespace kiln::sema
