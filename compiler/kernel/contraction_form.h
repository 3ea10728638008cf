#pragma once

#include <map>

#include "fuse/contraction.h"
#include "kernel/schedules.h"

namespace kiln::kernel {

/// One of the indices that a joined one stands for.
struct IndexPart {
  uint32_t index = 0;
  dim::Dim extent;
};

/// A contraction with its indices joined where they nest, as its schedules see it.
struct ContractionForm {
  fuse::Contraction contraction;
  ElementType element = ElementType::f32;
  std::vector<dim::Dim> extents;  // of the domain, after joining
  graph::Affine result;           // offset of the result's cell
  /// The numbers of the contraction's residues: one point each, like the indices that are not mentioned.
  std::map<uint32_t, int64_t> fixed;
  bool is_guarded = false;  // how many steps of k or results there are depends on data
  /// Data in the offsets of the operands: expression number i counts there as an index, number
  /// `extents.size() + i`.
  std::vector<graph::ExprId> data;
  std::vector<uint32_t>
      k;  // summed indices of more than one point, outermost first; the last is the inner loop
  /// One operand at least is read in windows: written and summed indices share one of its subscripts. Then
  /// all of k is one index, written indices are joined wherever the results and the epilogue allow, and both
  /// are numbered past what the operands' offsets say: contraction_windows.h brings the operands to that
  /// form.
  bool has_windows = false;
  std::map<uint32_t, std::vector<IndexPart>> joined;  // outermost first; at least two
  /// The memory of the operand in panels, where those are of a frozen model; else it is the operand's own.
  BufferId frozen;

  dim::Dim extent_of(const std::vector<uint32_t>& indices) const;
  /// Where operands lie or results end differs with the batch.
  bool is_ragged() const { return !data.empty() || !contraction.written_guards.empty(); }
  /// Whether an operand is in panels (fuse/panels.h): it has the lanes then.
  bool has_panels() const { return contraction.a.panel != 0 || contraction.b.panel != 0; }
  /// The indices that this one stands for: at least itself.
  std::vector<IndexPart> parts_of(uint32_t index) const;
  /// Of an index of one point.
  int64_t number_of(uint32_t index) const;
};

/// Where the contraction has residues, `numbers` says which they are.
std::optional<ContractionForm> contraction_form(const Task& task, const std::vector<int64_t>& numbers = {});
/// Windows as they lie: each index of an image and of its windows stands for itself. Nothing where they hang
/// over the edge of the image.
std::optional<ContractionForm> form_with_plain_windows(const Task& task);
/// All points of its residues, if the group begins with a contraction that has some.
std::vector<std::vector<int64_t>> residues_of(const Task& task);

/// One way to run it. `row` and `lane` are indices of opposite sides; the others of the domain are outer
/// loops.
struct ContractionChoice {
  enum class Kind {
    tiles,  // rows x lanes of results in registers, the row operand broadcast, the lane operand in vectors
    dots,   // `row` results at a time, each a dot product along the lanes; both operands read where they lie
  } kind = Kind::tiles;
  bool rows_are_n = false;     // the rows are the n side, the lanes the m side
  uint32_t row = UINT32_MAX;   // none: a single row
  uint32_t lane = UINT32_MAX;  // tiles
  uint32_t within =
      UINT32_MAX;          // another index of the rows' side, all of which meets a packed panel; or none
  int rows = 1;            // of a tile
  int vectors = 1;         // of a tile, along the lanes
  bool pack = false;       // copy the lane operand panel by panel
  bool pack_rows = false;  // copy the row operand block by block
  int64_t block = 256;     // rows that share a panel; a multiple of `rows`
  int64_t panels = 1;      // panels that share a block, in one step of the grid
  bool prefetch = false;   // the next panel while this one is at work; one index of k, and steps known
  int64_t steps = 0;       // of k that are summed before the next panel's turn; 0: all
  bool turn = false;       // windows: the lane operand's steps of k neighbour in memory, not its lanes
};

/// The choice when the two sides have about this many points.
ContractionChoice choose_contraction(const ContractionForm& form, int64_t m, int64_t n,
                                     const Machine& machine);

/// The choice where an operand is in panels, for any number of rows.
ContractionChoice choose_panels(const ContractionForm& form, const Machine& machine);
/// The same for those of a frozen model, which may meet many rows.
ContractionChoice choose_frozen_panels(const ContractionForm& form, const Machine& machine);

/// The choice for one with windows; nothing if neither side of it can serve the lanes.
std::optional<ContractionChoice> choose_windows(const Task& task, const ContractionForm& form);
/// The same where the operand without windows is in the panels of a frozen model.
ContractionChoice choose_windows_on_panels(const Task& task, const ContractionForm& form);

/// A tile of accumulators, in rows and vectors.
struct TileShape {
  int rows, vectors;
};
/// The tile with the least time for these points.
TileShape best_tile(int64_t rows, int64_t lanes, int width, const Machine& machine);

/// The guessed value of an extent (dim/guess.h), at least 1.
int64_t guess_count(const dim::Dim& dim);
/// The same to choose tiles by: what only the call knows (a deep layer's pixels) fills some.
int64_t some_points(const dim::Dim& dim);

/// offset = constant + sum of coefficient * base, over the indices that have a base.
Value offset_of(Builder& builder, const graph::Affine& offset, const std::map<uint32_t, Value>& bases);

}  // namespace kiln::kernel
