#include "kernel/isolate_kernel.h"

#include <algorithm>
#include <map>

#include "base/internal_check.h"

namespace kiln::kernel {
namespace {

/// Calls `on_buffer` with each mention of a buffer and `on_dim` with each dim expression, in the order of the
/// instructions.
template <class OnBuffer, class OnDim>
void for_each_mention(Block& block, const OnBuffer& on_buffer, const OnDim& on_dim) {
  const auto on_address = [&](Address& address) {
    on_buffer(address.buffer);
    on_dim(address.row_stride);
    on_dim(address.lane_stride);
  };
  for (Instruction& instruction : block.instructions)
    std::visit(
        [&](auto& op) {
          using Op = std::decay_t<decltype(op)>;
          if constexpr (std::is_same_v<Op, DimValue>) {
            on_dim(op.dim);
          } else if constexpr (std::is_same_v<Op, Load> || std::is_same_v<Op, Store>) {
            on_address(op.address);
          } else if constexpr (std::is_same_v<Op, Contract>) {
            on_buffer(op.a);
            on_buffer(op.b);
            for (dim::Dim* stride : {&op.a_row_stride, &op.a_step_stride, &op.b_step_stride}) on_dim(*stride);
          } else if constexpr (std::is_same_v<Op, Prefetch>) {
            on_buffer(op.buffer);
          } else if constexpr (std::is_same_v<Op, Loop>) {
            for_each_mention(op.body, on_buffer, on_dim);
          } else if constexpr (std::is_same_v<Op, Branch>) {
            for_each_mention(op.then_block, on_buffer, on_dim);
            for_each_mention(op.else_block, on_buffer, on_dim);
          }
        },
        instruction.op);
}

/// Code does not see where memory that it is given lies, or how long it is.
bool is_given_whole(Scope scope) { return scope != Scope::worker && scope != Scope::stage; }

/// The buffers that the block names, by first use within what the code tells apart.
std::vector<uint32_t> buffers_of(Block& block, const Program& program) {
  std::vector<uint32_t> used;
  for_each_mention(
      block,
      [&](BufferId buffer) {
        if (std::find(used.begin(), used.end(), buffer.number) == used.end()) used.push_back(buffer.number);
      },
      [](const dim::Dim&) {});
  const auto rank = [&](uint32_t buffer) {
    const Scope scope = program.buffers[buffer].scope;
    return is_given_whole(scope) ? Scope::argument : scope;
  };
  std::stable_sort(used.begin(), used.end(), [&](uint32_t a, uint32_t b) { return rank(a) < rank(b); });
  return used;
}

/// Renames the dims of the expressions by first use, and keeps where each came from.
class DimNumbering {
 public:
  DimNumbering(const Program& program, IsolatedKernel& isolated) : program_(program), isolated_(isolated) {}

  void rename(dim::Dim& dim) {
    if (dim.constant()) return;
    for (const std::string& symbol : dim.symbols()) add(symbol);
    dim = dim.substitute(names_);
  }

 private:
  void add(const std::string& symbol) {
    if (names_.contains(symbol)) return;
    const auto found = std::find(program_.dims.begin(), program_.dims.end(), symbol);
    internal_check(found != program_.dims.end(), "a kernel names a dim of its program: " + symbol);
    isolated_.dims.push_back(static_cast<uint32_t>(found - program_.dims.begin()));
    const std::string name = "d" + std::to_string(names_.size());
    isolated_.program.dims.push_back(name);
    names_.emplace(symbol, dim::Dim::symbol(name));
  }

  const Program& program_;
  IsolatedKernel& isolated_;
  std::map<std::string, dim::Dim> names_;
};

}  // namespace

IsolatedKernel isolate_kernel(const Program& program, size_t position) {
  IsolatedKernel isolated;
  Program& own = isolated.program;
  own.kernels.push_back(program.kernels[position]);
  Kernel& kernel = own.kernels.front();
  kernel.name = "kernel";
  kernel.explanation = {};
  kernel.points.reset();

  std::vector<uint32_t> given(program.buffers.size());  // the position among those that are not on the stack
  uint32_t next = 0;
  for (size_t i = 0; i < program.buffers.size(); ++i)
    if (program.buffers[i].scope != Scope::stage) given[i] = next++;

  DimNumbering dims(program, isolated);
  const std::vector<uint32_t> used = buffers_of(kernel.body, program);
  std::vector<uint32_t> number(program.buffers.size());
  for (uint32_t i = 0; i < used.size(); ++i) {
    const Buffer& original = program.buffers[used[i]];
    number[used[i]] = i;
    if (original.scope != Scope::stage) isolated.buffers.push_back(given[used[i]]);
    Buffer buffer;
    buffer.name = "b" + std::to_string(i);
    buffer.element = original.element;
    buffer.argument = i;
    if (!is_given_whole(original.scope)) {
      buffer.scope = original.scope;
      buffer.count = original.count;
      dims.rename(buffer.count);
    }
    own.buffers.push_back(std::move(buffer));
  }
  for_each_mention(
      kernel.body, [&](BufferId& buffer) { buffer.number = number[buffer.number]; },
      [&](dim::Dim& dim) { dims.rename(dim); });
  return isolated;
}

}  // namespace kiln::kernel
