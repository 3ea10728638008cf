#include <algorithm>

#include <fmt/format.h>

#include "base/internal_check.h"
#include "graph/graph.h"
#include "kernel/index_range.h"
#include "kernel/loops.h"
#include "kernel/stream_block.h"

namespace kiln::kernel {

using dim::Dim;
using graph::ValueId;
using F = ScalarFunction;

namespace {

/// Keys whose weights lie in the first cache while they are multiplied (kernels.md, 2.1).
constexpr int64_t keys_of_block = 128;
constexpr int vectors_of_tile = 3;

/// For a tile value the last level at which it is read.
uint32_t last_level(const graph::Function& function, const fuse::Stream& stream, ValueId value) {
  uint32_t last = 0;
  for (size_t i = 0; i < stream.inner.size(); ++i) {
    const auto operands = graph::operands_of(function, function.node_of(stream.inner[i]));
    if (std::find(operands.begin(), operands.end(), value) != operands.end())
      last = std::max(last, stream.level[i + 1]);
  }
  return value == stream.weights ? stream.levels() - 1 : last;
}

class StreamSchedule {
 public:
  StreamSchedule(const Task& task, const fuse::Stream& stream)
      : task_(task),
        stream_(stream),
        builder_(task.builder()),
        shape_(choose_stream_shape(stream, task.function().type_of(stream.scores).element, task.machine)),
        buffers_(make_stream_buffers(task, stream, shape_)) {}

  void run() {
    const graph::Compute& scores = task_.compute(stream_.scores);
    std::vector<GridAxis> axes;
    for (uint32_t axis = 0; axis < stream_.key(); ++axis)
      if (axis != stream_.lane && !scores.domain[axis].extent.is_constant(1))
        axes.push_back({axis, scores.domain[axis].extent, 1});
    const int lanes = shape_.vectors * shape_.width;
    axes.push_back({stream_.lane, scores.domain[stream_.lane].extent, lanes});
    grid_loop(builder_, axes, [&](const std::vector<Value>& starts) {
      Bases bases;
      for (uint32_t axis = 0; axis < stream_.key(); ++axis) bases[axis] = builder_.integer(0);
      for (size_t i = 0; i < axes.size(); ++i) bases[axes[i].index] = starts[i];
      const Value first = bases.at(stream_.lane);
      // Loops count their rounds: a range is never turned round.
      const Value behind = builder_.add(first, builder_.integer(lanes));
      const Value end = builder_.map(F::maximum, {first, builder_.map(F::minimum, {behind, end_of(bases)})});
      const auto block = [&](Value query, int count, Value left) {
        Bases at = bases;
        at[stream_.lane] = query;
        StreamBlock(task_, stream_, shape_, buffers_, at, count, left).run();
      };
      const Value is_whole = builder_.map(F::less_equal, {builder_.add(first, builder_.integer(lanes)), end});
      builder_.branch(
          is_whole, [&] { block(first, lanes, {}); }, [&] { rest(first, end, block); });
    });
    task_.kernel.explanation.schedule = fmt::format(
        "stream {}x{}, lanes {}, keys {} in blocks of {}, {} passes", shape_.rows, lanes,
        scores.domain[stream_.lane].name, scores.domain[stream_.key()].name, shape_.keys, stream_.levels());
    const bool is_ragged = std::any_of(stream_.bounds.begin(), stream_.bounds.end(),
                                       [](const fuse::IndexBound& bound) { return bound.limit.has_atoms(); });
    if (is_ragged) task_.kernel.explanation.schedule += ", up to the end of each row";
  }

 private:
  using Block = std::function<void(Value query, int count, Value left)>;

  /// Fewer queries than a whole block: what powers of two leave of it without masks, then one vector after
  /// the other.
  void rest(Value first, Value end, const Block& block) {
    for (int vectors = shape_.vectors - 1; vectors > 1; --vectors) {
      const Value lanes = builder_.integer(int64_t{vectors} * shape_.width);
      const Value is_there = builder_.map(F::less_equal, {builder_.add(first, lanes), end});
      builder_.branch(is_there, [&] { block(first, vectors * shape_.width, {}); });
      first = builder_.map(F::select, {is_there, builder_.add(first, lanes), first});
    }
    builder_.serial(
        first, end, shape_.width,
        [&](Value query) {
          const Value left = builder_.subtract(end, query), width = builder_.integer(shape_.width);
          builder_.branch(
              builder_.map(F::less_equal, {width, left}), [&] { block(query, shape_.width, {}); },
              [&] { block(query, shape_.width, left); });
        },
        1);
  }

