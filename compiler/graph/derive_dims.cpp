#include "graph/derive_dims.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

namespace kiln::graph {

namespace {

struct KindRow {
  DerivedDim::Kind kind;
  std::string_view name;
};
constexpr std::array kind_table = {
    KindRow{DerivedDim::Kind::value, "value"},
    KindRow{DerivedDim::Kind::total, "total"},
    KindRow{DerivedDim::Kind::longest, "longest"},
};

constexpr int64_t greatest_extent = std::numeric_limits<int32_t>::max();

}  // namespace

std::string_view name_of(DerivedDim::Kind kind) { return kind_table[static_cast<size_t>(kind)].name; }

std::optional<DerivedDim::Kind> derived_kind_named(std::string_view name) {
  for (const KindRow& row : kind_table)
    if (row.name == name) return row.kind;
  return std::nullopt;
}

std::optional<RuntimeFailure> derive_dims(const Function& function, const std::vector<Tensor>& inputs,
                                          std::map<std::string, int64_t>& dims) {
  for (const DerivedDim& derived : function.derived) {
    const auto name = [&](uint32_t input) { return function[function.inputs[input]].name; };
    for (const uint32_t input : derived.inputs) {
      if (input >= inputs.size() || inputs[input].element != ElementType::i32)
        return RuntimeFailure{fmt::format("the dim {} has no value", derived.dim)};
      if (inputs[input].extents == inputs[derived.inputs[0]].extents) continue;
      return RuntimeFailure{
          fmt::format("`{}` and `{}` have different shapes", name(derived.inputs[0]), name(input))};
    }
    int64_t total = 0, longest = 0;
    for (int64_t at = 0; at < inputs[derived.inputs[0]].count(); ++at) {
      int64_t product = 1;
      for (const uint32_t input : derived.inputs) {
        const int64_t length = inputs[input].at(at).integer;
        if (length < 0) {
          const bool is_one = derived.kind == DerivedDim::Kind::value;
          return RuntimeFailure{fmt::format("{}{} is {}, but a length is at least 0", name(input),
                                            is_one ? "" : fmt::format("[{}]", at), length)};
        }
        product = std::min(product * length, greatest_extent + 1);
      }
      total += product;
      longest = std::max(longest, product);
      if (total <= greatest_extent) continue;
      return RuntimeFailure{
          fmt::format("the lengths {} make more than {} elements", name(derived.inputs[0]), greatest_extent)};
    }
    dims[derived.dim] = derived.kind == DerivedDim::Kind::longest ? longest : total;
  }
  return std::nullopt;
}

}  // namespace kiln::graph
