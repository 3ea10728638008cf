#include "transform/checkpoint_regions.h"

#include <algorithm>
#include <map>

#include "base/internal_check.h"
#include "transform/copy_function.h"
#include "transform/placeholders.h"

namespace kiln::transform {

using graph::Builder;
using graph::ExprId;
using graph::Function;
using graph::ValueId;

namespace {

using Region = std::set<uint32_t>;  // nodes

/// The nodes that a node waits for: those of its operands, and the checks before it.
std::vector<std::vector<uint32_t>> waits_of(const Function& function) {
  std::vector<std::vector<uint32_t>> waits(function.nodes.size());
  std::vector<uint32_t> checks;
  for (uint32_t n = 0; n < function.nodes.size(); ++n) {
    const graph::Node& node = function.nodes[n];
    for (const ValueId operand : graph::operands_of(function, node))
      waits[n].push_back(function[operand].node);
    if (std::holds_alternative<graph::Input>(node.op)) continue;
    waits[n].insert(waits[n].end(), checks.begin(), checks.end());
    if (std::holds_alternative<graph::Check>(node.op)) checks.push_back(n);
  }
  return waits;
}

/// The nodes on paths from the region to itself. Nodes stand behind what they wait for.
void take_what_lies_between(Region& region, const std::vector<std::vector<uint32_t>>& waits) {
  std::vector<bool> after(waits.size()), before(waits.size());
  for (uint32_t n = 0; n < waits.size(); ++n)
    after[n] = region.contains(n) ||
               std::any_of(waits[n].begin(), waits[n].end(), [&](uint32_t wait) { return after[wait]; });
  for (uint32_t n = static_cast<uint32_t>(waits.size()); n-- > 0;) {
    before[n] = before[n] || region.contains(n);
    if (!before[n]) continue;
    for (const uint32_t wait : waits[n]) before[wait] = true;
    if (after[n]) region.insert(n);
  }
}

bool meet(const Region& a, const Region& b) {
  return std::any_of(a.begin(), a.end(), [&](uint32_t node) { return b.contains(node); });
}

/// Regions that are convex, each and all together: no two of them wait for each other.
std::vector<Region> convex(std::vector<Region> regions, const std::vector<std::vector<uint32_t>>& waits) {
  std::vector<Region> settled;
  while (!regions.empty()) {
    Region region = std::move(regions.back());
    regions.pop_back();
    take_what_lies_between(region, waits);
    const auto met = std::find_if(settled.begin(), settled.end(),
                                  [&](const Region& other) { return meet(region, other); });
    if (met == settled.end()) {
      settled.push_back(std::move(region));
      continue;
    }
    region.insert(met->begin(), met->end());
    settled.erase(met);
    regions.push_back(std::move(region));
  }
  return settled;
}

class RegionMaker {
 public:
  RegionMaker(const Function& function, std::vector<Region> regions,
              const std::vector<std::vector<uint32_t>>& waits)
      : function_(function),
        regions_(std::move(regions)),
        waits_(waits),
        result_(without_nodes(function)),
        copy_(function, result_) {
    for (uint32_t region = 0; region < regions_.size(); ++region)
      for (const uint32_t node : regions_[region]) region_of_[node] = region;
  }

  Function run() {
    for (uint32_t n = 0; n < function_.nodes.size(); ++n) add(n);
    copy_.copy_outputs();
    return std::move(result_);
  }

 private:
  /// A node, or the region that it is in, behind all that it waits for.
  void add(uint32_t node) {
    if (done_.contains(node)) return;
    const auto found = region_of_.find(node);
    if (found == region_of_.end()) {
      done_.insert(node);
      for (const uint32_t wait : waits_[node]) add(wait);
      copy_.copy(function_.nodes[node]);
      return;
    }
    const Region& region = regions_[found->second];
    done_.insert(region.begin(), region.end());
    for (const uint32_t member : region)
      for (const uint32_t wait : waits_[member]) add(wait);
    add_region(region);
  }

  std::string free_counter() const {
    for (size_t number = 1;; ++number) {
      std::string name = "again_" + std::to_string(number) + "_" + std::to_string(made_);
      if (std::find(function_.dims.begin(), function_.dims.end(), name) == function_.dims.end()) return name;
    }
  }

  std::vector<ValueId> read_outside(const Region& region) const {
    std::vector<bool> read(function_.values.size());
    for (uint32_t n = 0; n < function_.nodes.size(); ++n)
      if (!region.contains(n))
        for (const ValueId operand : graph::operands_of(function_, function_.nodes[n]))
          read[operand.number] = true;
    for (const ValueId output : function_.outputs) read[output.number] = true;
    std::vector<ValueId> values;
    for (const uint32_t n : region)
      for (const ValueId value : function_.nodes[n].results)
        if (read[value.number]) values.push_back(value);
    return values;
  }

  void add_region(const Region& region) {
    graph::Loop loop;
    ++made_;
    loop.counter = free_counter();
    loop.limit = 1;
    loop.recompute = true;
    Function body = without_nodes(function_);
    body.derived.clear();
    body.dims.push_back(loop.counter);
    const dim::Dim counter = dim::Dim::symbol(loop.counter);
    body.facts.push_back(dim::Condition::less_equal(0, counter));
    body.facts.push_back(dim::Condition::less(counter, 1));
    FunctionCopy inside(function_, body);
    std::set<ValueId> taken;
    for (const uint32_t n : region)
      for (const ValueId operand : graph::operands_of(function_, function_.nodes[n])) {
        if (region.contains(function_[operand].node) || !taken.insert(operand).second) continue;
        inside.set(operand, inside.builder().input(function_[operand].name, function_.type_of(operand)));
        inside.describe(operand, inside.at(operand));
        loop.operands.push_back(copy_.at(operand));
      }
    for (const uint32_t n : region) inside.copy(function_.nodes[n]);
    const std::vector<ValueId> values = read_outside(region);
    for (const ValueId value : values) inside.builder().output(inside.at(value), function_[value].name);
    loop.body = std::make_shared<const Function>(std::move(body));
    const Origin span = function_.nodes[*region.begin()].span;
    const std::vector<ValueId> rows = copy_.builder().loop(std::move(loop), span);
    for (size_t k = 0; k < values.size(); ++k) {
      const graph::Type type = function_.type_of(values[k]);
      std::vector<ExprId> subscripts = point_of(result_.expressions, type.shape.size());
      subscripts.insert(subscripts.begin(), result_.expressions.integer(0));
      const ExprId element = result_.expressions.read(rows[k], type.element, std::move(subscripts));
      copy_.set(values[k], Builder(result_).map(type.shape, element, function_[values[k]].name, span));
      copy_.describe(values[k], copy_.at(values[k]));
    }
  }

  const Function& function_;
  const std::vector<Region> regions_;
  const std::vector<std::vector<uint32_t>>& waits_;
  std::map<uint32_t, uint32_t> region_of_;
  std::set<uint32_t> done_;
  size_t made_ = 0;
  Function result_;
  FunctionCopy copy_;
};

}  // namespace

Function make_checkpoint_regions(const Function& function, std::vector<std::set<uint32_t>> regions) {
  const std::vector<std::vector<uint32_t>> waits = waits_of(function);
  return RegionMaker(function, convex(std::move(regions), waits), waits).run();
}

}  // namespace kiln::transform
