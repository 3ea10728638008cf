#include "small_runs.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <type_traits>

#include "base/scalar.h"

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

/// Steps of one node; nothing for what may run for long.
template <class Op>
std::optional<int64_t> steps_of(const graph::Function& function, const Op& op,
                                const std::map<std::string, int64_t>& dims) {
  if constexpr (std::is_same_v<Op, graph::Compute>) {
    std::vector<dim::Dim> extents;
    for (const graph::Index& index : op.domain) extents.push_back(index.extent);
    const auto points = count_points(extents, dims);
    if (!points) return std::nullopt;
    return *points * static_cast<int64_t>(std::min<size_t>(function.expressions.size(), 1000) / 4 + 1);
  } else if constexpr (std::is_same_v<Op, graph::Input> || std::is_same_v<Op, graph::Constant> ||
                       std::is_same_v<Op, graph::StopGradient> || std::is_same_v<Op, graph::Sort> ||
                       std::is_same_v<Op, graph::Check> || std::is_same_v<Op, graph::Print>) {
    return 1;
  } else {
    return std::nullopt;
  }
}

}  // namespace

bool is_small(const graph::Function& function, const std::map<std::string, int64_t>& dims) {
  int64_t bytes = 0, steps = 0;
  for (const graph::Value& value : function.values) {
    const auto count = count_points(value.type.shape, dims);
    if (!count) return false;
    bytes += *count * size_of(value.type.element) + 64;
    if (bytes > most_bytes) return false;
  }
  for (const graph::Node& node : function.nodes) {
    const auto more = std::visit([&](const auto& op) { return steps_of(function, op, dims); }, node.op);
    if (!more) return false;
    steps += *more;
    if (steps > most_steps) return false;
  }
  return true;
}

uint64_t mixed(uint64_t seed, uint64_t position) {
  uint64_t z = seed + 0x9e3779b97f4a7c15 * (position + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::map<std::string, int64_t> small_dims(const graph::Function& function, uint64_t seed) {
  std::map<std::string, int64_t> dims;
  for (size_t i = 0; i < function.dims.size(); ++i)
    dims.emplace(function.dims[i], static_cast<int64_t>(mixed(seed, i) % 4));
  return dims;
}

std::vector<graph::Tensor> small_inputs(const graph::Function& function,
                                        const std::map<std::string, int64_t>& dims, uint64_t seed) {
  std::vector<graph::Tensor> inputs;
  uint64_t position = 1000;
  for (const graph::ValueId id : function.inputs) {
    const graph::Value& value = function[id];
    std::vector<int64_t> extents;
    for (const dim::Dim& extent : value.type.shape) extents.push_back(extent.evaluate(dims).value_or(0));
    graph::Tensor tensor(value.type.element, std::move(extents));
    int64_t low = -2, high = 4;
    if (value.range) {
      low = value.range->low.evaluate(dims).value_or(0);
      high = std::max(value.range->high.evaluate(dims).value_or(1), low + 1);
    }
    if (row_of(value.type.element).kind == ElementKind::unsigned_integer) low = std::max<int64_t>(low, 0);
    for (int64_t i = 0; i < tensor.count(); ++i) {
      const uint64_t bits = mixed(seed, position++);
      if (value.type.element == ElementType::boolean)
        tensor.set(i, Scalar::of_integer(static_cast<int64_t>(bits & 1)));
      else if (is_float(value.type.element))
        tensor.set(i, convert(Scalar::of_real(static_cast<double>(bits % 33) / 8 - 2), ElementType::f64,
                              value.type.element));
      else
        tensor.set(
            i,
            convert(Scalar::of_integer(low + static_cast<int64_t>(bits % static_cast<uint64_t>(high - low))),
                    ElementType::i64, value.type.element));
    }
    inputs.push_back(std::move(tensor));
  }
  return inputs;
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
