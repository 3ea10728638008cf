#include "transform/train_memory_forms.h"

#include <algorithm>
#include <numeric>

#include "base/internal_check.h"
#include "dim/guess.h"
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
  Choice(const BlockReads& reads, int64_t price, uint32_t parts)
      : reads_(reads), function_(reads.function), price_(price) {
    KeepingCosts costs;
    costs.keep = [&](ValueId value) { return cost_of_memory(value); };
    costs.again = [&](const graph::Node& node) { return cost_of_work(node); };
    std::optional<Kept> kept = choose_kept(function_, reads.read, costs);
    internal_check(kept.has_value(), "what a derivative reads can be kept");
    kept_ = *std::move(kept);
    cut_into(parts);
  }

  /// What is made again together: a node, what it is made from, and the nodes whose derivatives read it, as
  /// far as they are of one part.
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
      if (part_of_[reader] != part_of_[read]) return;
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

  /// Parts follow each other in the order of the nodes, and what each makes again is about as large.
  void cut_into(uint32_t parts) {
    std::vector<int64_t> until(reads_.forward_nodes);  // bytes made again up to a node, this one included
    int64_t sum = 0;
    for (uint32_t node = 0; node < reads_.forward_nodes; ++node) {
      if (is_heavy(node))
        for (const ValueId result : function_.nodes[node].results) sum += bytes_of(function_.type_of(result));
      until[node] = sum;
    }
    part_of_.resize(reads_.forward_nodes);
    const int64_t each = std::max<int64_t>(1, (sum + parts - 1) / parts);
    for (uint32_t node = 0; node < reads_.forward_nodes; ++node)
      part_of_[node] = std::max<int64_t>(0, until[node] - 1) / each;
  }

  int64_t cost_of_memory(ValueId value) const {
    if (is_at_hand(value)) return 0;
    int64_t cost = 0;
    if (__builtin_mul_overflow(bytes_of(function_.type_of(value)), price_, &cost))
      return FlowNetwork::unlimited - 1;
    return std::min(cost, FlowNetwork::unlimited - 1);
  }

  int64_t cost_of_work(const graph::Node& node) const {
    if (const std::optional<int64_t> map = cost_of_map(function_, node)) return *map;
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
  std::vector<int64_t> part_of_;  // by node of the block
};

/// The length of parts so that as many levels of parts divide the rounds about evenly: the root of that
/// order.
int64_t root_of(int64_t rounds, uint32_t order) {
  int64_t length = 1;
  const auto holds = [&](int64_t candidate) {
    int64_t product = 1;
    for (uint32_t k = 0; k < order && product < rounds; ++k) product *= candidate;
    return product >= rounds;
  };
  while (!holds(length)) ++length;
  return length;
}

/// Checkpoints for all loops that have a limit and none yet: with 2 levels every n^2 rounds, then every n.
Function with_checkpoints(const Function& block, uint32_t levels) {
  Function result = without_nodes(block);
  FunctionCopy copy(block, result);
  for (const graph::Node& given : block.nodes) {
    graph::Node node = given;
    if (auto* loop = std::get_if<graph::Loop>(&node.op); loop != nullptr && loop->limit && !loop->recompute &&
                                                         !loop->reversed && loop->checkpoints.empty() &&
                                                         loop->carried_count > 0) {
      const int64_t root = root_of(std::max<int64_t>(1, dim::guess(*loop->limit)), levels + 1);
      for (int64_t level = 0, length = root; level < levels; ++level, length *= root)
        loop->checkpoints.insert(loop->checkpoints.begin(), dim::Dim(length));
    }
    copy.copy(node);
  }
  copy.copy_outputs();
  return result;
}

}  // namespace

std::vector<TrainMemoryForm> train_memory_forms() {
  std::vector<TrainMemoryForm> forms = {{}};
  for (const uint32_t levels : {0, 1, 2}) {
    if (levels > 0) forms.push_back({0, 1, levels});
    for (const int64_t price : {2, 16, 128, 1 << 10, 1 << 14, 1 << 20})
      for (const uint32_t parts : {1, 2, 4, 8, 16}) forms.push_back({price, parts, levels});
  }
  return forms;
}

Function in_form(const Function& function, const TrainMemoryForm& form) {
  if (form.price == 0 && form.loop_levels == 0) return function;
  Function result = without_nodes(function);
  FunctionCopy copy(function, result);
  const FunctionCopy::BodyPass within = [&](const Function& body) { return in_form(body, form); };
  for (const graph::Node& given : function.nodes) {
    const auto* derivative = std::get_if<graph::Derivative>(&given.op);
    if (derivative == nullptr || derivative->mode != graph::Derivative::Mode::reverse) {
      copy.copy(given, within);
      continue;
    }
    Function block = improve_loops(expand_within(*derivative->body));
    if (form.loop_levels > 0) block = with_checkpoints(block, form.loop_levels);
    block = split_checkpoints(block);
    if (form.price > 0) {
      const BlockReads reads = reads_of_derivative(block, derivative->wrt_count, derivative->seeded);
      block = make_checkpoint_regions(block, Choice(reads, form.price, form.parts).regions());
    }
    graph::Node node = given;
    std::get<graph::Derivative>(node.op).body = std::make_shared<const Function>(std::move(block));
    copy.copy(node);
  }
  copy.copy_outputs();
  return result;
}

std::optional<Span> first_reverse_derivative(const Function& function) {
  for (const graph::Node& node : function.nodes) {
    std::optional<Span> found;
    if (const auto* derivative = std::get_if<graph::Derivative>(&node.op)) {
      if (derivative->mode == graph::Derivative::Mode::reverse) return node.span;
      found = first_reverse_derivative(*derivative->body);
    } else if (const auto* loop = std::get_if<graph::Loop>(&node.op)) {
      found = first_reverse_derivative(*loop->body);
    } else if (const auto* call = std::get_if<graph::RuledCall>(&node.op)) {
      found = first_reverse_derivative(*call->body);
    }
    if (found) return found;
  }
  return std::nullopt;
}

}  // namespace kiln::transform
