#include "graph/interpret.h"

#include "graph/derive_dims.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "base/internal_check.h"
#include "graph/print_literal.h"
#include "graph/run_points.h"

namespace kiln::graph {
namespace {

using Failure = std::optional<RuntimeFailure>;

/// In the order of `sort`: NaN stands above all numbers.
bool sorts_before(ElementType type, Scalar a, Scalar b) {
  if (is_float(type) && (std::isnan(a.real) || std::isnan(b.real)))
    return !std::isnan(a.real) && std::isnan(b.real);
  const Scalar operands[2] = {a, b};
  return evaluate(ScalarFunction::less, type, operands).integer != 0;
}

class Interpreter {
 public:
  Interpreter(const Function& function, const std::map<std::string, int64_t>& dims)
      : function_(function), dims_(dims), tensors_(function.values.size()) {}

  std::variant<std::vector<Tensor>, RuntimeFailure> run(const std::vector<Tensor>& inputs) {
    if (Failure failure = check_call(inputs)) return *failure;
    for (size_t i = 0; i < inputs.size(); ++i) tensors_[function_.inputs[i].number] = &inputs[i];
    const std::vector<std::vector<ValueId>> dying = last_uses();
    for (size_t number = 0; number < function_.nodes.size(); ++number) {
      const Node& node = function_.nodes[number];
      Failure failure = std::visit([&](const auto& op) { return run_op(node, op); }, node.op);
      if (failure) return *failure;
      for (ValueId value : dying[number])
        if (made_.erase(value) != 0) tensors_[value.number] = nullptr;
    }
    std::vector<Tensor> outputs;
    for (ValueId output : function_.outputs) outputs.push_back(tensor(output));
    return outputs;
  }

 private:
  /// The dims, the facts and the inputs' types.
  Failure check_call(const std::vector<Tensor>& inputs) const {
    for (const std::string& dim : function_.dims) {
      const auto value = dims_.find(dim);
      if (value == dims_.end()) return RuntimeFailure{fmt::format("the dim {} has no value", dim)};
      if (value->second < 0) return RuntimeFailure{fmt::format("the dim {} is {}", dim, value->second)};
    }
    for (const dim::Condition& fact : function_.facts)
      if (!fact.evaluate(dims_).value_or(false))
        return RuntimeFailure{fmt::format("`{}` does not hold", fact.to_string())};
    for (const Value& value : function_.values)
      for (const dim::Dim& extent : value.type.shape)
        if (extent.evaluate(dims_).value_or(-1) < 0)
          return RuntimeFailure{
              fmt::format("the extent {} of `{}` has no value", extent.to_string(), value.name)};
    if (inputs.size() != function_.inputs.size())
      return RuntimeFailure{fmt::format("{} inputs instead of {}", inputs.size(), function_.inputs.size())};
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Type& type = function_.type_of(function_.inputs[i]);
      const std::string& name = function_[function_.inputs[i]].name;
      if (inputs[i].element != type.element)
        return RuntimeFailure{fmt::format("input `{}` is {} instead of {}", name, name_of(inputs[i].element),
                                          name_of(type.element))};
      if (inputs[i].extents != extents_of(type))
        return RuntimeFailure{fmt::format("input `{}` has the shape [{}] instead of [{}]", name,
                                          fmt::join(inputs[i].extents, ", "),
                                          fmt::join(extents_of(type), ", "))};
      internal_check(static_cast<int64_t>(inputs[i].data.size()) == inputs[i].count() * size_of(type.element),
                     "a tensor has more or less data than its extents say");
    }
    return std::nullopt;
  }

  std::vector<int64_t> extents_of(const Type& type) const {
    std::vector<int64_t> extents;
    for (const dim::Dim& extent : type.shape) extents.push_back(*extent.evaluate(dims_));
    return extents;
  }

