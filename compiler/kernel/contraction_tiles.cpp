#include "kernel/contraction_tiles.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/internal_check.h"
#include "kernel/contraction_windows.h"
#include "kernel/even_parts.h"
#include "kernel/index_range.h"
#include "kernel/loops.h"

namespace kiln::kernel {

using dim::Dim;
using F = ScalarFunction;
using graph::Affine;

namespace {

/// Unrolling of the inner loop: 2 made the register allocator spill half of the tile (kernels.md, 2.4).
constexpr int k_unroll = 4;
constexpr int64_t line_bytes = 64, most_unrolled_lines = 4;

class TileSchedule {
 public:
  TileSchedule(const Task& task, const ContractionForm& form, const ContractionChoice& choice)
      : task_(task),
        form_(form),
        choice_(choice),
        builder_(task.builder()),
        epilogue_(task, form),
        lane_read_(choice.rows_are_n ? form.contraction.a : form.contraction.b),
        row_read_(choice.rows_are_n ? form.contraction.b : form.contraction.a),
        width_(task.machine.lanes(form.element)),
        lanes_(choice.vectors * width_) {
    element_ = task.function().type_of(lane_read_.value).element;
    lane_buffer_ =
        form.frozen.valid() ? form.frozen : task.context.buffers.location(lane_read_.value)->buffer;
    row_buffer_ = task.context.buffers.location(row_read_.value)->buffer;
    row_extent_ = choice.row == UINT32_MAX ? Dim(1) : form.extents[choice.row];
    lane_extent_ = form.extents[choice.lane];
    is_bounded_ = !form.contraction.written_guards.empty();
  }

  void run() {
    make_buffers();
    std::vector<GridAxis> axes;
    for (uint32_t index = 0; index < task_.rank(task_.group.members[0]); ++index)
      if (index != choice_.row && index != choice_.lane && index != choice_.within &&
          !form_.extents[index].is_constant(1))
        axes.push_back({index, form_.extents[index], 1});
    axes.push_back({choice_.lane, lane_extent_, lanes_ * choice_.panels});
    // Blocks of rows whose number only the call knows may have a short one at the end: each worker gets both.
    if (choice_.row != UINT32_MAX)
      axes.insert(row_extent_.constant() ? axes.end() - 1 : axes.end(),
                  {choice_.row, row_extent_, choice_.block});
    grid_loop(builder_, axes, [&](const std::vector<Value>& starts) {
      Bases bases;
      for (uint32_t index = 0; index < task_.rank(task_.group.members[0]); ++index)
        bases[index] = builder_.integer(form_.number_of(index));
      for (size_t i = 0; i < axes.size(); ++i) bases[axes[i].index] = starts[i];
      low_ = builder_.integer(0);
      high_ = builder_.integer(1);
      if (choice_.row != UINT32_MAX) {
        low_ = bases[choice_.row];
        high_ = builder_.map(
            F::minimum, {builder_.add(low_, builder_.integer(choice_.block)), builder_.dim(row_extent_)});
        const std::optional<int64_t> rows = row_extent_.constant();
        if (rows && *rows <= choice_.block) high_ = builder_.dim(row_extent_);
      }
      first_lane_ = bases[choice_.lane];
      lane_end_ = builder_.dim(lane_extent_);
      locate_data(bases);
      is_bounded_ ? within_bounds(bases) : runs_of_steps(bases);
    });
  }

 private:
  Evaluation at_batch(const Bases& bases) {
    Evaluation at(task_.context, task_.compute(task_.group.members[0]));
    for (uint32_t index = 0; index < task_.rank(task_.group.members[0]); ++index)
      if (index != choice_.row && index != choice_.lane) at.bind(index, bases.at(index));
    return at;
  }

  void locate_data(Bases& bases) {
    Evaluation at = at_batch(bases);
    for (size_t i = 0; i < form_.data.size(); ++i)
      bases[static_cast<uint32_t>(form_.extents.size() + i)] = at.value(form_.data[i]);
  }

