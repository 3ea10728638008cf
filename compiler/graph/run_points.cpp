#include "graph/run_points.h"

#include <algorithm>

#include "base/internal_check.h"
#include "graph/reducer.h"

namespace kiln::graph {
namespace {

/// The extents as numbers; the caller of `interpret` was told if one has no value.
std::vector<int64_t> numbers(const std::vector<dim::Dim>& dims,
                             const std::map<std::string, int64_t>& values) {
  std::vector<int64_t> result;
  for (const dim::Dim& dim : dims) {
    const std::optional<int64_t> value = dim.evaluate(values);
    internal_check(value && *value >= 0, "an extent has no value: " + dim.to_string());
    result.push_back(*value);
  }
  return result;
}

void run_from(const PointProgram& program, size_t level, PointMachine& machine) {
  ++machine.run;
  machine.excluded = false;
  execute(program.codes[level], machine);
  if (machine.excluded || level == program.extents.size()) return;
  const int64_t extent = program.extents[level];
  for (int64_t index = 0; index < extent; ++index) {
    machine.registers[level].integer = index;
    run_from(program, level + 1, machine);
    for (const PointProgram::Step& step : program.steps[level])
      machine.addresses[step.address] += step.stride;
  }
  for (const PointProgram::Step& step : program.steps[level])
    machine.addresses[step.address] -= step.stride * extent;
}

}  // namespace

Tensor run_compute(const Function& function, const Compute& compute, const Type& type,
                   const std::map<std::string, int64_t>& dims, const std::vector<const Tensor*>& tensors) {
  Tensor result(type.element, numbers(type.shape, dims));
  const auto count = static_cast<size_t>(result.count());
  const ElementType body = function.expressions[compute.body].type;
  const bool reports = row_of(compute.reducer).reports_index;
  PointMachine machine;
  machine.cells.assign(count, neutral_element(compute.reducer, body));
  if (reports) machine.reported.assign(count, -1);
  if (compute.reducer == Reducer::assign) machine.written.assign(count, false);

  std::vector<dim::Dim> domain;
  for (const Index& index : compute.domain) domain.push_back(index.extent);
  const std::vector<int64_t> extents = numbers(domain, dims);
  if (std::find(extents.begin(), extents.end(), 0) == extents.end()) {
    const PointProgram program = compile_points(function, compute, dims, extents, result.extents, tensors);
    std::vector<Scalar> registers = program.registers;
    std::vector<int64_t> addresses = program.addresses;
    machine.program = &program;
    machine.registers = registers.data();
    machine.addresses = addresses.data();
    machine.remembered.assign(program.codes.size(), 0);
    run_from(program, 0, machine);
  }
  for (size_t cell = 0; cell < count; ++cell)
    result.set(static_cast<int64_t>(cell),
               reports ? Scalar::of_integer(machine.reported[cell]) : machine.cells[cell]);
  return result;
}

}  // namespace kiln::graph
