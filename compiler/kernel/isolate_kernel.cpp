#include "kernel/isolate_kernel.h"

#include <algorithm>

namespace kiln::kernel {
namespace {

/// Calls `visit` with each mention of a buffer, in the order of the instructions.
template <class Visit>
void for_each_buffer(Block& block, const Visit& visit) {
  for (Instruction& instruction : block.instructions)
    std::visit(
        [&](auto& op) {
          using Op = std::decay_t<decltype(op)>;
          if constexpr (std::is_same_v<Op, Load> || std::is_same_v<Op, Store>) {
            visit(op.address.buffer);
          } else if constexpr (std::is_same_v<Op, Contract>) {
            visit(op.a);
            visit(op.b);
          } else if constexpr (std::is_same_v<Op, Prefetch>) {
            visit(op.buffer);
          } else if constexpr (std::is_same_v<Op, Loop>) {
            for_each_buffer(op.body, visit);
          } else if constexpr (std::is_same_v<Op, Branch>) {
            for_each_buffer(op.then_block, visit);
            for_each_buffer(op.else_block, visit);
          }
        },
        instruction.op);
}

}  // namespace

IsolatedKernel isolate_kernel(const Program& program, size_t position) {
  IsolatedKernel isolated;
  Program& own = isolated.program;
  own.dims = program.dims;
  own.facts = program.facts;
  own.kernels.push_back(program.kernels[position]);
  Kernel& kernel = own.kernels.front();
  kernel.name = "kernel";
  kernel.explanation = {};

  std::vector<uint32_t> used;  // by first use, then by scope
  for_each_buffer(kernel.body, [&](BufferId buffer) {
    if (std::find(used.begin(), used.end(), buffer.number) == used.end()) used.push_back(buffer.number);
  });
  std::stable_sort(used.begin(), used.end(), [&](uint32_t a, uint32_t b) {
    return program.buffers[a].scope < program.buffers[b].scope;
  });

  std::vector<uint32_t> given(program.buffers.size());  // the position among those that are not on the stack
  uint32_t next = 0;
  for (size_t i = 0; i < program.buffers.size(); ++i)
    if (program.buffers[i].scope != Scope::stage) given[i] = next++;

  std::vector<uint32_t> number(program.buffers.size());
  for (uint32_t i = 0; i < used.size(); ++i) {
    number[used[i]] = i;
    Buffer buffer = program.buffers[used[i]];
    buffer.name = "b" + std::to_string(i);
    buffer.argument = i;
    buffer.first_kernel = buffer.last_kernel = 0;
    if (buffer.scope != Scope::stage) isolated.buffers.push_back(given[used[i]]);
    own.buffers.push_back(std::move(buffer));
  }
  for_each_buffer(kernel.body, [&](BufferId& buffer) { buffer.number = number[buffer.number]; });
  return isolated;
}

}  // namespace kiln::kernel
