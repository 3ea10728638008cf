#include "transform/fit_train_memory.h"

#include <algorithm>
#include <numeric>

#include "base/internal_check.h"
#include "graph/cost.h"
#include "transform/checkpoint_regions.h"
#include "transform/choose_kept.h"
#include "transform/copy_function.h"
#include "transform/expand_derivatives.h"
#include "transform/improve_loops.h"
#include "transform/kept_by_derivative.h"
#include "transform/minimum_cut.h"
#include "transform/split_checkpoints.h"

namespace kiln::transform {

using graph::Function;
using graph::ValueId;

namespace {

int64_t bytes_of(const graph::Type& type) { return size_of(type.element) * volume_of(type.shape); }

/// What a block's derivative keeps and makes again, with memory at a price.
class Choice {
 public:
  Choice(const BlockReads& reads, int64_t price) : reads_(reads), function_(reads.function), price_(price) {
    KeepingCosts costs;
    costs.keep = [&](ValueId value) { return cost_of_memory(value); };
    costs.again = [&](const graph::Node& node) { return cost_of_work(node); };
    std::optional<Kept> kept = choose_kept(function_, reads.read, costs);
    internal_check(kept.has_value(), "what a derivative reads can be kept");
    kept_ = *std::move(kept);
  }

  int64_t bytes() const {
    int64_t sum = 0;
    for (const ValueId value : kept_.values)
      if (!is_at_hand(value)) sum += bytes_of(function_.type_of(value));
    return sum;
  }

  /// What is made again together: a node, what it is made from, and the nodes whose derivatives read it.
  std::vector<std::set<uint32_t>> regions() const {
    std::vector<uint32_t> leader(function_.nodes.size());
    std::iota(leader.begin(), leader.end(), 0);
    const auto find = [&](uint32_t node) {
      while (leader[node] != node) node = leader[node];
      return node;
    };
    const auto owner = [&](uint32_t node) {
      const auto made = reads_.made_for.find(node);
      return made == reads_.made_for.end() ? node : made->second;
    };
    std::set<uint32_t> members;
    const auto join = [&](uint32_t reader, uint32_t read) {
      reader = owner(reader);
      read = owner(read);
      members.insert({reader, read});
      leader[find(reader)] = find(read);
    };
    for (const uint32_t node : kept_.made_again) {
      if (!is_heavy(node)) continue;
      for (const ValueId operand : graph::operands_of(function_, function_.nodes[node]))
        if (is_heavy(function_[operand].node)) join(node, function_[operand].node);
    }
    for (const auto& [node, read] : reads_.read_for)
      for (const ValueId value : read)
        if (is_heavy(function_[value].node)) join(node, function_[value].node);
    std::map<uint32_t, std::set<uint32_t>> sets;
    for (const uint32_t member : members) sets[find(member)].insert(member);
    std::vector<std::set<uint32_t>> regions;
    for (auto& [first, set] : sets) regions.push_back(std::move(set));
    return regions;
  }

 private:
  bool is_at_hand(ValueId value) const {
    const graph::Node& node = function_.node_of(value);
    return std::holds_alternative<graph::Input>(node.op) || std::holds_alternative<graph::Constant>(node.op);
  }

  int64_t cost_of_memory(ValueId value) const {
    if (is_at_hand(value)) return 0;
    int64_t cost = 0;
    if (__builtin_mul_overflow(bytes_of(function_.type_of(value)), price_, &cost))
      return FlowNetwork::unlimited - 1;
    return std::min(cost, FlowNetwork::unlimited - 1);
  }

  /// Without a price: views alone, which kernels read through.
  int64_t cost_of_work(const graph::Node& node) const {
    if (const std::optional<int64_t> map = cost_of_map(function_, node))
      return price_ == 0 && *map > 0 ? FlowNetwork::unlimited : *map;
    if (price_ == 0) return FlowNetwork::unlimited;
    if (const auto* compute = std::get_if<graph::Compute>(&node.op)) {
      std::vector<dim::Dim> extents;
      for (const graph::Index& index : compute->domain) extents.push_back(index.extent);
      return volume_of(extents) * (1 + graph::cost_of(function_.expressions, compute->body));
    }
    if (const auto* sort = std::get_if<graph::Sort>(&node.op))
      return 64 * volume_of(function_.type_of(sort->operand).shape);
    return FlowNetwork::unlimited;
  }

  /// Made again with work, or from something that is.
  bool is_heavy(uint32_t number) const {
    if (!kept_.made_again.contains(number)) return false;
    const graph::Node& node = function_.nodes[number];
    if (cost_of_map(function_, node) != int64_t{0}) return true;
    const std::vector<ValueId> operands = graph::operands_of(function_, node);
    return std::any_of(operands.begin(), operands.end(),
                       [&](ValueId operand) { return is_heavy(function_[operand].node); });
  }

