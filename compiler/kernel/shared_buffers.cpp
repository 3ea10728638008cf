#include <algorithm>

#include "base/internal_check.h"
#include "kernel/kernel.h"

namespace kiln::kernel {

std::vector<Buffer> shared_buffers(const std::vector<const Program*>& programs) {
  std::vector<Buffer> shared;
  for (const Program* program : programs)
    for (size_t i = 0; i < program->buffers.size(); ++i) {
      Buffer buffer = program->buffers[i];
      if (buffer.scope == Scope::stage) break;
      if (buffer.scope == Scope::worker) {
        buffer.count = buffer.bytes();
        buffer.element = ElementType::u8;
      }
      if (i == shared.size()) {
        shared.push_back(std::move(buffer));
        continue;
      }
      Buffer& common = shared[i];
      internal_check(common.scope == buffer.scope && common.argument == buffer.argument,
                     "programs of one function with different buffers");
      if (buffer.scope != Scope::worker) continue;
      if (!(common.count == buffer.count)) common.count = max(common.count, buffer.count);
      common.first_kernel = std::min(common.first_kernel, buffer.first_kernel);
      common.last_kernel = std::max(common.last_kernel, buffer.last_kernel);
    }
  return shared;
}

std::vector<const ProgramLoop*> loops_around(const Program& program, uint32_t kernel) {
  std::vector<const ProgramLoop*> around;
  for (const ProgramLoop& loop : program.loops)
    if (loop.first_kernel <= kernel && kernel <= loop.last_kernel) around.push_back(&loop);
  return around;
}

}  // namespace kiln::kernel