  /// For each node, the values that nothing after it needs.
  std::vector<std::vector<ValueId>> last_uses() const {
    std::vector<size_t> last(function_.values.size());
    for (size_t number = 0; number < function_.nodes.size(); ++number) {
      for (ValueId result : function_.nodes[number].results) last[result.number] = number;
      for (ValueId operand : operands_of(function_, function_.nodes[number])) last[operand.number] = number;
    }
    for (ValueId output : function_.outputs) last[output.number] = function_.nodes.size();
    std::vector<std::vector<ValueId>> dying(function_.nodes.size() + 1);
    for (uint32_t number = 0; number < last.size(); ++number) dying[last[number]].push_back({number});
    return dying;
  }

  const Tensor& tensor(ValueId id) const {
    internal_check(tensors_[id.number] != nullptr, "a value is read before it is made");
    return *tensors_[id.number];
  }
  void set(ValueId id, Tensor made) {
    Tensor& kept = made_[id];
    kept = std::move(made);
    tensors_[id.number] = &kept;
  }

  Failure run_op(const Node&, const Input&) { return std::nullopt; }

  Failure run_op(const Node& node, const Constant& op) {
    const Type& type = function_.type_of(node.results[0]);
    Tensor made;
    made.element = type.element;
    made.extents = extents_of(type);
    made.data = op.data;
    set(node.results[0], std::move(made));
    return std::nullopt;
  }

  Failure run_op(const Node& node, const Compute& op) {
    set(node.results[0], run_compute(function_, op, function_.type_of(node.results[0]), dims_, tensors_));
    return std::nullopt;
  }

  Failure run_op(const Node& node, const StopGradient& op) {
    set(node.results[0], tensor(op.operand));
    return std::nullopt;
  }