  /// The part of a block that the guards let through; the rest is 0 where anyone reads it.
  void within_bounds(const Bases& bases) {
    Evaluation at = at_batch(bases);
    const std::vector<graph::ExprId>& guards = form_.contraction.written_guards;
    const Value block_end = high_;
    const Value last_lane = builder_.map(
        F::minimum,
        {builder_.add(first_lane_, builder_.integer(lanes_ * choice_.panels)), builder_.dim(lane_extent_)});
    const auto end_of = [&](uint32_t index, const Dim& extent, Value low, Value high) {
      const Value end = index_range(at, guards, index, extent).high;
      return builder_.map(F::maximum, {low, builder_.map(F::minimum, {high, end})});
    };
    if (choice_.row != UINT32_MAX) high_ = end_of(choice_.row, row_extent_, low_, high_);
    lane_end_ = end_of(choice_.lane, lane_extent_, first_lane_, last_lane);
    Value any =
        builder_.both(builder_.map(F::less, {low_, high_}), builder_.map(F::less, {first_lane_, lane_end_}));
    for (const graph::ExprId guard : guards)  // of the indices that are loops of the grid
      if (at.is_bound(guard)) any = builder_.both(any, at.value(guard));
    if (!needs_fill()) return builder_.branch(any, [&] { runs_of_steps(bases); });
    builder_.branch(
        any,
        [&] {
          runs_of_steps(bases);
          fill(bases, low_, high_, lane_end_, last_lane);
          if (choice_.row != UINT32_MAX) fill(bases, high_, block_end, first_lane_, last_lane);
        },
        [&] { fill(bases, low_, block_end, first_lane_, last_lane); });
  }

  /// Whether anyone reads what the guards leave out.
  bool needs_fill() const {
    for (const graph::ValueId member : task_.group.members) {
      if (!task_.context.buffers.location(member)) continue;
      const std::vector<graph::ExprId>& bounds = task_.plan.bounds[member.number];
      for (const graph::ExprId guard : form_.contraction.written_guards)
        if (std::find(bounds.begin(), bounds.end(), guard) == bounds.end()) return true;
    }
    return false;
  }

  /// Results without any step.
  void fill(const Bases& bases, Value low, Value high, Value lane, Value last_lane) {
    const auto row_of = [&](const Bases& at_row) {
      builder_.serial(
          lane, last_lane, width_,
          [&](Value start) {
            ResultTile result;
            result.row = choice_.row;
            result.lane = choice_.lane;
            result.lanes = width_;
            result.bases = at_row;
            result.bases[choice_.lane] = start;
            result.count =
                builder_.map(F::minimum, {builder_.subtract(last_lane, start), builder_.integer(width_)});
            result.edge = builder_.lane_mask(result.count, width_);
            epilogue_.run(result, builder_.splat(builder_.constant(element_, Scalar{}), 1, width_));
          },
          1);
    };
    if (choice_.row == UINT32_MAX) return row_of(bases);
    builder_.serial(
        low, high, 1,
        [&](Value row) {
          Bases at = bases;
          at[choice_.row] = row;
          row_of(at);
        },
        1);
  }

  void make_buffers() {
    const auto worker = [&](const char* name, const Dim& count) {
      return task_.context.buffers.worker(name, element_, count, task_.context.number);
    };
    const Dim steps = choice_.steps > 0 ? Dim(choice_.steps) : form_.extent_of(form_.k);
    if (choice_.pack) panel_ = worker("panel", (steps + Dim(width_)) * Dim(lanes_));
    if (choice_.pack_rows) packed_ = packed_rows(task_, form_, choice_);
    if (choice_.steps > 0) sums_ = worker("sums", Dim(choice_.block * choice_.panels * lanes_));
  }

