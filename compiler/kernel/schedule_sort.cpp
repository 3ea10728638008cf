#include "fuse/shape.h"
#include "kernel/loops.h"
#include "kernel/schedules.h"

namespace kiln::kernel {

using dim::Dim;
using F = ScalarFunction;

namespace {

constexpr int64_t most_passes = 31;  // an axis is shorter than 2^31

/// Bottom-up merge sort of one row between the halves of two buffers of the worker.
class MergeSort {
 public:
  MergeSort(Builder& builder, ElementType element, BufferId values, BufferId places, Value length,
            bool descending)
      : builder_(builder),
        element_(element),
        values_(values),
        places_(places),
        length_(length),
        descending_(descending) {}

  /// Sorts what stands in the first halves; gives the offset of the half that holds the result.
  Value run() {
    return builder_.loop(
        builder_.integer(0), builder_.integer(most_passes), 1, {builder_.integer(0)},
        [&](Value pass, const std::vector<Value>& carried) {
          const Value width = builder_.map(F::shift_left, {builder_.integer(1), pass});
          const Value unsorted = builder_.map(F::less, {width, length_});
          const Value other = builder_.subtract(length_, carried[0]);
          builder_.branch(unsorted, [&] { merge_runs(width, carried[0], other); });
          return std::vector<Value>{builder_.map(F::select, {unsorted, other, carried[0]})};
        },
        1)[0];
  }

 private:
  void merge_runs(Value width, Value from, Value to) {
    const Value pair = builder_.add(width, width);
    const Value rounded = builder_.subtract(builder_.add(length_, pair), builder_.integer(1));
    builder_.serial(builder_.integer(0), builder_.map(F::quotient, {rounded, pair}), 1, [&](Value run) {
      const Value start = builder_.multiply(run, pair);
      const Value middle = builder_.map(F::minimum, {builder_.add(start, width), length_});
      const Value end = builder_.map(F::minimum, {builder_.add(start, pair), length_});
      builder_.loop(start, end, 1, {start, middle}, [&](Value out, const std::vector<Value>& next) {
        const Value has_left = builder_.map(F::less, {next[0], middle});
        const Value has_right = builder_.map(F::less, {next[1], end});
        const Value left = load(builder_.add(from, next[0]), has_left);
        const Value right = load(builder_.add(from, next[1]), has_right);
        const Value first = descending_ ? before(left, right) : before(right, left);
        const Value no_left = builder_.map(F::logical_not, {has_left});
        const Value right_first = builder_.map(F::logical_or, {no_left, first});
        const Value take_right = builder_.map(F::logical_and, {has_right, right_first});
        const Value chosen = builder_.map(F::select, {take_right, next[1], next[0]});
        const Value target = builder_.add(to, out);
        builder_.store(values_, target, builder_.map(F::select, {take_right, right, left}));
        const Value place = builder_.load(places_, ElementType::i32, builder_.add(from, chosen));
        builder_.store(places_, target, place);
        const Value one = builder_.integer(1), zero = builder_.integer(0);
        return std::vector<Value>{builder_.add(next[0], builder_.map(F::select, {take_right, zero, one})),
                                  builder_.add(next[1], builder_.map(F::select, {take_right, one, zero}))};
      });
    });
  }
  Value load(Value offset, Value mask) { return builder_.load(values_, element_, offset, mask); }

  /// In ascending order; NaN stands above all numbers.
  Value before(Value a, Value b) {
    if (element_ == ElementType::f16 || element_ == ElementType::bf16) {
      a = builder_.convert(a, ElementType::f32);
      b = builder_.convert(b, ElementType::f32);
    }
    const Value less = builder_.map(F::less, {a, b});
    if (!is_float(element_)) return less;
    const Value number = builder_.map(F::logical_not, {builder_.map(F::is_nan, {a})});
    const Value below = builder_.map(F::logical_and, {number, builder_.map(F::is_nan, {b})});
    return builder_.map(F::logical_or, {less, below});
  }

  Builder& builder_;
  ElementType element_;
  BufferId values_, places_;
  Value length_;
  bool descending_;
};

}  // namespace

void schedule_sort(const Task& task) {
  const graph::Function& function = task.function();
  const auto& sort = std::get<graph::Sort>(function.node_of(task.group.members[0]).op);
  const graph::Type& type = function.type_of(sort.operand);
  const Dim length = type.shape.back();
  const Dim kept = function.type_of(task.group.members[0]).shape.back();
  const std::vector<Dim> leading(type.shape.begin(), type.shape.end() - 1);
  Buffers& buffers = task.context.buffers;
  const BufferId from = buffers.location(sort.operand)->buffer;
  const BufferId values = buffers.location(task.group.members[0])->buffer;
  const BufferId places = buffers.location(task.group.members[1])->buffer;
  const BufferId work = buffers.worker("sorted", type.element, length * Dim(2), task.context.number);
  const BufferId order = buffers.worker("order", ElementType::i32, length * Dim(2), task.context.number);
  Builder& builder = task.builder();
  grid_loop(builder, {{0, fuse::volume(leading), 1}}, [&](const std::vector<Value>& starts) {
    const Value source = builder.multiply(starts[0], builder.dim(length));
    builder.serial(builder.integer(0), builder.dim(length), 1, [&](Value i) {
      builder.store(work, i, builder.load(from, type.element, builder.add(source, i)));
      builder.store(order, i, builder.convert(i, ElementType::i32));
    });
    MergeSort merge(builder, type.element, work, order, builder.dim(length), sort.descending);
    const Value sorted = merge.run();
    const Value target = builder.multiply(starts[0], builder.dim(kept));
    builder.serial(builder.integer(0), builder.dim(kept), 1, [&](Value i) {
      const Value at = builder.add(sorted, i), to = builder.add(target, i);
      builder.store(values, to, builder.load(work, type.element, at));
      builder.store(places, to, builder.load(order, ElementType::i32, at));
    });
  });
  task.kernel.explanation.schedule = "merge sort of each row";
}

}  // namespace kiln::kernel
