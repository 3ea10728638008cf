#pragma once

#include <vector>

#include "sema/body.h"

namespace kiln::sema {

/// Takes what the head of a loop says of checkpoints. False if it cannot mean anything (E0610, reported).
bool check_checkpoints(Body& body, const std::optional<syntax::Checkpoints>& checkpoints,
                       std::optional<CheckpointRounds>& taken);

/// The rounds between the checkpoints of a loop that leaves them to the compiler: parts, parts of parts and
/// so on. Of a loop of `rounds` rounds, derivatives then keep what some `b * log_b(rounds)` rounds start with
/// and everything of `b` rounds, b at most 8, and run each round again once for each number returned. Where
/// the number of rounds is not known, what is kept grows by one round in 512.
std::vector<int64_t> checkpoint_lengths(std::optional<int64_t> rounds);

}  // namespace kiln::sema
