#include "kernel/contraction_windows.h"

#include <algorithm>

#include "graph/walk.h"
#include "kernel/loops.h"

namespace kiln::kernel {

using dim::Dim;
using F = ScalarFunction;
using graph::Affine;

namespace {

bool is_in(const std::vector<uint32_t>& indices, uint32_t index) {
  return std::find(indices.begin(), indices.end(), index) != indices.end();
}

std::vector<uint32_t> padded_indices(const graph::Expressions& expressions, const fuse::LinearRead& operand) {
  std::vector<uint32_t> indices;
  for (const graph::ExprId guard : operand.inside)
    for (const uint32_t index : graph::indices_in(expressions, guard)) indices.push_back(index);
  return indices;
}

/// The parts of a joined number, of which the first takes what is left.
void split(Builder& builder, Bases& bases, const std::vector<IndexPart>& parts, Value number) {
  for (size_t i = parts.size(); i-- > 1;) {
    const Value extent = builder.map(F::maximum, {builder.dim(parts[i].extent), builder.integer(1)});
    bases[parts[i].index] = builder.map(F::remainder, {number, extent});
    number = builder.map(F::quotient, {number, extent});
  }
  bases[parts[0].index] = number;
}

/// A part of an index's numbers, to be copied from an operand.
struct Section {
  uint32_t index = 0;
  Value low, high;
  bool is_whole = false;  // low and high are multiples of `inner_points`
};

/// Copies one operand: neighbours along `along` neighbour in the copy, and numbers of `across` lie a pitch
/// apart.
class Copier {
 public:
  Copier(const Task& task, const ContractionForm& form, const fuse::LinearRead& operand)
      : task_(task),
        form_(form),
        operand_(operand),
        builder_(task.builder()),
        width_(task.machine.lanes(form.element)),
        padded_(padded_indices(task.function().expressions, operand)) {
    from_ = task.context.buffers.location(operand.value)->buffer;
  }

  /// Rows of memory become rows of the copy.
  void copy(const Bases& bases, const Section& along, const Section& across, BufferId to, const Dim& pitch) {
    to_ = to;
    pitch_ = builder_.dim(pitch);
    const Run run = run_of(form_, task_.function().expressions, operand_, along.index);
    runs(bases, run, along, [&](const Bases& at, Value low, Value high, Value first) {
      builder_.serial(
          low, high, width_,
          [&](Value start) {
            Bases here = at;
            here[run.index] = start;
            const Value position = builder_.add(first, builder_.subtract(start, low));
            const Value edge = builder_.lane_mask(builder_.subtract(high, start), width_);
            Lanes lanes{run.index, operand_.offset.coefficient_of(run.index), edge, position, {}};
            others(here, across, lanes);
          },
          1);
    });
  }

  /// Rows of memory, `lane` apart, become columns of the copy: squares are turned in registers. Numbers of
  /// `along` beyond the end of a run come out as zeros, which the next run overwrites or the room at the end
  /// takes.
  void turn(const Bases& bases, const Section& along, uint32_t lane, int lanes, Value count, BufferId to) {
    const Run run = run_of(form_, task_.function().expressions, operand_, along.index);
    const Dim distance = operand_.offset.coefficient_of(lane);
    runs(bases, run, along, [&](const Bases& at, Value low, Value high, Value first) {
      builder_.serial(
          low, high, width_,
          [&](Value start) {
            const Value mask = builder_.lane_mask(builder_.subtract(high, start), width_);
            const Value position = builder_.add(first, builder_.subtract(start, low));
            builder_.serial(
                builder_.integer(0), builder_.integer(lanes), width_,
                [&](Value block) {
                  Bases here = at;
                  here[run.index] = start;
                  here[lane] = builder_.add(at.at(lane), block);
                  Value there = mask;
                  if (count.valid()) {
                    const Value left = builder_.lane_mask(builder_.subtract(count, block), width_);
                    const Value rows = builder_.splat(builder_.transpose(left), width_, width_);
                    there = builder_.both(rows, there);
                  }
                  const Value square =
                      builder_.load({from_, offset_of(builder_, operand_.offset, here), distance, Dim(1)},
                                    {form_.element, width_, width_}, there);
                  const Value place =
                      builder_.add(builder_.multiply(position, builder_.integer(lanes)), block);
                  builder_.store({to, place, lanes, 1}, builder_.transpose(square));
                },
                1);
          },
          1);
    });
  }

 private:
  /// The lanes of one vector of the copy.
  struct Lanes {
    uint32_t index = 0;
    Dim distance;
    Value edge;
    Value position;  // of the first, along its row of the copy
    Value mask;      // edge and padding, once it is known
  };

  using RunBody = std::function<void(const Bases& at, Value low, Value high, Value first)>;