  const BlockReads& reads_;
  const Function& function_;
  const int64_t price_;
  Kept kept_;
};

/// The dims on which depends what is kept: of values, and of the rounds of loops.
void collect_symbols(const Function& function, std::set<std::string>& symbols) {
  const auto take = [&](const dim::Dim& extent) {
    for (const std::string& symbol : extent.symbols()) symbols.insert(symbol);
  };
  for (const graph::Value& value : function.values)
    for (const dim::Dim& extent : value.type.shape) take(extent);
  for (const graph::Node& node : function.nodes)
    if (const auto* loop = std::get_if<graph::Loop>(&node.op)) {
      if (loop->limit) take(*loop->limit);
      std::set<std::string> within;
      collect_symbols(*loop->body, within);
      within.erase(loop->counter);
      symbols.insert(within.begin(), within.end());
    }
}

/// Checkpoints for all loops that have a limit and none yet.
Function with_checkpoints(const Function& block) {
  Function result = without_nodes(block);
  FunctionCopy copy(block, result);
  for (const graph::Node& given : block.nodes) {
    graph::Node node = given;
    if (auto* loop = std::get_if<graph::Loop>(&node.op); loop != nullptr && loop->limit && !loop->recompute &&
                                                         !loop->reversed && loop->checkpoints.empty() &&
                                                         loop->carried_count > 0) {
      const int64_t rounds = std::max<int64_t>(1, loop->limit->constant().value_or(1));
      int64_t length = 1;
      while (length * length < rounds) ++length;
      loop->checkpoints = {dim::Dim(length)};
    }
    copy.copy(node);
  }
  copy.copy_outputs();
  return result;
}

class Fitter {
 public:
  Fitter(const graph::Derivative& derivative, int64_t bytes) : derivative_(derivative), bytes_(bytes) {}

  /// The block in a form that fits, or nothing; then `least` says how little there is.
  std::optional<Function> fit(const Function& block, int64_t& least) {
    least = kept(block);
    if (least <= bytes_) return block;
    const Function split = split_checkpoints(block);
    for (const bool divided : {false, true}) {
      const Function form = divided ? split_checkpoints(with_checkpoints(block)) : split;
      if (std::optional<Function> found = with_less(form, least)) return found;
    }
    return std::nullopt;
  }

 private:
  BlockReads reads_of(const Function& block) const {
    return reads_of_derivative(block, derivative_.wrt_count, derivative_.seeded);
  }

  int64_t kept(const Function& block) const {
    const Function split = split_checkpoints(block);
    const BlockReads reads = reads_of(split);
    return Choice(reads, 0).bytes();
  }

  std::optional<Function> with_less(const Function& block, int64_t& least) const {
    const BlockReads reads = reads_of(block);
    const auto take = [&](Function form) -> std::optional<Function> {
      const int64_t bytes = kept(form);
      least = std::min(least, bytes);
      if (bytes <= bytes_) return form;
      return std::nullopt;
    };
    if (std::optional<Function> form = take(block)) return form;
    for (int64_t price = 2; price < (int64_t{1} << 24); price *= 4)
      if (auto form = take(make_checkpoint_regions(block, Choice(reads, price).regions()))) return form;
    return std::nullopt;
  }

  const graph::Derivative& derivative_;
  const int64_t bytes_;
};

}  // namespace

Function fit_train_memory(const Function& function, int64_t bytes,
                          std::vector<TrainMemoryProblem>& problems) {
  Function result = without_nodes(function);
  FunctionCopy copy(function, result);
  const FunctionCopy::BodyPass within = [&](const Function& body) {
    return fit_train_memory(body, bytes, problems);
  };
  for (const graph::Node& given : function.nodes) {
    const auto* derivative = std::get_if<graph::Derivative>(&given.op);
    if (derivative == nullptr || derivative->mode != graph::Derivative::Mode::reverse) {
      copy.copy(given, within);
      continue;
    }
    const Function block = improve_loops(expand_within(*derivative->body));
    std::set<std::string> symbols;
    collect_symbols(block, symbols);
    TrainMemoryProblem problem;
    problem.span = given.span;
    problem.unknown.assign(symbols.begin(), symbols.end());
    std::optional<Function> fitting;
    if (problem.unknown.empty()) fitting = Fitter(*derivative, bytes).fit(block, problem.least);
    if (!fitting) problems.push_back(problem);
    graph::Node node = given;
    if (fitting)
      std::get<graph::Derivative>(node.op).body = std::make_shared<const Function>(*std::move(fitting));
    copy.copy(node);
  }
  copy.copy_outputs();
  return result;
}

}  // namespace kiln::transform
