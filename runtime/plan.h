#pragma once

#include "handles.h"
#include "memory.h"
#include "message.h"
#include "place_buffers.h"

namespace kiln::runtime {

constexpr int64_t greatest_extent = (int64_t{1} << 31) - 1;

/// A function at given dims: every expression of the image evaluated, every buffer placed. Unchanged once
/// made, so any number of threads may run it. One block of memory, whose size depends on the function alone.
struct Plan {
  Handle handle;
  int32_t function_index;
  int32_t threads;  // parts that the work is cut into at most; worker buffers are laid out for these
  const kiln_image_function* function;
  /// The table of buffer addresses, the dims of a call with loops, lengths made of offsets, then the arena.
  int64_t workspace_bytes;
  int64_t* dims;            // [dim_count], then a 0 for each counter
  int64_t* extents;         // those of all arguments, one after the other
  int64_t* argument_bytes;  // [argument_count]; tensors only
  int64_t* check_extents;   // [check_count]; index checks only; in loops: those of round 0
  int64_t* offsets;         // [buffer_count] from the start of the workspace; -1: not there
  int64_t* lengths;         // [argument_count] the same, for lengths that may be given as offsets
  int64_t* parts;           // [kernel_count] into how many each kernel is cut at most: 1 or `threads`
};

int64_t plan_block_bytes(const kiln_image_function& function);

/// The parts of a workspace before the arena: addresses of all buffers; dims with room for the counters of
/// loops, none if there are no loops.
int64_t table_bytes(const kiln_image_function& function);
int64_t dims_bytes(const kiln_image_function& function);

/// Fills a block of plan_block_bytes. `dims` holds 0 <= value <= greatest_extent for each dim; `scratch` as
/// below. On failure the message says which condition or extent does not hold, and the block is no plan.
kiln_status make_plan(const kiln_image_module& image, int32_t function, const int64_t* dims, int32_t threads,
                      Lifetime* lifetimes, int32_t* order, void* block, Message& message);

/// "predict", or "Classifier.init" for an initialiser, "Classifier.freeze" for what makes panels.
void write_function_name(const kiln_image_module& image, int32_t function, Message& message);

}  // namespace kiln::runtime