  /// Queries behind it nobody reads.
  Value end_of(const Bases& bases) {
    std::vector<graph::ExprId> common;
    bool is_first = true;
    for (const ValueId member : task_.group.members) {
      if (task_.rank(member) != task_.rank(stream_.product) || !task_.context.buffers.location(member))
        continue;
      const std::vector<graph::ExprId>& bounds = task_.plan.bounds[member.number];
      if (is_first) common = bounds;
      is_first = false;
      std::erase_if(common, [&](graph::ExprId condition) {
        return std::find(bounds.begin(), bounds.end(), condition) == bounds.end();
      });
    }
    Evaluation at(task_.context, task_.compute(stream_.product));
    for (uint32_t axis = 0; axis < stream_.key(); ++axis)
      if (axis != stream_.lane) at.bind(stream_.index_of[axis], bases.at(axis));
    const uint32_t lane = stream_.index_of[stream_.lane];
    return index_range(at, common, lane, task_.compute(stream_.product).domain[lane].extent).high;
  }

  const Task& task_;
  const fuse::Stream& stream_;
  Builder& builder_;
  StreamShape shape_;
  StreamBuffers buffers_;
};

}  // namespace

StreamShape choose_stream_shape(const fuse::Stream&, ElementType element, const Machine& machine) {
  StreamShape shape;
  shape.width = machine.lanes(element);
  shape.vectors = vectors_of_tile;
  const int most = (machine.vector_registers - shape.vectors - 1) / shape.vectors;
  while (shape.rows * 2 <= most) shape.rows *= 2;
  shape.keys = keys_of_block;
  return shape;
}

StreamBuffers make_stream_buffers(const Task& task, const fuse::Stream& stream, const StreamShape& shape) {
  StreamBuffers buffers;
  const graph::Compute &scores = task.compute(stream.scores), &product = task.compute(stream.product);
  const ElementType element = task.function().type_of(stream.scores).element;
  const Dim lanes = int64_t{shape.vectors} * shape.width, room = shape.width;
  const auto worker = [&](const std::string& name, const Dim& rows) {
    return task.context.buffers.worker(name, element, rows * lanes, task.context.number);
  };
  Dim steps = 1;
  for (uint32_t index = stream.axes; index < scores.domain.size(); ++index)
    steps = steps * scores.domain[index].extent;
  buffers.queries = worker("queries", steps + room);
  buffers.sums = worker("sums", product.domain[stream.width].extent + room);
  std::vector<ValueId> tiles = {stream.scores};
  std::vector<uint32_t> levels = {0};
  for (size_t i = 0; i < stream.inner.size(); ++i) {
    if (task.rank(stream.inner[i]) < stream.axes) {
      const auto number = static_cast<uint32_t>(buffers.row_of.size());
      buffers.row_of[stream.inner[i]] = number;
      continue;
    }
    tiles.push_back(stream.inner[i]);
    levels.push_back(stream.level[i + 1]);
  }
  buffers.rows = worker("rows", static_cast<int64_t>(std::max<size_t>(1, buffers.row_of.size())));
  // A tile takes the memory of one that its own level is the last to read: it reads before it writes.
  std::vector<std::pair<BufferId, uint32_t>> memory;  // and the level that reads it last
  for (size_t i = 0; i < tiles.size(); ++i) {
    const uint32_t last = last_level(task.function(), stream, tiles[i]);
    if (tiles[i] != stream.weights && last <= levels[i]) continue;
    const auto free = std::find_if(memory.begin(), memory.end(),
                                   [&](const auto& other) { return other.second <= levels[i]; });
    if (free != memory.end()) {
      free->second = last;
      buffers.tiles[tiles[i]] = free->first;
      continue;
    }
    memory.emplace_back(worker("tile", scores.domain[stream.key()].extent), last);
    buffers.tiles[tiles[i]] = memory.back().first;
  }
  return buffers;
}

void schedule_stream(const Task& task) {
  task.kernel.serial = is_small(*task.kernel.points);
  for (const ValueId member : task.group.members)
    if (const auto stream = fuse::match_stream(task.function(), member)) {
      StreamSchedule(task, *stream).run();
      return;
    }
  internal_error("a stream without its product");
}

}  // namespace kiln::kernel