  /// Calls the body for each run that a section holds, with the section's numbers of its ends; `first` counts
  /// from the start of the section.
  void runs(const Bases& bases, const Run& run, const Section& section, const RunBody& body) {
    if (run.outer.empty()) return body(bases, section.low, section.high, builder_.integer(0));
    const Value extent = builder_.map(F::maximum, {builder_.dim(run.extent), builder_.integer(1)});
    const Value begin = builder_.map(F::quotient, {section.low, extent});
    const Value last = builder_.add(section.high, builder_.subtract(extent, builder_.integer(1)));
    builder_.serial(
        begin, builder_.map(F::quotient, {last, extent}), 1,
        [&](Value number) {
          Bases at = bases;
          split(builder_, at, run.outer, number);
          const Value start = builder_.multiply(number, extent);
          const Value low =
              builder_.map(F::maximum, {builder_.subtract(section.low, start), builder_.integer(0)});
          const Value high = builder_.map(F::minimum, {builder_.subtract(section.high, start), extent});
          body(at, low, high, builder_.subtract(builder_.add(start, low), section.low));
        },
        1);
  }

  bool is_padded(uint32_t index) const { return is_in(padded_, index); }

  /// One vector for each number of the section; what the padding depends on is looped over first, so that
  /// many copies share a mask.
  void others(const Bases& bases, const Section& across, Lanes lanes) {
    std::vector<IndexPart> parts = form_.parts_of(across.index);
    if (parts.size() > 1 && !across.is_whole) {
      builder_.serial(
          across.low, across.high, 1,
          [&](Value number) {
            Bases at = bases;
            split(builder_, at, parts, number);
            Lanes here = lanes;
            here.mask = mask_of(at, lanes);
            vector(at, here, builder_.subtract(number, across.low));
          },
          1);
      return;
    }
    std::vector<Step> steps;
    Dim distance = 1;
    for (size_t i = parts.size(); i-- > 0;) {
      Step step{parts[i].index, distance, builder_.integer(0), builder_.dim(parts[i].extent)};
      if (i == 0) {
        const Value inner = builder_.map(F::maximum, {builder_.dim(distance), builder_.integer(1)});
        step.low = builder_.map(F::quotient, {across.low, inner});
        step.high = builder_.map(F::quotient, {across.high, inner});
      }
      distance = distance * parts[i].extent;
      steps.insert(steps.begin(), step);
    }
    std::stable_partition(steps.begin(), steps.end(),
                          [&](const Step& step) { return is_padded(step.index); });
    across_low_ = across.low;
    level(steps, 0, bases, lanes, builder_.integer(0));
  }

  struct Step {
    uint32_t index = 0;
    Dim distance;  // of its neighbours, in numbers of the joined index
    Value low, high;
  };

  void level(const std::vector<Step>& steps, size_t number, const Bases& bases, Lanes lanes, Value before) {
    const bool rest_is_free = std::none_of(steps.begin() + static_cast<std::ptrdiff_t>(number), steps.end(),
                                           [&](const Step& step) { return is_padded(step.index); });
    if (rest_is_free && !lanes.mask.valid()) lanes.mask = mask_of(bases, lanes);
    if (number == steps.size()) return vector(bases, lanes, builder_.subtract(before, across_low_));
    const Step& step = steps[number];
    builder_.serial(
        step.low, step.high, 1,
        [&](Value here) {
          Bases at = bases;
          at[step.index] = here;
          level(steps, number + 1, at, lanes,
                builder_.add(before, builder_.multiply(here, builder_.dim(step.distance))));
        },
        number + 1 == steps.size() ? 4 : 1);
  }

  Value mask_of(const Bases& bases, const Lanes& lanes) {
    if (operand_.inside.empty()) return lanes.edge;
    Evaluation at(task_.context, task_.compute(task_.group.members[0]));
    at.set_tile(1, width_, {});
    for (const auto& [index, base] : bases) at.bind(index, base);
    at.bind(lanes.index, bases.at(lanes.index), Role::lane);
    Value mask = lanes.edge;
    for (const graph::ExprId guard : operand_.inside) mask = builder_.both(mask, at.value(guard));
    return mask;
  }

  void vector(const Bases& bases, const Lanes& lanes, Value number) {
    const Value tile = builder_.load({from_, offset_of(builder_, operand_.offset, bases), 0, lanes.distance},
                                     {form_.element, 1, width_}, lanes.mask);
    const Value place = builder_.add(builder_.multiply(number, pitch_), lanes.position);
    builder_.store(to_, place, tile, lanes.edge);
  }