  /// The block for all of k, or for one run of it after the other.
  void runs_of_steps(const Bases& bases) {
    range_ = all_steps(task_, form_, bases);
    if (choice_.steps == 0) return block(bases);
    const Value end = range_.high, size = builder_.integer(choice_.steps);
    const bool even = range_.multiple % choice_.steps == 0;
    // One run at least, which stores results also where there is nothing to sum.
    builder_.serial(
        builder_.integer(0), builder_.map(F::maximum, {end, builder_.integer(1)}), choice_.steps,
        [&](Value low) {
          const Value high = builder_.add(low, size);
          range_ = {low, even ? high : builder_.map(F::minimum, {high, end}), even ? choice_.steps : 1};
          is_last_ = builder_.map(F::less_equal, {end, high});
          block(bases);
        },
        1);
  }

  /// All panels of one step of the grid.
  void block(const Bases& bases) {
    if (choice_.pack_rows) {
      const auto pack = form_.has_windows ? pack_window_rows : pack_rows;
      pack(task_, form_, choice_, range_, bases, packed_, low_, high_);
    }
    if (choice_.panels == 1) return panels(bases, low_, high_);
    const Value end = builder_.add(first_lane_, builder_.integer(lanes_ * choice_.panels));
    builder_.serial(
        first_lane_, builder_.map(F::minimum, {end, lane_end_}), lanes_,
        [&](Value lane) {
          Bases at = bases;
          at[choice_.lane] = lane;
          panels(at, low_, high_);
        },
        1);
  }

  /// A whole panel, or the last one with fewer lanes; for the last, as few vectors as hold it where that is
  /// known.
  void panels(const Bases& bases, Value low, Value high) {
    const std::optional<int64_t> known = is_bounded_ ? std::nullopt : lane_extent_.constant();
    const auto whole = [&] { panel(bases, lanes_, {}, low, high); };
    if (known && *known % lanes_ == 0) return whole();
    const Value left = builder_.subtract(lane_end_, bases.at(choice_.lane));
    const auto rest = [&] {
      if (known) {
        const auto count = static_cast<int>(*known % lanes_);
        const int lanes = (count + width_ - 1) / width_ * width_;
        return panel(bases, lanes, count == lanes ? Value{} : builder_.integer(count), low, high);
      }
      if (lanes_ == width_) return panel(bases, lanes_, left, low, high);
      builder_.branch(
          builder_.map(F::less_equal, {left, builder_.integer(width_)}),
          [&] { panel(bases, width_, left, low, high); }, [&] { panel(bases, lanes_, left, low, high); });
    };
    if (!known && Epilogue::turns(form_, choice_)) {  // counts its lanes anyway: one code for whole and part
      const auto any = [&] {
        panel(bases, lanes_, builder_.map(F::minimum, {left, builder_.integer(lanes_)}), low, high);
      };
      if (lanes_ == width_) return any();
      const Value narrow = builder_.map(F::less_equal, {left, builder_.integer(width_)});
      return builder_.branch(
          narrow, [&] { panel(bases, width_, left, low, high); }, any);
    }
    if (known && *known < lanes_) return rest();
    builder_.branch(builder_.map(F::less_equal, {builder_.integer(lanes_), left}), whole, rest);
  }

  void panel(const Bases& bases, int lanes, Value count, Value low, Value high) {
    if (choice_.pack) {
      const auto pack = form_.has_windows ? pack_window_panel : pack_panel;
      pack(task_, form_, choice_, range_, bases, panel_, lanes, count);
    }
    if (choice_.within == UINT32_MAX) return rows_of_panel(bases, lanes, count, low, high);
    builder_.serial(
        builder_.integer(0), builder_.dim(form_.extents[choice_.within]), 1,
        [&](Value number) {
          Bases at = bases;
          at[choice_.within] = number;
          rows_of_panel(at, lanes, count, low, high);
        },
        1);
  }

