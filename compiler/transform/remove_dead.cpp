#include "transform/remove_dead.h"

#include <map>

#include "transform/copy_function.h"
#include "transform/prune_loop.h"

namespace kiln::transform {

using graph::Function;
using graph::Loop;
using graph::ValueId;

namespace {

void copy_pruned(FunctionCopy& copy, const graph::Node& node, const PrunedLoop& pruned) {
  const Loop& given = std::get<Loop>(node.op);
  Loop loop = given;
  loop.body = pruned.body;
  loop.carried_count = pruned.carried_count;
  loop.operands.clear();
  for (size_t input : pruned.inputs) loop.operands.push_back(copy.at(given.operands[input]));
  if (loop.rounds) loop.rounds = copy.at(*loop.rounds);
  if (loop.go_on) loop.go_on = copy.at(*loop.go_on);
  const std::vector<ValueId> results = copy.builder().loop(std::move(loop), node.span);
  const auto set = [&](size_t from, ValueId to) {
    copy.set(node.results[from], to);
    copy.describe(node.results[from], to);
  };
  size_t next = 0;
  for (size_t output : pruned.outputs)
    if (!(given.go_on && output == given.carried_count))
      set(result_of_output(given, output), results[next++]);
  if (given.counts_rounds()) set(node.results.size() - 1, results.back());
}

}  // namespace

Function remove_dead(const Function& function) {
  std::vector<bool> live(function.values.size());
  for (const ValueId id : function.outputs) live[id.number] = true;
  for (const ValueId id : function.inputs) live[id.number] = true;
  std::vector<bool> kept(function.nodes.size());
  std::map<size_t, PrunedLoop> loops;
  for (size_t n = function.nodes.size(); n-- > 0;) {
    const graph::Node& node = function.nodes[n];
    kept[n] = graph::has_effect(node);
    std::vector<bool> needed;
    for (const ValueId id : node.results) needed.push_back(live[id.number]);
    for (const bool need : needed) kept[n] = kept[n] || need;
    if (!kept[n]) continue;
    if (const auto* loop = std::get_if<Loop>(&node.op)) {
      const PrunedLoop& pruned = loops.emplace(n, prune_loop(*loop, needed)).first->second;
      for (const size_t input : pruned.inputs) live[loop->operands[input].number] = true;
      if (loop->rounds) live[loop->rounds->number] = true;
      if (loop->go_on) live[loop->go_on->number] = true;
      continue;
    }
    for (const ValueId id : graph::operands_of(function, node)) live[id.number] = true;
  }
  Function result = without_nodes(function);
  FunctionCopy copy(function, result);
  for (size_t n = 0; n < function.nodes.size(); ++n) {
    if (!kept[n]) continue;
    const auto loop = loops.find(n);
    loop == loops.end() ? copy.copy(function.nodes[n]) : copy_pruned(copy, function.nodes[n], loop->second);
  }
  copy.copy_outputs();
  return result;
}

}  // namespace kiln::transform
