#include "kernel/contraction_tiles.h"
#include "kernel/contraction_windows.h"
#include "kernel/loops.h"

namespace kiln::kernel {

using dim::Dim;
using graph::Affine;

namespace {
/// Elements that part rows on different sets of the cache (kernels.md, 2.4).
constexpr int64_t padding = 16;
}  // namespace

Value step_number(Builder& builder, const ContractionForm& form, const StepRange& range, const Bases& bases) {
  Value number = builder.integer(0);
  for (const uint32_t index : form.k) {
    const bool inner = index == form.k.back();
    const Value count = inner ? builder.subtract(range.high, range.low) : builder.dim(form.extents[index]);
    const Value here = inner ? builder.subtract(bases.at(index), range.low) : bases.at(index);
    number = builder.add(builder.multiply(number, count), here);
  }
  return number;
}

PackedRows packed_rows(const Task& task, const ContractionForm& form, const ContractionChoice& choice) {
  const fuse::LinearRead& read = choice.rows_are_n ? form.contraction.b : form.contraction.a;
  const Dim steps = choice.steps > 0 ? Dim(choice.steps) : form.extent_of(form.k);
  PackedRows packed;
  const auto distance = [&](uint32_t index) {
    return read.offset.coefficient_of(index).constant().value_or(INT64_MAX);
  };
  packed.rows_neighbour = distance(choice.row) == 1;
  if (form.has_windows) {  // overlapping ones have neighbours along both: the longer runs are copied
    const auto run = [&](uint32_t index) {
      return some_points(run_of(form, task.function().expressions, read, index).extent);
    };
    const bool is_strided = distance(choice.row) > 0 && distance(choice.row) <= Machine::near_stride;
    packed.rows_neighbour =
        is_strided && (distance(form.k.back()) != 1 || run(choice.row) >= run(form.k.back()));
  }
  packed.pitch = packed.rows_neighbour ? Dim(choice.block + padding) : steps + Dim(padding);
  const Dim count = packed.rows_neighbour ? steps : Dim(choice.block);
  packed.buffer =
      task.context.buffers.worker("rows", form.element, count * packed.pitch, task.context.number);
  return packed;
}

void pack_rows(const Task& task, const ContractionForm& form, const ContractionChoice& choice,
               const StepRange& range, const Bases& bases, const PackedRows& packed, Value low, Value high) {
  Builder& builder = task.builder();
  const fuse::LinearRead& read = choice.rows_are_n ? form.contraction.b : form.contraction.a;
  const BufferId from = task.context.buffers.location(read.value)->buffer;
  const int lanes = task.machine.lanes(form.element) * 4;
  const uint32_t inner = packed.rows_neighbour ? choice.row : form.k.back();
  const std::function<void(size_t, const Bases&)> level = [&](size_t number, const Bases& at) {
    if (number < form.k.size() && form.k[number] != inner) {
      const bool last = number + 1 == form.k.size();
      const Value begin = last ? range.low : builder.integer(0);
      const Value stop = last ? range.high : builder.dim(form.extents[form.k[number]]);
      builder.serial(begin, stop, 1, [&](Value k) {
        Bases next = at;
        next[form.k[number]] = k;
        level(number + 1, next);
      });
      return;
    }
    const Value first = packed.rows_neighbour ? low : range.low;
    const Value end = packed.rows_neighbour ? high : range.high;
    lane_loop(builder, first, end, lanes, {}, [&](Value start, Value edge, const std::vector<Value>&) {
      Bases next = at;
      next[inner] = start;
      const Value row = builder.subtract(next.at(choice.row), low);
      const Value step = step_number(builder, form, range, next);
      const Value pitch = builder.dim(packed.pitch);
      const Value to = packed.rows_neighbour ? builder.add(builder.multiply(step, pitch), row)
                                             : builder.add(builder.multiply(row, pitch), step);
      const Value tile =
          builder.load({from, offset_of(builder, read.offset, next), 0, read.offset.coefficient_of(inner)},
                       {form.element, 1, lanes}, edge);
      builder.store(packed.buffer, to, tile, edge);
      return std::vector<Value>{};
    });
  };
  if (packed.rows_neighbour) return level(0, bases);
  builder.serial(low, high, 1, [&](Value row) {
    Bases at = bases;
    at[choice.row] = row;
    level(0, at);
  });
}

}  // namespace kiln::kernel