  void rows_of_panel(const Bases& bases, int lanes, Value count, Value low, Value high) {
    if (choice_.row == UINT32_MAX) return tile(bases, 1, lanes, count);
    Value next = low;
    for (const int rows : row_counts()) {
      const Value left = builder_.subtract(high, next);
      const std::optional<Dim> known = builder_.known(left);
      if (known && known->constant() && *known->constant() < rows) continue;
      const Value size = builder_.integer(rows);
      const Value end = builder_.add(next, builder_.multiply(builder_.map(F::quotient, {left, size}), size));
      builder_.serial(
          next, end, rows,
          [&](Value row) {
            Bases at = bases;
            at[choice_.row] = row;
            tile(at, rows, lanes, count);
          },
          1);
      next = end;
    }
  }

  /// Tile heights that together make up any number of rows, and where that is known just this one.
  std::vector<int> row_counts() const {
    std::vector<int> counts = {choice_.rows};
    if (const std::optional<int64_t> rows = row_extent_.constant(); rows && !is_bounded_) {
      const auto rest = static_cast<int>(*rows % choice_.block % choice_.rows);
      if (rest) counts.push_back(rest);
      return counts;
    }
    for (const int rows : {4, 1})
      if (rows < counts.back()) counts.push_back(rows);
    return counts;
  }

  void tile(const Bases& bases, int rows, int lanes, Value count) {
    ResultTile result;
    result.row = choice_.row;
    result.lane = choice_.lane;
    result.rows = rows;
    result.lanes = lanes;
    result.bases = bases;
    result.count = count;
    if (count.valid()) result.edge = builder_.lane_mask(count, lanes);
    const bool prefetches = rows == choice_.rows && lanes == lanes_ && !count.valid() && choice_.prefetch;
    next_ = {};
    if (prefetches && lane_read_.panel == lanes_)
      find_next_panel(bases);
    else if (prefetches)
      prefetch(bases);
    const int depth = rows == choice_.rows ? k_unroll : 1;  // few tiles have other heights
    StepRange range = range_;
    if (const Value any = any_result(bases, rows, lanes); any.valid())
      range.high = builder_.map(F::select, {any, range.high, range.low});
    const auto sum = [&](Value initial) {
      return sum_over_k(builder_, form_, range, bases, depth, initial,
                        [&](const Bases& at, int steps, Value carried) {
                          if (next_.valid() && steps == k_unroll) prefetch_step(at);
                          return contract(at, steps, carried, lanes, result.edge);
                        });
    };
    if (choice_.steps == 0)
      return epilogue_.run(result, sum(builder_.splat(builder_.constant(element_, Scalar{}), rows, lanes)));
    const Address kept = place_of_sums(bases);
    // None of them in the first run of steps: then all are 0.
    const Value known = builder_.map(F::minimum, {range_.low, builder_.integer(lanes)});
    const Value sums = sum(builder_.load(kept, {element_, rows, lanes}, builder_.lane_mask(known, lanes)));
    builder_.branch(
        is_last_, [&] { epilogue_.run(result, sums); }, [&] { builder_.store(kept, sums); });
  }

  /// Whether the masks let any result of a tile through: where that is false nothing is summed. No value
  /// where it is not known.
  Value any_result(const Bases& bases, int rows, int lanes) {
    if (form_.contraction.masks.empty()) return {};
    Evaluation at = at_batch(bases);
    at.set_tile(rows, 1, {});
    if (choice_.row != UINT32_MAX) at.bind(choice_.row, bases.at(choice_.row), Role::row);
    const IndexRange seen = index_range(at, form_.contraction.masks, choice_.lane, lane_extent_);
    if (seen.is_whole) return {};
    const Value first = bases.at(choice_.lane), end = builder_.add(first, builder_.integer(lanes));
    return builder_.both(builder_.map(F::less, {first, seen.high}), builder_.map(F::less, {seen.low, end}));
  }

