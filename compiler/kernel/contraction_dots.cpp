#include <algorithm>

#include "kernel/contraction_tiles.h"
#include "kernel/loops.h"

namespace kiln::kernel {

using dim::Dim;
using F = ScalarFunction;

namespace {

constexpr int64_t rows_of_block = 64;

class DotSchedule {
 public:
  DotSchedule(const Task& task, const ContractionForm& form, const ContractionChoice& choice)
      : task_(task),
        form_(form),
        choice_(choice),
        builder_(task.builder()),
        epilogue_(task, form),
        long_read_(choice.rows_are_n ? form.contraction.b : form.contraction.a),
        short_read_(choice.rows_are_n ? form.contraction.a : form.contraction.b) {
    element_ = task.function().type_of(long_read_.value).element;
    long_buffer_ = task.context.buffers.location(long_read_.value)->buffer;
    short_buffer_ = task.context.buffers.location(short_read_.value)->buffer;
  }

  void run() {
    const auto& short_side = choice_.rows_are_n ? form_.contraction.m : form_.contraction.n;
    std::vector<GridAxis> axes;
    std::vector<uint32_t> inner;  // the short side: each row block is read from memory once for all of it
    for (uint32_t index = 0; index < task_.rank(task_.group.members[0]); ++index) {
      if (index == choice_.row || form_.extents[index].is_constant(1)) continue;
      if (std::find(short_side.begin(), short_side.end(), index) != short_side.end())
        inner.push_back(index);
      else
        axes.push_back({index, form_.extents[index], 1});
    }
    if (choice_.row != UINT32_MAX) axes.push_back({choice_.row, form_.extents[choice_.row], rows_of_block});
    grid_loop(builder_, axes, [&](const std::vector<Value>& starts) {
      Bases bases;
      for (uint32_t index = 0; index < task_.rank(task_.group.members[0]); ++index)
        bases[index] = builder_.integer(0);
      for (size_t i = 0; i < axes.size(); ++i) bases[axes[i].index] = starts[i];
      if (choice_.row == UINT32_MAX) return points(bases, inner, 0, 1);
      const Value low = bases[choice_.row];
      const Value high = builder_.map(F::minimum, {builder_.add(low, builder_.integer(rows_of_block)),
                                                   builder_.dim(form_.extents[choice_.row])});
      const Value size = builder_.integer(choice_.rows);
      const Value whole = builder_.map(F::quotient, {builder_.subtract(high, low), size});
      const Value middle = builder_.add(low, builder_.multiply(whole, size));
      rows(bases, inner, low, middle, choice_.rows);
      const std::optional<int64_t> extent = form_.extents[choice_.row].constant();
      const bool even = extent && *extent % choice_.rows == 0 && rows_of_block % choice_.rows == 0;
      if (choice_.rows > 1 && !even) rows(bases, inner, middle, high, 1);
    });
  }

 private:
  void rows(const Bases& bases, const std::vector<uint32_t>& inner, Value low, Value high, int count) {
    builder_.serial(
        low, high, count,
        [&](Value row) {
          Bases at = bases;
          at[choice_.row] = row;
          points(at, inner, 0, count);
        },
        1);
  }

  void points(const Bases& bases, const std::vector<uint32_t>& inner, size_t number, int count) {
    if (number == inner.size()) return dots(bases, count);
    builder_.serial(
        builder_.integer(0), builder_.dim(form_.extents[inner[number]]), 1,
        [&](Value point) {
          Bases at = bases;
          at[inner[number]] = point;
          points(at, inner, number + 1, count);
        },
        1);
  }

  void dots(const Bases& bases, int count) {
    const int width = task_.machine.lanes(element_);
    const Value zeros = builder_.splat(builder_.constant(element_, Scalar{}), count, width);
    const Value sums = builder_.reduce_lanes(F::add, level(bases, 0, count, width, zeros));
    ResultTile tile;
    tile.lane = choice_.row;  // the dots of one tile stand side by side in the epilogue
    tile.lanes = count;
    tile.bases = bases;
    epilogue_.run(tile, builder_.transpose(sums));
  }

  Value level(const Bases& bases, size_t number, int count, int width, Value carried) {
    const uint32_t index = form_.k[number];
    if (number + 1 < form_.k.size())
      return builder_.loop(builder_.integer(0), builder_.dim(form_.extents[index]), 1, {carried},
                           [&](Value k, const std::vector<Value>& tiles) {
                             Bases at = bases;
                             at[index] = k;
                             return std::vector<Value>{level(at, number + 1, count, width, tiles[0])};
                           })[0];
    const StepRange range = all_steps(task_, form_, bases);
    return lane_loop(
        builder_, range.low, range.high, width, {carried},
        [&](Value start, Value edge, const std::vector<Value>& tiles) {
          Bases at = bases;
          at[index] = start;
          const Dim row = choice_.row == UINT32_MAX ? Dim(0) : long_read_.offset.coefficient_of(choice_.row);
          const Value many = builder_.load({long_buffer_, offset_of(builder_, long_read_.offset, at), row,
                                            long_read_.offset.coefficient_of(index)},
                                           {element_, count, width}, edge);
          const Value one = builder_.load({short_buffer_, offset_of(builder_, short_read_.offset, at), 0,
                                           short_read_.offset.coefficient_of(index)},
                                          {element_, 1, width}, edge);
          return std::vector<Value>{builder_.add(tiles[0], builder_.multiply(many, one))};
        })[0];
  }

  const Task& task_;
  const ContractionForm& form_;
  const ContractionChoice& choice_;
  Builder& builder_;
  Epilogue epilogue_;
  const fuse::LinearRead& long_read_;
  const fuse::LinearRead& short_read_;
  ElementType element_ = ElementType::f32;
  BufferId long_buffer_, short_buffer_;
};

}  // namespace

void contraction_dots(const Task& task, const ContractionForm& form, const ContractionChoice& choice) {
  DotSchedule(task, form, choice).run();
}

}  // namespace kiln::kernel
