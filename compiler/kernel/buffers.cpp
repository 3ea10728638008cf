#include "kernel/buffers.h"

#include <algorithm>

#include "fuse/frozen_panels.h"
#include "fuse/shape.h"

namespace kiln::kernel {

using fuse::Place;

std::vector<dim::Dim> row_major(const std::vector<dim::Dim>& shape) {
  std::vector<dim::Dim> strides(shape.size(), dim::Dim(1));
  for (size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

uint32_t kernel_count(const fuse::Plan& plan) {
  auto count = static_cast<uint32_t>(plan.groups.size() - plan.loops.size());
  for (const fuse::PlannedLoop& loop : plan.loops) count += std::max(1U, kernel_count(*loop.body));
  return count;
}

Buffers::Buffers(Program& program, const fuse::Plan& plan) : Buffers(program, plan, 0) {
  add_arguments();
  add_frozen();
  add_constants();
  add_views();
  add_arenas();
  bind_arguments();
}

Buffers::Buffers(Program& program, const fuse::Plan& plan, uint32_t first_kernel)
    : program_(program), plan_(plan) {
  for (uint32_t group = 0; group < plan.groups.size(); ++group) {
    kernel_of_.push_back(first_kernel);
    if (bodies_.size() < plan.loops.size() && plan.loops[bodies_.size()].group == group) {
      const fuse::Plan& body = *plan.loops[bodies_.size()].body;
      bodies_.push_back(std::unique_ptr<Buffers>(new Buffers(program, body, first_kernel)));
      first_kernel += std::max(1U, kernel_count(body));
    } else {
      ++first_kernel;
    }
  }
  kernel_of_.push_back(first_kernel);
}

void Buffers::add_arguments() {
  const graph::Function& function = plan_.function;
  for (uint32_t number = 0; number < plan_.bindings.argument_count; ++number) {
    Buffer buffer;
    buffer.name = "argument" + std::to_string(number);
    buffer.argument = number;
    buffer.element = ElementType::u8;
    program_.buffers.push_back(buffer);  // one that is not bound stays empty
    arguments_.push_back({number});
  }
  const auto bind = [&](uint32_t number, graph::ValueId value, const std::string& name) {
    Buffer& buffer = program_.buffers.at(number);
    buffer.name = name;
    buffer.element = function.type_of(value).element;
    buffer.count = fuse::volume(function.type_of(value).shape);
  };
  for (size_t i = 0; i < function.outputs.size(); ++i)
    bind(plan_.bindings.outputs[i], function.outputs[i], function.output_names[i]);
  for (size_t i = 0; i < function.inputs.size(); ++i)
    bind(plan_.bindings.inputs[i], function.inputs[i], function[function.inputs[i]].name);
}

/// Behind the arguments, if the plan has panels: for each model whether it is frozen, then the panels.
void Buffers::add_frozen() {
  if (plan_.panels.empty()) return;
  const auto add = [&](std::string name, ElementType element, const dim::Dim& count) {
    Buffer buffer;
    buffer.name = std::move(name);
    buffer.argument = static_cast<uint32_t>(program_.buffers.size());
    buffer.element = element;
    buffer.count = count;
    program_.buffers.push_back(std::move(buffer));
  };
  for (size_t i = 0; i < plan_.bindings.models.size(); ++i)
    add("frozen" + std::to_string(i), ElementType::boolean, 1);
  for (const fuse::FrozenPanels& panels : plan_.panels) {
    const Buffer& leaf = program_.buffers[plan_.bindings.models[panels.model].first + panels.leaf];
    add(leaf.name + "_panels", panels.element, fuse::count_of(panels));
  }
}

BufferId Buffers::is_frozen(uint32_t panels) const {
  return {plan_.bindings.argument_count + plan_.panels[panels].model};
}

BufferId Buffers::panels(uint32_t panels) const {
  return {plan_.bindings.argument_count + static_cast<uint32_t>(plan_.bindings.models.size()) + panels};
}

void Buffers::add_constants() {
  const graph::Function& function = plan_.function;
  for (const graph::Node& node : function.nodes) {
    const auto* constant = std::get_if<graph::Constant>(&node.op);
    if (!constant) continue;
    const graph::Type& type = function.type_of(node.results[0]);
    constants_[node.results[0].number] = static_cast<uint32_t>(program_.buffers.size());
    Buffer buffer;
    buffer.name = function[node.results[0]].name;
    buffer.scope = Scope::constant;
    buffer.element = type.element;
    buffer.count = fuse::volume(type.shape);
    buffer.data = constant->data;
    program_.buffers.push_back(std::move(buffer));
  }
  for (const auto& body : bodies_) body->add_constants();
}

void Buffers::add_views() {
  first_view_ = static_cast<uint32_t>(program_.buffers.size());
  for (const fuse::View& view : plan_.views) {
    Buffer buffer;
    buffer.name = view.name;
    buffer.scope = Scope::view;
    buffer.element = view.element;
    buffer.count = view.count;
    program_.buffers.push_back(std::move(buffer));
  }
  for (const auto& body : bodies_) body->add_views();
}

void Buffers::add_arenas() {
  first_arena_ = static_cast<uint32_t>(program_.buffers.size());
  for (const fuse::Arena& arena : plan_.arenas) {
    Buffer buffer;
    buffer.name = arena.name;
    buffer.scope = Scope::arena;
    buffer.element = arena.element;
    buffer.count = arena.count;
    buffer.first_kernel = kernel_of_[arena.first_group];
    buffer.last_kernel = kernel_of_[arena.last_group + 1] - 1;
    program_.buffers.push_back(std::move(buffer));
  }
  for (const auto& body : bodies_) body->add_arenas();
}

void Buffers::bind_arguments() {
  for (size_t i = 0; i < bodies_.size(); ++i) {
    for (const Place& place : plan_.loops[i].arguments) bodies_[i]->arguments_.push_back(of(place));
    bodies_[i]->bind_arguments();
  }
}

BufferId Buffers::of(const Place& place) const {
  switch (place.kind) {
    case Place::Kind::argument: return arguments_.at(place.number);
    case Place::Kind::constant: return {constants_.at(place.number)};
    case Place::Kind::view: return {first_view_ + place.number};
    case Place::Kind::arena: return {first_arena_ + place.number};
    case Place::Kind::none: break;
  }
  return {};
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