  /// Where the sums of a tile wait between runs of steps.
  Address place_of_sums(const Bases& bases) {
    const Value row =
        choice_.row == UINT32_MAX ? builder_.integer(0) : builder_.subtract(bases.at(choice_.row), low_);
    const Value lane = builder_.subtract(bases.at(choice_.lane), first_lane_);
    const Value panel = builder_.multiply(lane, builder_.integer(choice_.block));
    return {sums_, builder_.add(panel, builder_.multiply(row, builder_.integer(lanes_))), Dim(lanes_),
            Dim(1)};
  }

  /// A panel made before lies in one run, so that few lines of the next can come with each step: those of
  /// this tile from `next_` on.
  void find_next_panel(const Bases& at) {
    lines_of_step_ = divide_up(lanes_ * k_unroll * size_of(element_) / line_bytes, tiles_of_block());
    const Bases next = at_next_panel(at);
    const Value tile = number_of_tile(at);
    const Value share = builder_.integer(divide_up(steps_of_panel(), k_unroll) * lines_of_step_ * line());
    next_ = builder_.add(offset_of(builder_, lane_read_.offset, next), builder_.multiply(tile, share));
  }

  void prefetch_step(const Bases& at) {
    const Value steps = builder_.subtract(at.at(form_.k.back()), range_.low);
    const Value first =
        builder_.add(next_, builder_.multiply(steps, builder_.integer(lines_of_step_ * line() / k_unroll)));
    for (int64_t i = 0; i < lines_of_step_; ++i)
      builder_.prefetch(lane_buffer_, builder_.add(first, builder_.integer(i * line())), 2);
  }

  int64_t line() const { return line_bytes / size_of(element_); }
  int64_t steps_of_panel() const {
    return choice_.steps > 0 ? choice_.steps : *form_.extents[form_.k.back()].constant();
  }
  /// Whole ones, about: they share the lines of the next panel.
  int64_t tiles_of_block() const {
    return std::max<int64_t>(1, std::min(choice_.block, some_points(row_extent_)) / choice_.rows);
  }
  Value number_of_tile(const Bases& at) {
    return builder_.map(F::quotient,
                        {builder_.subtract(at.at(choice_.row), low_), builder_.integer(choice_.rows)});
  }
  Bases at_next_panel(const Bases& at) {
    Bases next = at;
    next[form_.k.back()] = range_.low;
    next[choice_.lane] = builder_.add(at.at(choice_.lane), builder_.integer(lanes_));
    return next;
  }

  /// Brings this tile's share of the next panel's lines to the second cache: an even rate is what counts
  /// (kernels.md 2.4), but within the loop over k it would cost the tile registers.
  void prefetch(const Bases& at) {
    const uint32_t k = form_.k.back();
    const int64_t steps = steps_of_panel();
    const bool along_lanes =
        lane_read_.panel != 0 || lane_read_.offset.coefficient_of(choice_.lane).is_constant(1);
    if (!along_lanes && !lane_read_.offset.coefficient_of(k).is_constant(1)) return;
    // Runs of neighbours: one for each step, or for each lane.
    const int64_t runs = along_lanes ? steps : lanes_, length = along_lanes ? lanes_ : steps;
    const Value share = builder_.integer(divide_up(runs, tiles_of_block()));
    const Value first = builder_.multiply(number_of_tile(at), share);
    Value in_panels;  // the next panel is one run
    if (lane_read_.panel != 0) in_panels = lane_offset(at_next_panel(at));
    const auto lines = [&](Value run, Value place) {
      if (in_panels.valid()) {
        const Value step = builder_.multiply(run, builder_.integer(lane_read_.panel));
        return builder_.prefetch(lane_buffer_, builder_.add(builder_.add(in_panels, step), place), 2);
      }
      Bases next = at;
      next[k] = builder_.add(range_.low, along_lanes ? run : place);
      next[choice_.lane] = builder_.add(builder_.add(at.at(choice_.lane), builder_.integer(lanes_)),
                                        along_lanes ? place : run);
      builder_.prefetch(lane_buffer_, offset_of(builder_, lane_read_.offset, next), 2);
    };
    const int64_t line = this->line();
    builder_.serial(first, builder_.add(first, share), 1, [&](Value run) {
      if (length <= most_unrolled_lines * line) {
        for (int64_t place = 0; place < length; place += line) lines(run, builder_.integer(place));
      } else {
        builder_.serial(builder_.integer(0), builder_.integer(length), line,
                        [&](Value place) { lines(run, place); });
      }
    });
  }

