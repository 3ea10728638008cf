#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "graph/interpret.h"

namespace kiln::graph {

struct PointMachine;

/// One step at a point of a compute's domain. Each does its work and names the next one (nothing: the end).
struct PointInstruction {
  using Handler = const PointInstruction* (*)(const PointInstruction*, PointMachine&);
  Handler run = nullptr;
  uint32_t result = 0;                  // register
  uint32_t operands[3] = {};            // registers
  uint32_t address = 0;                 // address slot
  ElementType type = ElementType::f32;  // of the operands
  ElementType converted_to = ElementType::f32;
  ScalarFunction function = ScalarFunction::add;
  Reducer reducer = Reducer::assign;
  const std::byte* data = nullptr;  // of the tensor that is read
  int64_t number = 0;               // stride, extent, jump distance, code or reported index
  std::string text;                 // of a failure
};
using PointCode = std::vector<PointInstruction>;

/// A compute, flattened. `codes[k]` runs whenever the indices 0..k have new values (k = 0: once), so that
/// what depends on the outer indices alone is not repeated; later codes are subroutines, which remember their
/// result for as long as no code runs anew. Registers 0..rank hold the indices.
struct PointProgram {
  std::vector<int64_t> extents;
  std::deque<PointCode> codes;
  std::vector<Scalar> registers;   // at the start: literals and dims
  std::vector<int64_t> addresses;  // flat positions with all indices 0
  struct Step {
    uint32_t address;
    int64_t stride;
  };
  std::vector<std::vector<Step>> steps;  // for each index: which addresses move with it
};

/// The state of a running program.
struct PointMachine {
  const PointProgram* program = nullptr;
  Scalar* registers = nullptr;
  int64_t* addresses = nullptr;
  std::vector<uint64_t> remembered;  // for each code: at which run its result was made
  uint64_t run = 0;
  bool excluded = false;  // a guard does not hold
  std::vector<Scalar> cells;
  std::vector<int64_t> reported;  // argmax, argmin: -1 while no point was seen
  std::vector<bool> written;      // assign
};

void execute(const PointCode& code, PointMachine& machine);

/// The handlers, for the one that makes programs. `offset` variants add register operands[0] to the address.
namespace point_handlers {
PointInstruction::Handler read(ElementType type, bool offset);
PointInstruction::Handler call(ScalarFunction function, ElementType type);
PointInstruction::Handler accumulate(Reducer reducer, ElementType type, bool offset);
PointInstruction::Handler end();
PointInstruction::Handler move();           // result = operands[0]
PointInstruction::Handler jump();           // by `number` instructions from here
PointInstruction::Handler jump_if_false();  // on operands[0]
PointInstruction::Handler jump_if_true();
PointInstruction::Handler exclude_if_false();
PointInstruction::Handler subroutine();     // codes[number], if not remembered
PointInstruction::Handler check_inside();   // 0 <= operands[0] < number, else an internal error
PointInstruction::Handler extend_offset();  // result = operands[0] + operands[1] * number
PointInstruction::Handler fail();
}  // namespace point_handlers

/// Flattens a compute. All indices have a range that is not empty; `tensors` by value number.
PointProgram compile_points(const Function& function, const Compute& compute,
                            const std::map<std::string, int64_t>& dims, const std::vector<int64_t>& extents,
                            const std::vector<int64_t>& result_extents,
                            const std::vector<const Tensor*>& tensors);

}  // namespace kiln::graph