  const Task& task_;
  const ContractionForm& form_;
  const fuse::LinearRead& operand_;
  Builder& builder_;
  int width_;
  std::vector<uint32_t> padded_;
  BufferId from_, to_;
  Value pitch_, across_low_;
};

bool nests(const Affine& offset, const std::vector<IndexPart>& parts, size_t first) {
  Dim distance = offset.coefficient_of(parts.back().index);
  for (size_t i = parts.size(); i-- > first + 1;) {
    distance = distance * parts[i].extent;
    if (!(offset.coefficient_of(parts[i - 1].index) == distance)) return false;
  }
  return true;
}

/// Whether the parts of an index are whole loops for a section that the choice makes.
bool is_whole(const ContractionForm& form, uint32_t index, int64_t section) {
  const std::optional<int64_t> inner = inner_points(form, index);
  return inner && (section == 0 || section % *inner == 0);
}

/// A number for every index: 0 for those of one point, and for those that the copy runs over; what else is
/// joined is taken apart.
Bases bases_of_copy(const Task& task, const ContractionForm& form, const Bases& bases,
                    const std::vector<uint32_t>& runs_over) {
  Bases all = bases;
  const size_t count = task.compute(task.group.members[0]).domain.size();
  for (uint32_t index = 0; index < count; ++index) all.emplace(index, task.builder().integer(0));
  for (const auto& [index, parts] : form.joined) {
    const Value number = is_in(runs_over, index) ? task.builder().integer(0) : all.at(index);
    split(task.builder(), all, parts, number);
  }
  return all;
}

const fuse::LinearRead& lane_operand(const ContractionForm& form, const ContractionChoice& choice) {
  return choice.rows_are_n ? form.contraction.a : form.contraction.b;
}
const fuse::LinearRead& row_operand(const ContractionForm& form, const ContractionChoice& choice) {
  return choice.rows_are_n ? form.contraction.b : form.contraction.a;
}

}  // namespace

bool lies_as_numbered(const ContractionForm& form, const fuse::LinearRead& operand, uint32_t index) {
  return operand.inside.empty() && nests(operand.offset, form.parts_of(index), 0);
}

bool lies_as_numbered(const ContractionForm& form, const fuse::LinearRead& operand) {
  return operand.inside.empty() && std::all_of(form.joined.begin(), form.joined.end(), [&](const auto& one) {
           return nests(operand.offset, one.second, 0);
         });
}

Run run_of(const ContractionForm& form, const graph::Expressions& expressions,
           const fuse::LinearRead& operand, uint32_t index) {
  const std::vector<IndexPart> parts = form.parts_of(index);
  const std::vector<uint32_t> padded = padded_indices(expressions, operand);
  size_t first = parts.size() - 1;
  while (first > 0 && !is_in(padded, parts[first].index) && !is_in(padded, parts[first - 1].index) &&
         nests(operand.offset, parts, first - 1))
    --first;
  Run run{{parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(first)}, parts.back().index, 1};
  for (size_t i = first; i < parts.size(); ++i) run.extent = run.extent * parts[i].extent;
  return run;
}

std::optional<int64_t> inner_points(const ContractionForm& form, uint32_t index) {
  const std::vector<IndexPart> parts = form.parts_of(index);
  Dim points = 1;
  for (size_t i = 1; i < parts.size(); ++i) points = points * parts[i].extent;
  return points.constant();
}

void pack_window_panel(const Task& task, const ContractionForm& form, const ContractionChoice& choice,
                       const StepRange& range, const Bases& bases, BufferId panel, int lanes, Value count) {
  Builder& builder = task.builder();
  Copier copier(task, form, lane_operand(form, choice));
  const uint32_t k = form.k.back();
  const Section steps{k, range.low, range.high, is_whole(form, k, choice.steps)};
  if (choice.turn) {
    Bases at = bases_of_copy(task, form, bases, {k, choice.lane});
    at[choice.lane] = bases.at(choice.lane);
    return copier.turn(at, steps, choice.lane, lanes, count, panel);
  }
  const Value first = bases.at(choice.lane);
  const Value end = builder.add(first, count.valid() ? count : builder.integer(lanes));
  const Bases at = bases_of_copy(task, form, bases, {k, choice.lane});
  copier.copy(at, {choice.lane, first, end, false}, steps, panel, lanes);
}

void pack_window_rows(const Task& task, const ContractionForm& form, const ContractionChoice& choice,
                      const StepRange& range, const Bases& bases, const PackedRows& packed, Value low,
                      Value high) {
  Copier copier(task, form, row_operand(form, choice));
  const uint32_t k = form.k.back();
  const Bases all = bases_of_copy(task, form, bases, {k, choice.row});
  const Section rows{choice.row, low, high, is_whole(form, choice.row, choice.block)};
  const Section steps{k, range.low, range.high, is_whole(form, k, choice.steps)};
  if (packed.rows_neighbour) return copier.copy(all, rows, steps, packed.buffer, packed.pitch);
  copier.copy(all, steps, rows, packed.buffer, packed.pitch);
}

}  // namespace kiln::kernel