  /// Of the lane operand where it lies. In panels its offset is that of a panel's first lane.
  Value lane_offset(const Bases& at) {
    if (lane_read_.panel == 0) return offset_of(builder_, lane_read_.offset, at);
    Bases first = at;
    const Value lane = at.at(choice_.lane);
    const Value rest = builder_.map(F::remainder, {lane, builder_.integer(lane_read_.panel)});
    first[choice_.lane] = builder_.subtract(lane, rest);
    return builder_.add(offset_of(builder_, lane_read_.offset, first), rest);
  }

  Value contract(const Bases& at, int depth, Value carried, int lanes, Value edge) {
    const auto distance = [&](const Affine& offset) {
      return form_.k.empty() ? Dim(0) : offset.coefficient_of(form_.k.back());
    };
    Contract contract;
    contract.accumulator = carried;
    contract.a = row_buffer_;
    contract.a_offset = offset_of(builder_, row_read_.offset, at);
    contract.a_row_stride = choice_.row == UINT32_MAX ? Dim(0) : row_read_.offset.coefficient_of(choice_.row);
    contract.a_step_stride = distance(row_read_.offset);
    contract.depth = depth;
    if (choice_.pack_rows) {
      const Value row = builder_.subtract(at.at(choice_.row), low_),
                  step = step_number(builder_, form_, range_, at);
      const Value pitch = builder_.dim(packed_.pitch);
      contract.a = packed_.buffer;
      contract.a_offset = packed_.rows_neighbour ? builder_.add(builder_.multiply(step, pitch), row)
                                                 : builder_.add(builder_.multiply(row, pitch), step);
      contract.a_row_stride = packed_.rows_neighbour ? Dim(1) : packed_.pitch;
      contract.a_step_stride = packed_.rows_neighbour ? packed_.pitch : Dim(1);
    }
    if (!choice_.pack) {
      internal_check(lane_read_.panel != 0 ? lane_read_.panel % lanes_ == 0
                                           : lane_read_.offset.coefficient_of(choice_.lane).is_constant(1),
                     "lanes that are read where they lie neighbour");
      contract.b = lane_buffer_;
      contract.b_offset =
          lane_read_.panel == lanes_ ? offset_of(builder_, lane_read_.offset, at) : lane_offset(at);
      contract.b_step_stride = distance(lane_read_.offset);
      contract.mask = edge;
      return builder_.contract(contract);
    }
    const Value position = step_number(builder_, form_, range_, at);
    contract.b = panel_;
    contract.b_offset = builder_.multiply(position, builder_.integer(lanes));
    contract.b_step_stride = lanes;
    return builder_.contract(contract);
  }

  const Task& task_;
  const ContractionForm& form_;
  const ContractionChoice& choice_;
  Builder& builder_;
  Epilogue epilogue_;
  const fuse::LinearRead& lane_read_;
  const fuse::LinearRead& row_read_;
  int width_, lanes_;
  ElementType element_ = ElementType::f32;
  BufferId lane_buffer_, row_buffer_, panel_;
  PackedRows packed_;
  BufferId sums_;
  Value low_, high_, first_lane_, lane_end_;  // of the block
  bool is_bounded_ = false;                   // by guards on the result's indices
  StepRange range_;
  Value is_last_;  // run of steps
  Value next_;     // of the next panel, where its lines come with the steps
  int64_t lines_of_step_ = 0;
  Dim row_extent_, lane_extent_;
};

}  // namespace

void contraction_tiles(const Task& task, const ContractionForm& form, const ContractionChoice& choice) {
  TileSchedule(task, form, choice).run();
}

}  // namespace kiln::kernel
