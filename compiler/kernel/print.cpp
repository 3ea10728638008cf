#include "kernel/print.h"

#include <fmt/format.h>

namespace kiln::kernel {
namespace {

class Printer {
 public:
  Printer(const Program& program, const Kernel& kernel) : program_(program), kernel_(kernel) {}

  std::string run() {
    const Explanation& about = kernel_.explanation;
    text_ += fmt::format("kernel {}{} {{\n", kernel_.name, kernel_.serial ? " serial" : "");
    if (!about.schedule.empty()) text_ += "  // " + about.schedule + "\n";
    block(kernel_.body, 1);
    return text_ + "}\n";
  }

 private:
  std::string name(Value value) const { return fmt::format("%{}", value.number); }
  std::string names(const std::vector<Value>& values) const {
    std::string text;
    for (const Value value : values) text += (text.empty() ? "" : ", ") + name(value);
    return text;
  }
  std::string type(Value value) const {
    const TileType& type = kernel_.type_of(value);
    if (type.is_scalar()) return std::string(name_of(type.element));
    return fmt::format("{}[{}x{}]", name_of(type.element), type.rows, type.lanes);
  }
  std::string buffer(BufferId id) const {
    return fmt::format("@{}.{}", id.number, program_.buffers[id.number].name);
  }
  std::string mask(Value value) const { return value.valid() ? " mask " + name(value) : ""; }
  std::string address(const Address& address) const {
    return fmt::format("{}[{} + row*({}) + lane*({})]", buffer(address.buffer), name(address.offset),
                       address.row_stride.to_string(), address.lane_stride.to_string());
  }
  std::string literal(const Constant& constant, Value result) const {
    const ElementType element = kernel_.type_of(result).element;
    if (is_float(element)) return fmt::format("{}", constant.value.real);
    return std::to_string(constant.value.integer);
  }

  void block(const Block& block, int depth) {
    for (const Instruction& instruction : block.instructions) {
      text_.append(static_cast<size_t>(depth) * 2, ' ');
      if (!instruction.results.empty()) {
        text_ += names(instruction.results) + ": " + type(instruction.results[0]) + " = ";
      }
      std::visit([&](const auto& op) { print(op, instruction, depth); }, instruction.op);
      text_ += "\n";
    }
  }

  void print(const Constant& op, const Instruction& at, int) { text_ += literal(op, at.results[0]); }
  void print(const DimValue& op, const Instruction&, int) { text_ += "dim " + op.dim.to_string(); }
  void print(const LaneNumbers&, const Instruction&, int) { text_ += "lane_numbers"; }
  void print(const LaneMask& op, const Instruction&, int) { text_ += "lane_mask " + name(op.count); }
  void print(const Splat& op, const Instruction&, int) { text_ += "splat " + name(op.operand); }
  void print(const Map& op, const Instruction&, int) {
    text_ += std::string(name_of(op.function)) + " " + names(op.operands);
  }
  void print(const Load& op, const Instruction&, int) {
    text_ += "load " + address(op.address) + mask(op.mask);
  }
  void print(const Store& op, const Instruction&, int) {
    text_ += fmt::format("store {} = {}: {}{}{}", address(op.address), name(op.value), type(op.value),
                         mask(op.mask), op.streaming ? " streaming" : "");
  }
  void print(const ReduceLanes& op, const Instruction&, int) {
    text_ += fmt::format("reduce_lanes {} {}", name_of(op.function), name(op.operand));
  }
  void print(const ReduceRows& op, const Instruction&, int) {
    text_ += fmt::format("reduce_rows {} {}", name_of(op.function), name(op.operand));
  }
  void print(const Transpose& op, const Instruction&, int) { text_ += "transpose " + name(op.operand); }
  void print(const Contract& op, const Instruction&, int) {
    text_ += fmt::format("contract {} + {}[{} + row*({}) + step*({})] * {}[{} + step*({}) + lane]{} depth {}",
                         name(op.accumulator), buffer(op.a), name(op.a_offset), op.a_row_stride.to_string(),
                         op.a_step_stride.to_string(), buffer(op.b), name(op.b_offset),
                         op.b_step_stride.to_string(), mask(op.mask), op.depth);
  }
  void print(const Prefetch& op, const Instruction&, int) {
    text_ += fmt::format("prefetch {}[{}] level {}", buffer(op.buffer), name(op.offset), op.level);
  }
  void print(const Loop& op, const Instruction&, int depth) {
    text_ += fmt::format("{} {} = {}..{} step {}", op.kind == LoopKind::grid ? "grid" : "loop",
                         name(op.index), name(op.low), name(op.high), op.step);
    if (op.unroll) text_ += fmt::format(" unroll {}", op.unroll);
    for (size_t i = 0; i < op.carried.size(); ++i)
      text_ += fmt::format("{} {} = {}", i ? "," : " carry", name(op.carried[i]), name(op.initial[i]));
    text_ += " {\n";
    block(op.body, depth + 1);
    text_.append(static_cast<size_t>(depth) * 2, ' ');
    text_ += op.yielded.empty() ? "}" : fmt::format("}} yield {}", names(op.yielded));
  }
  void print(const Branch& op, const Instruction&, int depth) {
    text_ += fmt::format("if {} {{\n", name(op.condition));
    block(op.then_block, depth + 1);
    text_.append(static_cast<size_t>(depth) * 2, ' ');
    text_ += "}";
    if (op.else_block.instructions.empty()) return;
    text_ += " else {\n";
    block(op.else_block, depth + 1);
    text_.append(static_cast<size_t>(depth) * 2, ' ');
    text_ += "}";
  }

