#pragma once

#include "fuse/stream.h"
#include "kernel/contraction_tiles.h"
#include "kernel/schedules.h"

namespace kiln::kernel {

/// How a stream is cut up: scores in tiles of `rows` keys x `vectors` vectors of queries, the product in
/// tiles of as many of its columns, and keys by `keys` at a time, whose weights then lie in the first cache.
struct StreamShape {
  int rows = 1;
  int vectors = 1;
  int width = 1;  // lanes of a vector
  int64_t keys = 1;
};
StreamShape choose_stream_shape(const fuse::Stream& stream, ElementType element, const Machine& machine);

/// Memory of a worker for one block of queries; query number l of the block is lane l everywhere.
struct StreamBuffers {
  BufferId queries;                           // [step of the scores' sums][lane]
  BufferId sums;                              // [column of the product][lane]
  BufferId rows;                              // [reduction][lane]
  std::map<graph::ValueId, BufferId> tiles;   // [key][lane]: what later levels or the product read
  std::map<graph::ValueId, uint32_t> row_of;  // in `rows`
};
StreamBuffers make_stream_buffers(const Task& task, const fuse::Stream& stream, const StreamShape& shape);

/// The kernel for a block of queries: neighbours along the stream's lane axis. Everything is turned round, so
/// that queries are the lanes of both products: keys and values are read where they lie, and nothing is ever
/// joined across lanes.
class StreamBlock {
 public:
  /// `bases`: of the scores' axes, for the first query; `left`: queries that there are, where they may be
  /// fewer than the lanes.
  StreamBlock(const Task& task, const fuse::Stream& stream, const StreamShape& shape,
              const StreamBuffers& buffers, Bases bases, int lanes, Value left);
  void run();

 private:
  struct Range {
    Value low, high;
  };
  using Rows = std::map<graph::ValueId, Value>;  // 1 x lanes

  const graph::Compute& scores() const { return task_.compute(stream_.scores); }
  const graph::Compute& product() const { return task_.compute(stream_.product); }
  bool is_row(graph::ValueId value) const { return task_.rank(value) < stream_.axes; }
  /// At the first query: all axes but that of keys.
  Evaluation at_block(int rows) const;
  /// The same in the product's indices.
  Evaluation at_product() const;
  /// What data says of where an operand begins.
  Value start_of(Evaluation at, const graph::Affine& offset) const;

  void pack_queries();
  void pack_step(const Bases& steps, Value position, uint32_t inner, Value count);
  Range keys(const std::vector<fuse::IndexBound>& bounds) const;

  Rows neutral(uint32_t level) const;
  /// All keys of a range, tile by tile; gives the reductions of that level.
  Rows phase(uint32_t level, Range range, Rows carried, int rows);
  std::vector<Value> tile(uint32_t level, Value key, int rows, const std::vector<Value>& carried);
  Value scores_tile(Value key, int rows);
  Value masked_weights(Value key, int rows, Value tile);
  bool is_read_above(graph::ValueId value, uint32_t level) const;
  uint32_t level_of(graph::ValueId value) const;
  std::vector<graph::ValueId> rows_of(uint32_t level) const;
  void first_phase(Range& range);

  void clear_sums();
  void add_product(Range range);
  void finish();
  void finish_tile(Value query, int count, Value column, Value edge);

  const Task& task_;
  const fuse::Stream& stream_;
  const StreamShape& shape_;
  const StreamBuffers& buffers_;
  Builder& builder_;
  Bases bases_;
  int lanes_;
  Value left_, edge_;
  ElementType element_;
  Value keys_start_, values_start_;
  Rows rows_;  // the reductions that are done
};

}  // namespace kiln::kernel
