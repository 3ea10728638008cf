#pragma once

#include "kernel/contraction_form.h"

namespace kiln::kernel {

using Bases = std::map<uint32_t, Value>;  // the first number of each index for a tile

/// What a tile of results is, and where.
struct ResultTile {
  uint32_t row = UINT32_MAX, lane = UINT32_MAX;
  int rows = 1, lanes = 1;
  Bases bases;  // of all written indices
  Value edge;   // bool 1 x lanes, or none
  Value count;  // lanes that are there, at least 1, where `edge` is valid
};

/// Stores the sums of a tile, with the scale factors and the other members of the group applied.
class Epilogue {
 public:
  Epilogue(const Task& task, const ContractionForm& form);
  void run(const ResultTile& tile, Value sums);
  /// Whether tiles of this choice are stored transposed.
  static bool turns(const ContractionForm& form, const ContractionChoice& choice);

 private:
  bool is_light() const;
  Value sums_some(const Bases& bases);
  Value scaled(Evaluation& at, const Bases& bases, Value sums);
  Value masked(Evaluation& at, Value sums);
  void members(Evaluation at, const Bases& bases, Value sums);
  void by_rows(const ResultTile& tile, Value sums);
  void by_columns(const ResultTile& tile, Value sums);
  void turned_column(const ResultTile& tile, Value first, Value column, int height);
  BufferId staged(Value sums, int height);

  const Task& task_;
  const ContractionForm& form_;
  Builder& builder_;
  BufferId stage_, turned_;  // one tile, and its transpose; made when first needed
};

/// The numbers of the innermost index of k that are at work: all, or a run of them.
struct StepRange {
  Value low, high;
  int64_t multiple = 1;  // of which their count is one
};
/// All that the guards leave; `bases` has those of the batch indices.
StepRange all_steps(const Task& task, const ContractionForm& form, const Bases& bases);

/// Sums along k: calls `step(bases with all of k, depth, carried)` for each step of the inner loop, `depth`
/// numbers of the innermost index at a time.
using Step = std::function<Value(const Bases& bases, int depth, Value carried)>;
Value sum_over_k(Builder& builder, const ContractionForm& form, const StepRange& range, const Bases& bases,
                 int depth, Value initial, const Step& step);

/// Copies the lane operand of one panel to `panel`: for each step of k in loop order, `lanes` neighbours of
/// `lane`, zeros beyond `edge`. The panel has room for whole vectors more steps than k has.
void pack_panel(const Task& task, const ContractionForm& form, const ContractionChoice& choice,
                const StepRange& range, const Bases& bases, BufferId panel, int lanes, Value count);

/// Where a packed block of rows lies: rows from `low` on, a copy in which whatever neighbours in memory still
/// does and the distance of the others is no multiple of a page.
struct PackedRows {
  BufferId buffer;
  bool rows_neighbour = false;  // else steps of k do
  dim::Dim pitch;               // of the others
};
PackedRows packed_rows(const Task& task, const ContractionForm& form, const ContractionChoice& choice);
void pack_rows(const Task& task, const ContractionForm& form, const ContractionChoice& choice,
               const StepRange& range, const Bases& bases, const PackedRows& packed, Value low, Value high);

/// The number of a step of k within the range, in the order of the loops.
Value step_number(Builder& builder, const ContractionForm& form, const StepRange& range, const Bases& bases);

void contraction_tiles(const Task& task, const ContractionForm& form, const ContractionChoice& choice);
void contraction_dots(const Task& task, const ContractionForm& form, const ContractionChoice& choice);

}  // namespace kiln::kernel
