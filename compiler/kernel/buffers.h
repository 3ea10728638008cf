#pragma once

#include <map>

#include "fuse/plan.h"
#include "kernel/kernel.h"

namespace kiln::kernel {

/// Where the elements of a value lie for the kernel at work: buffer, and the distance of neighbours along
/// each axis. Axes that the kernel holds fixed (a buffer for one row) have the distance 0.
struct Location {
  BufferId buffer;
  std::vector<dim::Dim> strides;
};

std::vector<dim::Dim> row_major(const std::vector<dim::Dim>& shape);

/// The buffers of a program while it is made.
class Buffers {
 public:
  /// Adds the argument, constant and arena buffers of the plan.
  Buffers(Program& program, const fuse::Plan& plan);

  /// The memory of a value that the plan has placed.
  std::optional<Location> location(graph::ValueId value) const;
  BufferId of(const fuse::Place& place) const;
  /// New memory of each worker for kernel number `kernel`.
  BufferId worker(const std::string& name, ElementType element, const dim::Dim& count, uint32_t kernel);
  /// Makes memory of a worker at least this large; its size must be a number.
  void enlarge(BufferId buffer, int64_t count);

 private:
  Program& program_;
  const fuse::Plan& plan_;
  std::map<uint32_t, uint32_t> constants_;  // value -> buffer
  uint32_t first_arena_ = 0;
};

}  // namespace kiln::kernel
