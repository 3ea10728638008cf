#include <algorithm>
#include <numeric>

#include "kernel/contraction_windows.h"
#include "kernel/even_parts.h"

namespace kiln::kernel {

using dim::Dim;

namespace {

/// Work for one element of an operand that is brought to form, in vector operations for one element of the
/// tile loop's work.
constexpr double copy_cost = 3, strided_copy_cost = 16, gather_cost = 64, turn_cost = 5,
                 turned_store_cost = 3, strided_store_cost = 2, scattered_store_cost = 16;
constexpr int64_t many_points = 256;
/// Rows for which it is worth to pack a panel again.
constexpr int64_t rows_of_panel = 256, rows_of_packed_block = 128;
/// Blocks to share out where each of a block's panels saves packing it again.
constexpr int64_t blocks_on_panels = 4;
/// Blocks are a multiple of a tile's rows and of what is copied in whole loops, up to here.
constexpr int64_t largest_unit = 512;

class WindowChooser {
 public:
  WindowChooser(const Task& task, const ContractionForm& form)
      : expressions_(task.function().expressions), form_(form), machine_(task.machine) {}

  std::optional<ContractionChoice> run() {
    std::optional<ContractionChoice> best;
    for (const bool rows_are_n : {false, true})
      for (const uint32_t lane : with_points(rows_are_n ? form_.contraction.m : form_.contraction.n))
        for (const uint32_t row : with_points(rows_are_n ? form_.contraction.n : form_.contraction.m))
          consider(rows_are_n, lane, row, best);
    return best;
  }

  /// Rows of windows are packed, if they do not lie as they are numbered; `choice` has the rest.
  ContractionChoice on_panels(ContractionChoice choice) {
    const fuse::LinearRead& rows = choice.rows_are_n ? form_.contraction.b : form_.contraction.a;
    choice.pack_rows = packs_rows(rows, choice.row);
    measure(choice);
    least_blocks_ = blocks_on_panels;
    choice.pack_rows ? cut_with_packed_rows(choice) : cut(choice);
    choice.prefetch = form_.extents[form_.k.back()].constant().has_value();
    return choice;
  }

 private:
  bool packs_rows(const fuse::LinearRead& rows, uint32_t row) const {
    return !lies_as_numbered(form_, rows) || (!is_near(rows, row) && !is_near(rows, form_.k.back()));
  }

  bool is_near(const fuse::LinearRead& operand, uint32_t index) const {
    return operand.offset.coefficient_of(index).is_constant(1);
  }

  std::vector<uint32_t> with_points(const std::vector<uint32_t>& side) const {
    std::vector<uint32_t> indices;
    for (const uint32_t index : side)
      if (!form_.extents[index].is_constant(1)) indices.push_back(index);
    return indices;
  }

  /// Of what only the call knows, many points along results that neighbour and one along others: images are
  /// large, and a batch may be of one.
  int64_t count_of(uint32_t index) const {
    const Dim& extent = form_.extents[index];
    if (extent.constant()) return guess_count(extent);
    return form_.result.coefficient_of(index).is_constant(1) ? std::max(many_points, guess_count(extent)) : 1;
  }

  void consider(bool rows_are_n, uint32_t lane, uint32_t row, std::optional<ContractionChoice>& best) {
    const fuse::LinearRead& lanes = rows_are_n ? form_.contraction.a : form_.contraction.b;
    const fuse::LinearRead& rows = rows_are_n ? form_.contraction.b : form_.contraction.a;
    const uint32_t k = form_.k.back();
    ContractionChoice choice;
    choice.rows_are_n = rows_are_n;
    choice.lane = lane;
    choice.row = row;
    choice.turn = !is_near(lanes, lane) && is_near(lanes, k) && lies_as_numbered(form_, lanes, lane);
    choice.pack_rows = packs_rows(rows, row);
    width_ = machine_.lanes(form_.element);
    const TileShape tile = best_tile(count_of(row), count_of(lane), width_, machine_);
    choice.rows = tile.rows;
    choice.vectors = tile.vectors;
    measure(choice);
    choice.pack = !is_near(lanes, lane) || !lies_as_numbered(form_, lanes) || row_count_ >= rows_of_panel;
    choice.pack_rows ? cut_with_packed_rows(choice) : cut(choice);
    const double cost = cost_of(choice, lanes, rows);
    if (best && cost_ <= cost) return;
    best = choice;
    cost_ = cost;
  }

  /// How much of everything there is for this choice.
  void measure(const ContractionChoice& choice) {
    row_count_ = count_of(choice.row);
    lane_count_ = count_of(choice.lane);
    steps_ = guess_count(form_.extents[form_.k.back()]);
    width_ = machine_.lanes(form_.element);
    panel_ = int64_t{choice.vectors} * width_;
    others_ = 1;
    for (const auto& side : {form_.contraction.batch, form_.contraction.m, form_.contraction.n})
      for (const uint32_t index : side)
        if (index != choice.row && index != choice.lane) others_ *= count_of(index);
  }

