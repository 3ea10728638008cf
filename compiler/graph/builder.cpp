#include "base/internal_check.h"
#include "graph/graph.h"
#include "graph/reducer.h"

namespace kiln::graph {

/// A node without results: they are made when its op stands there.
template <typename Kind>
uint32_t Builder::append(Kind op, Origin span) {
  if (span.call == 0) span.call = within_;
  function_.nodes.push_back({Op(std::move(op)), {}, span});
  return static_cast<uint32_t>(function_.nodes.size() - 1);
}

ValueId Builder::add_value(Type type, std::string name) {
  Node& node = function_.nodes.back();
  const ValueId id{static_cast<uint32_t>(function_.values.size())};
  Value value;
  value.type = std::move(type);
  value.node = static_cast<uint32_t>(function_.nodes.size() - 1);
  value.result = static_cast<uint32_t>(node.results.size());
  value.name = std::move(name);
  function_.values.push_back(std::move(value));
  node.results.push_back(id);
  return id;
}

ValueId Builder::input(std::string name, Type type) {
  append(Input{name}, {});
  const ValueId id = add_value(std::move(type), std::move(name));
  function_.inputs.push_back(id);
  return id;
}

ValueId Builder::constant(Type type, std::vector<std::byte> data, std::string name) {
  append(Constant{std::move(data)}, {});
  return add_value(std::move(type), std::move(name));
}

ValueId Builder::compute(Compute compute, std::vector<dim::Dim> shape, std::string name, Origin span) {
  internal_check(compute.write.size() == shape.size(), "a compute's write map must have the result's rank");
  const ElementType element = reduced_type(compute.reducer, expressions()[compute.body].type);
  append(std::move(compute), span);
  return add_value({element, std::move(shape)}, std::move(name));
}

ValueId Builder::stop_gradient(ValueId operand) {
  Type type = function_.type_of(operand);
  std::string name = function_[operand].name;
  std::optional<ElementRange> range = function_[operand].range;
  append(StopGradient{operand}, {});
  const ValueId id = add_value(std::move(type), std::move(name));
  function_.values[id.number].range = std::move(range);
  return id;
}

std::pair<ValueId, ValueId> Builder::sort(Sort sort, std::string name, Origin span) {
  Type type = function_.type_of(sort.operand);
  internal_check(!type.shape.empty(), "sort needs an axis");
  const ElementRange places{0, type.shape.back()};
  if (sort.count) type.shape.back() = *sort.count;
  append(std::move(sort), span);
  const Type place_type{ElementType::i32, type.shape};
  const ValueId values = add_value(std::move(type), name);
  const ValueId where = add_value(place_type, name.empty() ? "" : name + "_places");
  function_.values[where.number].range = places;
  return {values, where};
}

std::vector<ValueId> Builder::derivative(Derivative derivative, Origin span) {
  const std::shared_ptr<const Function> body = derivative.body;
  const Derivative::Mode mode = derivative.mode;
  const uint32_t wrt_count = derivative.wrt_count;
  const std::vector<uint32_t> seeded = derivative.seeded;
  append(std::move(derivative), span);
  std::vector<ValueId> results;
  for (ValueId output : body->outputs) results.push_back(add_value(body->type_of(output), ""));
  if (mode == Derivative::Mode::reverse) {
    for (uint32_t i = 0; i < wrt_count; ++i) results.push_back(add_value(body->type_of(body->inputs[i]), ""));
  } else {
    for (uint32_t position : seeded) results.push_back(add_value(body->type_of(body->outputs[position]), ""));
  }
  return results;
}

std::vector<ValueId> Builder::ruled_call(RuledCall call, Origin span) {
  const std::shared_ptr<const Function> body = call.body;
  append(std::move(call), span);
  std::vector<ValueId> results;
  for (ValueId output : body->outputs) results.push_back(add_value(body->type_of(output), ""));
  return results;
}

std::vector<ValueId> Builder::ruled_tangent(RuledTangent tangent, const std::vector<Type>& types,
                                            Origin span) {
  append(std::move(tangent), span);
  std::vector<ValueId> results;
  for (const Type& type : types) results.push_back(add_value(type, ""));
  return results;
}

std::vector<ValueId> Builder::loop(Loop loop, Origin span) {
  const Loop made = loop;  // a few words; the body is shared
  const Function& body = *made.body;
  append(std::move(loop), span);
  std::vector<ValueId> results;
  const auto add = [&](size_t output, Type type) {
    results.push_back(add_value(std::move(type), body.output_names[output]));
  };
  for (size_t k = 0; k < made.carried_count; ++k) add(k, body.type_of(body.outputs[k]));
  for (size_t k = made.first_stacked(); k < body.outputs.size(); ++k) {
    internal_check(made.limit.has_value(), "a loop without a limit stacks nothing");
    Type type = body.type_of(body.outputs[k]);
    type.shape.insert(type.shape.begin(), *made.limit);
    add(k, std::move(type));
  }
  if (made.counts_rounds()) results.push_back(add_value({ElementType::i64, {}}, made.counter + "_rounds"));
  return results;
}

void Builder::check(Check check, Origin span) { append(std::move(check), span); }

void Builder::print(Print print, Origin span) { append(std::move(print), span); }

ValueId Builder::scalar(ExprId body, std::string name, Origin span) {
  Compute compute;
  compute.body = body;
  return this->compute(std::move(compute), {}, std::move(name), span);
}

ValueId Builder::map(const std::vector<dim::Dim>& shape, ExprId body, std::string name, Origin span) {
  Compute compute;
  for (uint32_t axis = 0; axis < shape.size(); ++axis) {
    compute.domain.push_back({shape[axis], ""});
    compute.write.push_back(expressions().index(axis));
  }
  compute.body = body;
  return this->compute(std::move(compute), shape, std::move(name), span);
}

void Builder::output(ValueId value, std::string name) {
  function_.outputs.push_back(value);
  function_.output_names.push_back(std::move(name));
}

}  // namespace kiln::graph
