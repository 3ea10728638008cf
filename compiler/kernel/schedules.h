#pragma once

#include "fuse/plan.h"
#include "kernel/evaluation.h"
#include "kernel/machine.h"

namespace kiln::kernel {

/// What a schedule is given: the group to make a kernel of, and where to put it. Each fills `kernel` and says
/// in its explanation what it did.
struct Task {
  const fuse::Plan& plan;
  const fuse::Group& group;
  const Machine& machine;
  KernelContext& context;
  Kernel& kernel;

  const graph::Function& function() const { return plan.function; }
  Builder& builder() const { return context.builder; }
  const graph::Compute& compute(graph::ValueId member) const;
  uint32_t rank(graph::ValueId value) const;
  /// The instructions from here on compute this member.
  void begin(graph::ValueId member) const { builder().set_span(function().node_of(member).span); }
  /// Conditions on the common indices outside of which no member's cells are read by other kernels.
  std::vector<graph::ExprId> bounds() const;
  /// Stores a member's tile where the plan keeps it, if it does.
  void keep(Evaluation& at, graph::ValueId member, Value tile) const;
};

/// Members over the same written points: a tile of points at a time, in vector lanes along one written index,
/// with all members in registers; reductions run inside it. False, and nothing done, if no written index
/// suits the lanes better than a reduced one.
bool schedule_points(const Task& task);

/// One point of the common indices at a time; each member's other indices in loops of their own, with lanes
/// along the index that suits it. What only the group reads stays in a buffer of the worker.
void schedule_rows(const Task& task);

/// One member that writes through data, with gaps or to cells more than once: zero-fills, then visits its
/// points in order.
void schedule_scatter(const Task& task);

/// A sum of products in register tiles over packed or direct operands, with the other members as its
/// epilogue. False if its form does not suit (no index that neighbours in memory can serve the lanes).
bool schedule_contraction(const Task& task);

/// Two products and what lies between them (fuse/stream.h): a block of rows at a time, whose scores lie in
/// memory of the worker.
void schedule_stream(const Task& task);

/// A stable merge sort of the last axis, or the greatest few by repeated insertion.
void schedule_sort(const Task& task);

/// One member, a reduction over what precedes or follows each point of an index: one pass along it.
void schedule_running(const Task& task);

void schedule_copy(const Task& task);

/// One member that changes a part of an older value in its memory: visits the cells that change.
void schedule_update(const Task& task);

}  // namespace kiln::kernel
