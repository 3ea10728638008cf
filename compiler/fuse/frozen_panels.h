#pragma once

#include "fuse/contraction.h"
#include "fuse/plan.h"

namespace kiln::fuse {

/// Finds the contractions that may read a large matrix of a model in panels: a whole leaf, read at all summed
/// indices and at indices of the result, which they multiply with more than a few rows. In the result either
/// the lanes neighbour, or, as in an image of many channels, the rows. Fills `Plan::panels` and
/// `Group::frozen`. What the groups do otherwise stays as it is: whether the model is frozen, only the call
/// knows.
void choose_frozen_panels(Plan& plan);

/// The operand, one of `contraction`, as it lies in the panels.
void read_in_panels(const FrozenPanels& panels, const FrozenOperand& frozen, Contraction& contraction);

/// Elements of the panels.
int64_t count_of(const FrozenPanels& panels);

/// From the matrix to its panels.
graph::Function pack_function(const FrozenPanels& panels);

}  // namespace kiln::fuse