  const Program& program_;
  const Kernel& kernel_;
  std::string text_;
};

std::string_view scope_name(Scope scope) {
  constexpr std::string_view names[] = {"argument", "constant", "view", "arena", "worker", "stage"};
  return names[static_cast<size_t>(scope)];
}

std::string loop_text(const ProgramLoop& loop) {
  std::string text =
      fmt::format("  loop {}: kernels {}..{}", loop.counter, loop.first_kernel, loop.last_kernel);
  if (loop.limit) text += " below " + loop.limit->to_string();
  if (loop.reversed) text += " reversed";
  if (loop.rounds.valid()) text += fmt::format(" rounds @{}", loop.rounds.number);
  if (loop.go_on.valid())
    text += fmt::format(" while @{} then @{}", loop.go_on.number, loop.next_go_on.number);
  if (loop.made.valid()) text += fmt::format(" made @{}", loop.made.number);
  for (const ProgramLoop::Carried& carried : loop.carried)
    text +=
        fmt::format("\n    @{} = @{}, next @{} of @{}, @{}", carried.current.number, carried.initial.number,
                    carried.next.number, carried.memory[0].number, carried.memory[1].number);
  for (const ProgramLoop::Row& row : loop.rows)
    text += fmt::format("\n    @{} = @{} + {} * ({})", row.row.number, row.stack.number, loop.counter,
                        row.count.to_string());
  return text + "\n";
}

}  // namespace

std::string print(const Program& program, const Kernel& kernel) { return Printer(program, kernel).run(); }

std::string print(const Program& program) {
  std::string text = "program " + program.name + "(";
  for (const std::string& dim : program.dims) text += (text.back() == '(' ? "" : ", ") + dim;
  text += ") {\n";
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer& buffer = program.buffers[i];
    text += fmt::format("  {} @{}.{}: {}[{}]", scope_name(buffer.scope), i, buffer.name,
                        name_of(buffer.element), buffer.count.to_string());
    if (buffer.scope >= Scope::arena)
      text += fmt::format(" kernels {}..{}", buffer.first_kernel, buffer.last_kernel);
    text += "\n";
  }
  for (const ProgramLoop& loop : program.loops) text += loop_text(loop);
  for (const Check& check : program.checks)
    text +=
        fmt::format("  check after {}: @{} {}\n", check.after_kernel, check.subject.number, check.message);
  text += "}\n";
  for (const Kernel& kernel : program.kernels) text += print(program, kernel);
  return text;
}

}  // namespace kiln::kernel
