#include "small_runs.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <type_traits>

#include "base/scalar.h"
#include "graph/derive_dims.h"

namespace kiln::fuzz {
namespace {

/// The number of points, or nothing where it is unknown or above the limit.
std::optional<int64_t> count_points(const std::vector<dim::Dim>& extents,
                                    const std::map<std::string, int64_t>& dims) {
  int64_t count = 1;
  bool is_empty = false;
  for (const dim::Dim& extent : extents) {
    const auto value = extent.evaluate(dims);
    if (!value || *value < 0 || *value > most_steps) return std::nullopt;
    if (*value == 0) is_empty = true;
    count *= std::max<int64_t>(*value, 1);
    if (count > most_steps) return std::nullopt;
  }
  return is_empty ? 0 : count;
}

constexpr int64_t most_rounds = 200;  // of one loop

struct Cost {
  int64_t steps = 0, bytes = 0;
};

std::optional<Cost> cost_of(const graph::Function& function, const std::map<std::string, int64_t>& dims);

/// Of all rounds; nothing where only data tells how many there are.
std::optional<Cost> cost_of(const graph::Loop& loop, std::map<std::string, int64_t> dims) {
  const auto limit = loop.limit ? loop.limit->evaluate(dims) : std::nullopt;
  if (!limit || *limit > most_rounds) return std::nullopt;
  Cost total;
  for (int64_t round = 0; round < *limit; ++round) {
    dims[loop.counter] = round;
    const auto one = cost_of(*loop.body, dims);
    if (!one) return std::nullopt;
    total.steps += one->steps + 1;
    total.bytes = std::max(total.bytes, one->bytes);
    if (total.steps > most_steps) return std::nullopt;
  }
  return total;
}

/// Of one node, without its results.
template <class Op>
std::optional<Cost> cost_of(const graph::Function& function, const Op& op,
                            const std::map<std::string, int64_t>& dims) {
  if constexpr (std::is_same_v<Op, graph::Compute>) {
    std::vector<dim::Dim> extents;
    for (const graph::Index& index : op.domain) extents.push_back(index.extent);
    const auto points = count_points(extents, dims);
    if (!points) return std::nullopt;
    return Cost{*points * static_cast<int64_t>(std::min<size_t>(function.expressions.size(), 1000) / 4 + 1)};
  } else if constexpr (std::is_same_v<Op, graph::Loop>) {
    return cost_of(op, dims);
  } else if constexpr (std::is_same_v<Op, graph::Derivative>) {
    return std::nullopt;  // the interpreter takes none
  } else {
    return Cost{1};
  }
}

std::optional<Cost> cost_of(const graph::Function& function, const std::map<std::string, int64_t>& dims) {
  Cost total;
  for (const graph::Value& value : function.values) {
    const auto count = count_points(value.type.shape, dims);
    if (!count) return std::nullopt;
    total.bytes += *count * size_of(value.type.element) + 64;
    if (total.bytes > most_bytes) return std::nullopt;
  }
  for (const graph::Node& node : function.nodes) {
    const auto more = std::visit([&](const auto& op) { return cost_of(function, op, dims); }, node.op);
    if (!more) return std::nullopt;
    total.steps += more->steps;
    total.bytes += more->bytes;
    if (total.steps > most_steps || total.bytes > most_bytes) return std::nullopt;
  }
  return total;
}

}  // namespace

bool is_small(const graph::Function& function, const std::map<std::string, int64_t>& dims) {
  return cost_of(function, dims).has_value();
}

uint64_t mixed(uint64_t seed, uint64_t position) {
  uint64_t z = seed + 0x9e3779b97f4a7c15 * (position + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

namespace {

/// The input at this position, or nothing where its dims are not known or too large. Lengths are 0..3.
std::optional<graph::Tensor> small_input(const graph::Function& function, size_t position, bool is_length,
                                         const std::map<std::string, int64_t>& dims, uint64_t seed) {
  const graph::Value& value = function[function.inputs[position]];
  if (!count_points(value.type.shape, dims)) return std::nullopt;
  std::vector<int64_t> extents;
  for (const dim::Dim& extent : value.type.shape) extents.push_back(*extent.evaluate(dims));
  graph::Tensor tensor(value.type.element, std::move(extents));
  int64_t low = is_length ? 0 : -2, high = 4;
  if (value.range && !is_length) {
    low = value.range->low.evaluate(dims).value_or(0);
    high = std::max(value.range->high.evaluate(dims).value_or(1), low + 1);
  }
  if (row_of(value.type.element).kind == ElementKind::unsigned_integer) low = std::max<int64_t>(low, 0);
  for (int64_t i = 0; i < tensor.count(); ++i) {
    const uint64_t bits = mixed(seed, 1000 * (position + 1) + static_cast<uint64_t>(i));
    if (value.type.element == ElementType::boolean)
      tensor.set(i, Scalar::of_integer(static_cast<int64_t>(bits & 1)));
    else if (is_float(value.type.element))
      tensor.set(i, convert(Scalar::of_real(static_cast<double>(bits % 33) / 8 - 2), ElementType::f64,
                            value.type.element));
    else
      tensor.set(
          i, convert(Scalar::of_integer(low + static_cast<int64_t>(bits % static_cast<uint64_t>(high - low))),
                     ElementType::i64, value.type.element));
  }
  return tensor;
}

}  // namespace

std::optional<SmallCall> small_call(const graph::Function& function, uint64_t seed) {
  std::set<std::string> derived;
  std::set<size_t> lengths;
  for (const graph::DerivedDim& one : function.derived) {
    derived.insert(one.dim);
    lengths.insert(one.inputs.begin(), one.inputs.end());
  }
  SmallCall call;
  for (size_t i = 0; i < function.dims.size(); ++i)
    if (!derived.contains(function.dims[i]))
      call.dims.emplace(function.dims[i], static_cast<int64_t>(mixed(seed, i) % 4));
  call.inputs.resize(function.inputs.size());
  for (const bool is_length : {true, false}) {
    for (size_t position = 0; position < function.inputs.size(); ++position) {
      if (lengths.contains(position) != is_length) continue;
      auto made = small_input(function, position, is_length, call.dims, seed);
      if (!made) return std::nullopt;
      call.inputs[position] = std::move(*made);
    }
    if (is_length && graph::derive_dims(function, call.inputs, call.dims)) return std::nullopt;
  }
  for (const dim::Condition& fact : function.facts)
    if (!fact.evaluate(call.dims).value_or(false)) return std::nullopt;
  return call;
}

bool agree(const std::vector<graph::Tensor>& a, const std::vector<graph::Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (size_t k = 0; k < a.size(); ++k) {
    if (a[k].extents != b[k].extents || a[k].element != b[k].element) return false;
    double greatest = 1;
    for (int64_t i = 0; i < a[k].count(); ++i) {
      if (!is_float(a[k].element)) {
        if (a[k].at(i).integer != b[k].at(i).integer) return false;
      } else if (std::isfinite(a[k].at(i).real)) {
        greatest = std::max(greatest, std::fabs(a[k].at(i).real));
      }
    }
    if (!is_float(a[k].element)) continue;
    const double allowed = greatest * (size_of(a[k].element) < 4 ? 0.1 : 1e-2);
    for (int64_t i = 0; i < a[k].count(); ++i) {
      const double x = a[k].at(i).real, y = b[k].at(i).real;
      if (std::isfinite(x) && std::isfinite(y) && std::fabs(x - y) > allowed) return false;
    }
  }
  return true;
}

}  // namespace kiln::fuzz