  /// What a run of steps is a multiple of, or 0: they cannot be cut.
  int64_t unit_of_steps(const ContractionChoice& choice) const {
    if (choice.turn) return steps_unit;
    const std::optional<int64_t> inner = inner_points(form_, form_.k.back());
    return inner && *inner > 0 ? *inner : 0;
  }

  void cut_steps(ContractionChoice& choice, int64_t most) const {
    const int64_t unit = unit_of_steps(choice);
    if (unit == 0 || unit > most) return;
    choice.steps = even_part(steps_, most / unit * unit, unit);
    if (choice.steps >= steps_ && form_.extents[form_.k.back()].constant()) choice.steps = 0;
  }

  int64_t elements_of_l2() const { return machine_.l2_bytes / size_of(form_.element); }

  /// Each panel meets all rows, which are read where they lie.
  void cut(ContractionChoice& choice) const {
    const int64_t grid = others_ * divide_up(lane_count_, panel_);
    const int64_t most_rows = grid < shared_blocks ? rows_of_panel : std::max(row_count_, rows_of_panel);
    choice.block = even_part(row_count_, most_rows, choice.rows);
    choice.panels = 1;
    const int64_t most = std::max(least_steps, elements_of_l2() / 2 / panel_);
    if (steps_ > most || !form_.extents[form_.k.back()].constant()) cut_steps(choice, most);
  }

  /// A block of rows is packed and meets as many panels as possible.
  void cut_with_packed_rows(ContractionChoice& choice) const {
    const std::optional<int64_t> inner = inner_points(form_, choice.row);
    int64_t unit = inner && *inner > 0 ? std::lcm<int64_t>(choice.rows, *inner) : choice.rows;
    if (unit > largest_unit) unit = choice.rows;
    choice.block = even_part(row_count_, std::max(rows_of_packed_block, unit), unit);
    choice.panels = even_part(lane_count_, most_lanes_of_block, panel_) / panel_;
    const int64_t most = std::max(least_steps, elements_of_l2() / 2 / (choice.block + panel_));
    if (steps_ > most || !form_.extents[form_.k.back()].constant()) cut_steps(choice, most);
    const int64_t blocks = others_ * divide_up(row_count_, choice.block);
    if (blocks * divide_up(lane_count_, choice.panels * panel_) < least_blocks_)
      choice.panels =
          std::max<int64_t>(1, divide_up(divide_up(lane_count_, panel_), divide_up(least_blocks_, blocks)));
  }

  /// Of copying neighbours along this index: a run that does not fill a vector costs as much as one.
  double copy_cost_of(const fuse::LinearRead& operand, uint32_t along) const {
    const std::optional<int64_t> stride = operand.offset.coefficient_of(along).constant();
    if (!stride || *stride < 1 || *stride > Machine::near_stride) return gather_cost;
    const int64_t run = guess_count(run_of(form_, expressions_, operand, along).extent);
    const double idle = run < width_ ? static_cast<double>(width_) / static_cast<double>(run) : 1;
    return (stride == 1 ? copy_cost : strided_copy_cost) * idle;
  }

  /// Of storing one result.
  double store_cost_of(const ContractionChoice& choice) const {
    const Dim lane = form_.result.coefficient_of(choice.lane), row = form_.result.coefficient_of(choice.row);
    if (lane.is_constant(1)) return 0;
    if (row.is_constant(1)) return turned_store_cost;
    const std::optional<int64_t> stride = lane.constant();
    return stride && *stride <= Machine::near_stride ? strided_store_cost : scattered_store_cost;
  }

  double cost_of(const ContractionChoice& choice, const fuse::LinearRead& lane_operand,
                 const fuse::LinearRead& row_operand) const {
    const auto rows = static_cast<double>(row_count_), across = static_cast<double>(lane_count_),
               steps = static_cast<double>(steps_);
    const double copy = choice.turn ? turn_cost : copy_cost_of(lane_operand, choice.lane);
    double cost =
        !choice.pack ? 0 : across * steps * copy * static_cast<double>(divide_up(row_count_, choice.block));
    if (choice.pack_rows)
      cost += rows * steps *
              std::min(copy_cost_of(row_operand, choice.row), copy_cost_of(row_operand, form_.k.back())) *
              static_cast<double>(divide_up(lane_count_, choice.panels * panel_));
    cost += store_cost_of(choice) * rows * across;
    const double idle = static_cast<double>(divide_up(lane_count_, width_) * width_) / across;
    return (cost + idle * rows * across * steps) * static_cast<double>(others_);
  }

  const graph::Expressions& expressions_;
  const ContractionForm& form_;
  const Machine& machine_;
  int64_t row_count_ = 1, lane_count_ = 1, steps_ = 1, width_ = 1, panel_ = 1, others_ = 1;
  int64_t least_blocks_ = shared_blocks;
  double cost_ = 0;
};

}  // namespace

std::optional<ContractionChoice> choose_windows(const Task& task, const ContractionForm& form) {
  return WindowChooser(task, form).run();
}

ContractionChoice choose_windows_on_panels(const Task& task, const ContractionForm& form) {
  return WindowChooser(task, form).on_panels(choose_frozen_panels(form, task.machine));
}

}  // namespace kiln::kernel
