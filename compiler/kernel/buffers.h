#pragma once

#include <map>
#include <memory>

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

/// How many kernels a plan becomes: one for each group, those of its body for a loop (one that does nothing
/// for an empty body).
uint32_t kernel_count(const fuse::Plan& plan);

/// The buffers of a program while it is made, as one plan sees them: that of the function, or that of the
/// body of a loop.
class Buffers {
 public:
  /// Adds the argument, constant, view and arena buffers of the plan and of all loops in it.
  Buffers(Program& program, const fuse::Plan& plan);

  /// The same for the body of loop number `loop` of the plan.
  Buffers& inside(size_t loop) { return *bodies_[loop]; }

  /// The memory of a value that the plan has placed.
  std::optional<Location> location(graph::ValueId value) const;
  BufferId of(const fuse::Place& place) const;  // not valid: of no place
  /// Number `panels` of the plan's, and a bool: whether its model is frozen. Else the panels are not there.
  BufferId panels(uint32_t panels) const;
  BufferId is_frozen(uint32_t panels) const;
  /// New memory of each worker for kernel number `kernel`.
  BufferId worker(const std::string& name, ElementType element, const dim::Dim& count, uint32_t kernel);
  /// Makes memory of a worker at least this large; its size must be a number.
  void enlarge(BufferId buffer, int64_t count);

 private:
  Buffers(Program& program, const fuse::Plan& plan, uint32_t first_kernel);
  void add_arguments();
  void add_frozen();
  void add_constants();
  void add_views();
  void add_arenas();
  void bind_arguments();

  Program& program_;
  const fuse::Plan& plan_;
  std::vector<uint32_t> kernel_of_;  // for each group its first kernel, then the end
  std::vector<BufferId> arguments_;
  std::map<uint32_t, uint32_t> constants_;  // value -> buffer
  uint32_t first_view_ = 0;
  uint32_t first_arena_ = 0;
  std::vector<std::unique_ptr<Buffers>> bodies_;
};

}  // namespace kiln::kernel
