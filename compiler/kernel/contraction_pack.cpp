#include "kernel/contraction_tiles.h"
#include "kernel/index_range.h"

namespace kiln::kernel {

using dim::Dim;
using graph::Affine;

StepRange all_steps(const Task& task, const ContractionForm& form, const Bases& bases) {
  const Dim& extent = form.extents[form.k.back()];
  const graph::Compute& compute = task.compute(task.group.members[0]);
  Evaluation at(task.context, compute);
  for (const uint32_t index : form.contraction.batch) at.bind(index, bases.at(index));
  const IndexRange range = index_range(at, form.contraction.summed_guards, form.k.back(), extent);
  return {range.low, range.high, range.is_whole ? extent.constant().value_or(1) : 1};
}

Value sum_over_k(Builder& builder, const ContractionForm& form, const StepRange& range, const Bases& bases,
                 int depth, Value initial, const Step& step) {
  const std::function<Value(size_t, const Bases&, Value)> level = [&](size_t number, const Bases& outer,
                                                                      Value carried) -> Value {
    if (number == form.k.size()) return step(outer, 1, carried);
    const uint32_t index = form.k[number];
    const bool inner = number + 1 == form.k.size();
    const Value low = inner ? range.low : builder.integer(0);
    const Value high = inner ? range.high : builder.dim(form.extents[index]);
    const auto loop = [&](Value from, Value to, int by, Value tile) {
      return builder.loop(
          from, to, by, {tile},
          [&](Value k, const std::vector<Value>& tiles) {
            Bases at = outer;
            at[index] = k;
            return std::vector<Value>{inner ? step(at, by, tiles[0]) : level(number + 1, at, tiles[0])};
          },
          1)[0];
    };
    if (!inner || depth == 1) return loop(low, high, 1, carried);
    if (range.multiple % depth == 0) return loop(low, high, depth, carried);
    const Value size = builder.integer(depth);
    const Value count = builder.map(ScalarFunction::quotient, {builder.subtract(high, low), size});
    const Value middle = builder.add(low, builder.multiply(count, size));
    const std::optional<Dim> none = builder.known(count);
    if (!none || !none->is_constant(0)) carried = loop(low, middle, depth, carried);
    return loop(middle, high, 1, carried);
  };
  return level(0, bases, initial);
}

namespace {

class Packer {
 public:
  Packer(const Task& task, const ContractionForm& form, const ContractionChoice& choice,
         const StepRange& range, BufferId panel, int lanes, Value count)
      : builder_(task.builder()),
        form_(form),
        choice_(choice),
        range_(range),
        panel_(panel),
        lanes_(lanes),
        count_(count),
        width_(task.machine.lanes(form.element)) {
    const fuse::LinearRead& read = choice.rows_are_n ? form.contraction.a : form.contraction.b;
    offset_ = read.offset;
    element_ = task.function().type_of(read.value).element;
    from_ = task.context.buffers.location(read.value)->buffer;
    if (count.valid()) edge_ = builder_.lane_mask(count, lanes);
  }

  void run(const Bases& bases) { level(0, bases, builder_.integer(0)); }

 private:
  Dim distance(uint32_t index) const { return offset_.coefficient_of(index); }

  /// `position`: of the first step inside, in the order of the loops.
  void level(size_t number, const Bases& bases, Value position) {
    if (number == form_.k.size()) return copy(bases, position);
    const uint32_t index = form_.k[number];
    const bool inner = number + 1 == form_.k.size();
    const Value low = inner ? range_.low : builder_.integer(0);
    const Value high = inner ? range_.high : builder_.dim(form_.extents[index]);
    const Value before = builder_.multiply(position, builder_.subtract(high, low));
    const bool turn = inner && !distance(choice_.lane).is_constant(1) && distance(index).is_constant(1);
    builder_.serial(
        low, high, turn ? width_ : 1,
        [&](Value k) {
          Bases at = bases;
          at[index] = k;
          const Value next = builder_.add(before, builder_.subtract(k, low));
          if (turn)
            transpose(at, next, builder_.subtract(high, k));
          else
            level(number + 1, at, next);
        },
        inner && !turn ? 4 : 1);
  }

  void copy(const Bases& bases, Value position) {
    const Value from = offset_of(builder_, offset_, bases);
    const Value tile = builder_.load({from_, from, 0, distance(choice_.lane)}, {element_, 1, lanes_}, edge_);
    builder_.store(panel_, builder_.multiply(position, builder_.integer(lanes_)), tile);
  }

  /// `width` steps of k at once, of which `left` are there: blocks of lanes x steps, turned in registers.
  /// Steps beyond the end come out as zeros, which the next steps overwrite or the room at the end of the
  /// panel takes.
  void transpose(const Bases& bases, Value position, Value left) {
    builder_.serial(
        builder_.integer(0), builder_.integer(lanes_), width_,
        [&](Value first) {
          Bases at = bases;
          at[choice_.lane] = builder_.add(at.at(choice_.lane), first);
          Value mask;
          if (range_.multiple % width_ != 0) mask = builder_.lane_mask(left, width_);
          if (count_.valid()) {
            const Value there =
                builder_.transpose(builder_.lane_mask(builder_.subtract(count_, first), width_));
            mask = builder_.both(builder_.splat(there, width_, width_), mask);
          }
          const Value block =
              builder_.load({from_, offset_of(builder_, offset_, at), distance(choice_.lane), 1},
                            {element_, width_, width_}, mask);
          const Value to = builder_.add(builder_.multiply(position, builder_.integer(lanes_)), first);
          builder_.store({panel_, to, lanes_, 1}, builder_.transpose(block));
        },
        1);
  }

  Builder& builder_;
  const ContractionForm& form_;
  const ContractionChoice& choice_;
  const StepRange& range_;
  BufferId panel_, from_;
  int lanes_;
  Value count_, edge_;
  int width_;
  Affine offset_;
  ElementType element_ = ElementType::f32;
};

}  // namespace

void pack_panel(const Task& task, const ContractionForm& form, const ContractionChoice& choice,
                const StepRange& range, const Bases& bases, BufferId panel, int lanes, Value count) {
  Packer(task, form, choice, range, panel, lanes, count).run(bases);
}

}  // namespace kiln::kernel