  Failure run_op(const Node& node, const Sort& op) {
    const Tensor& operand = tensor(op.operand);
    Tensor values(operand.element, extents_of(function_.type_of(node.results[0])));
    Tensor places(ElementType::i32, values.extents);
    const int64_t length = operand.extents.back();
    const int64_t kept = values.extents.back();
    internal_check(kept <= length, "top_k of more elements than there are");
    std::vector<int64_t> order(static_cast<size_t>(length));
    const int64_t rows = kept == 0 ? 0 : values.count() / kept;
    for (int64_t row = 0; row < rows; ++row) {
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
        const Scalar left = operand.at(row * length + a), right = operand.at(row * length + b);
        return op.descending ? sorts_before(operand.element, right, left)
                             : sorts_before(operand.element, left, right);
      });
      for (int64_t i = 0; i < kept; ++i) {
        const int64_t place = order[static_cast<size_t>(i)];
        values.set(row * kept + i, operand.at(row * length + place));
        places.set(row * kept + i, Scalar::of_integer(place));
      }
    }
    set(node.results[0], std::move(values));
    set(node.results[1], std::move(places));
    return std::nullopt;
  }

  Failure run_op(const Node&, const Derivative&) {
    internal_error("a derivative must be expanded before it is interpreted");
  }

  Failure run_op(const Node&, const RuledCall&) {
    internal_error("calls with own derivative rules must be expanded before they are interpreted");
  }
  Failure run_op(const Node&, const RuledTangent&) {
    internal_error("a tangent that waits for its transpose cannot be interpreted");
  }

  Failure run_op(const Node& node, const Loop& op) {
    const int64_t limit = op.limit ? *op.limit->evaluate(dims_) : std::numeric_limits<int64_t>::max();
    const int64_t rounds =
        std::min(limit, op.rounds ? std::max<int64_t>(0, tensor(*op.rounds).at(0).integer) : limit);
    std::vector<Tensor> inputs;
    for (ValueId operand : op.operands) inputs.push_back(tensor(operand));
    std::vector<Tensor> stacks;
    for (size_t k = 0; k < op.stacked_count(); ++k) {
      const Type& type = function_.type_of(node.results[op.carried_count + k]);
      stacks.emplace_back(type.element, extents_of(type));
    }
    std::map<std::string, int64_t> dims = dims_;
    bool go_on = !op.go_on || tensor(*op.go_on).at(0).integer != 0;
    int64_t made = 0;
    for (; made < rounds && go_on; ++made) {
      const int64_t round = op.reversed ? rounds - 1 - made : made;
      dims[op.counter] = round;
      auto results = interpret(*op.body, dims, inputs);
      if (auto* failure = std::get_if<RuntimeFailure>(&results)) return *failure;
      auto& outputs = std::get<std::vector<Tensor>>(results);
      if (op.go_on) go_on = outputs[op.carried_count].at(0).integer != 0;
      for (size_t k = 0; k < stacks.size(); ++k) {
        const std::vector<std::byte>& row = outputs[op.first_stacked() + k].data;
        std::copy(row.begin(), row.end(),
                  stacks[k].data.begin() + round * static_cast<std::ptrdiff_t>(row.size()));
      }
      for (size_t k = 0; k < op.carried_count; ++k) inputs[k] = std::move(outputs[k]);
    }
    for (size_t k = 0; k < op.carried_count; ++k) set(node.results[k], std::move(inputs[k]));
    for (size_t k = 0; k < stacks.size(); ++k) set(node.results[op.carried_count + k], std::move(stacks[k]));
    if (op.counts_rounds()) {
      Tensor count(ElementType::i64, {});
      count.set(0, Scalar::of_integer(made));
      set(node.results.back(), std::move(count));
    }
    return std::nullopt;
  }

  Failure run_op(const Node&, const Check& op) {
    const int64_t subject = tensor(op.subject).at(0).integer;
    const auto failure = [&](const std::string& what) {
      return RuntimeFailure{fmt::format("{}: {}: {}", op.place, function_.name, what)};
    };
    switch (op.kind) {
      case Check::Kind::assertion:
        if (subject == 0) return failure("assertion failed: " + op.message);
        break;
      case Check::Kind::divisor:
        if (subject == 0) return failure("an integer is divided by zero");
        break;
      case Check::Kind::index: {
        const int64_t greatest = tensor(op.greatest).at(0).integer;
        const int64_t extent = op.extent.evaluate(dims_).value_or(0);
        if (subject >= 0 && greatest < extent) break;
        return failure(fmt::format("index {} is outside axis {} of `{}`, which has {} elements",
                                   subject < 0 ? subject : greatest, op.axis, op.tensor, extent));
      }
    }
    return std::nullopt;
  }

  Failure run_op(const Node&, const Print& op) {
    constexpr int64_t most_shown = 1000;
    const Tensor& shown = tensor(op.operand);
    std::string elements;
    for (int64_t i = 0; i < std::min(shown.count(), most_shown); ++i)
      elements += (i == 0 ? "" : ", ") + print_scalar(shown.element, shown.at(i));
    if (shown.count() > most_shown) elements += ", …";
    fmt::print("{}: {}[{}] = [{}]\n", op.text, name_of(shown.element), fmt::join(shown.extents, ", "),
               elements);
    return std::nullopt;
  }

  const Function& function_;
  const std::map<std::string, int64_t>& dims_;
  std::vector<const Tensor*> tensors_;  // by value number; inputs, and what is in made_
  std::map<ValueId, Tensor> made_;
};

}  // namespace

Tensor::Tensor(ElementType element_type, std::vector<int64_t> tensor_extents)
    : element(element_type), extents(std::move(tensor_extents)) {
  data.resize(static_cast<size_t>(count() * size_of(element)));
}

int64_t Tensor::count() const {
  int64_t count = 1;
  for (int64_t extent : extents) count *= extent;
  return count;
}

std::variant<std::vector<Tensor>, RuntimeFailure> interpret(const Function& function,
                                                            const std::map<std::string, int64_t>& dims,
                                                            const std::vector<Tensor>& inputs) {
  if (function.derived.empty()) return Interpreter(function, dims).run(inputs);
  std::map<std::string, int64_t> all = dims;
  if (auto failure = derive_dims(function, inputs, all)) return *failure;
  return Interpreter(function, all).run(inputs);
}

}  // namespace kiln::graph
