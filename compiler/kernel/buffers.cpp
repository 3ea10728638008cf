#include "kernel/buffers.h"

#include "base/internal_check.h"
#include "fuse/shape.h"

namespace kiln::kernel {

using fuse::Place;

std::vector<dim::Dim> row_major(const std::vector<dim::Dim>& shape) {
  std::vector<dim::Dim> strides(shape.size(), dim::Dim(1));
  for (size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

Buffers::Buffers(Program& program, const fuse::Plan& plan) : program_(program), plan_(plan) {
  const graph::Function& function = plan.function;
  for (uint32_t number = 0; number < plan.bindings.argument_count; ++number) {
    Buffer buffer;
    buffer.name = "argument" + std::to_string(number);
    buffer.argument = number;
    buffer.element = ElementType::u8;
    program.buffers.push_back(buffer);  // one that is not bound stays empty
  }
  const auto bind = [&](uint32_t number, graph::ValueId value, const std::string& name) {
    Buffer& buffer = program.buffers.at(number);
    buffer.name = name;
    buffer.element = function.type_of(value).element;
    buffer.count = fuse::volume(function.type_of(value).shape);
  };
  for (size_t i = 0; i < function.outputs.size(); ++i)
    bind(plan.bindings.outputs[i], function.outputs[i], function.output_names[i]);
  for (size_t i = 0; i < function.inputs.size(); ++i)
    bind(plan.bindings.inputs[i], function.inputs[i], function[function.inputs[i]].name);
  for (const graph::Node& node : function.nodes) {
    const auto* constant = std::get_if<graph::Constant>(&node.op);
    if (!constant) continue;
    const graph::Type& type = function.type_of(node.results[0]);
    constants_[node.results[0].number] = static_cast<uint32_t>(program.buffers.size());
    Buffer buffer;
    buffer.name = function[node.results[0]].name;
    buffer.scope = Scope::constant;
    buffer.element = type.element;
    buffer.count = fuse::volume(type.shape);
    buffer.data = constant->data;
    program.buffers.push_back(std::move(buffer));
  }
  first_arena_ = static_cast<uint32_t>(program.buffers.size());
  for (const fuse::Arena& arena : plan.arenas) {
    Buffer buffer;
    buffer.name = arena.name;
    buffer.scope = Scope::arena;
    buffer.element = arena.element;
    buffer.count = arena.count;
    buffer.first_kernel = arena.first_group;
    buffer.last_kernel = arena.last_group;
    program.buffers.push_back(std::move(buffer));
  }
}

BufferId Buffers::of(const Place& place) const {
  switch (place.kind) {
    case Place::Kind::argument: return {place.number};
    case Place::Kind::constant: return {constants_.at(place.number)};
    case Place::Kind::arena: return {first_arena_ + place.number};
    case Place::Kind::none: break;
  }
  internal_error("a value without memory is taken from memory");
}

std::optional<Location> Buffers::location(graph::ValueId value) const {
  const Place& place = plan_.places[value.number];
  if (place.kind == Place::Kind::none) return std::nullopt;
  return Location{of(place), row_major(plan_.function.type_of(value).shape)};
}

BufferId Buffers::worker(const std::string& name, ElementType element, const dim::Dim& count,
                         uint32_t kernel) {
  Buffer buffer;
  buffer.name = name;
  buffer.scope = Scope::worker;
  buffer.element = element;
  buffer.count = count;
  buffer.first_kernel = buffer.last_kernel = kernel;
  program_.buffers.push_back(std::move(buffer));
  return {static_cast<uint32_t>(program_.buffers.size() - 1)};
}

void Buffers::enlarge(BufferId buffer, int64_t count) {
  dim::Dim& size = program_.buffers[buffer.number].count;
  if (size.constant().value_or(count) < count) size = count;
}

}  // namespace kiln::kernel
