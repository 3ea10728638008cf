#include "transform/share_subexpressions.h"

#include <optional>
#include <unordered_map>

#include "graph/text.h"
#include "transform/copy_function.h"

namespace kiln::transform {

using graph::Function;
using graph::Node;
using graph::ValueId;

namespace {

size_t mix(size_t seed, size_t value) { return seed * 1099511628211u ^ value; }

/// Nodes of one function, compared by what they say; values and expressions by their numbers.
struct SameOp {
  template <typename T>
  bool operator()(const T&, const T&) const {
    return false;  // inputs, derivatives and prints are all different
  }
  template <typename T, typename U>
  bool operator()(const T&, const U&) const {
    return false;
  }
  bool operator()(const graph::Constant& a, const graph::Constant& b) const { return a.data == b.data; }
  bool operator()(const graph::StopGradient& a, const graph::StopGradient& b) const {
    return a.operand == b.operand;
  }
  bool operator()(const graph::Sort& a, const graph::Sort& b) const {
    return a.operand == b.operand && a.descending == b.descending && a.count == b.count;
  }
  bool operator()(const graph::Loop& a, const graph::Loop& b) const {
    return a.operands == b.operands && a.counter == b.counter && a.limit == b.limit &&
           a.reversed == b.reversed && a.recompute == b.recompute && a.checkpoints == b.checkpoints &&
           a.rounds == b.rounds && a.go_on == b.go_on && a.carried_count == b.carried_count &&
           (a.body == b.body || graph::print(*a.body) == graph::print(*b.body));
  }
  bool operator()(const graph::Check& a, const graph::Check& b) const {
    return a.kind == b.kind && a.subject == b.subject && a.greatest == b.greatest && a.extent == b.extent &&
           a.tensor == b.tensor && a.axis == b.axis && a.message == b.message && a.place == b.place;
  }
  bool operator()(const graph::Compute& a, const graph::Compute& b) const {
    if (a.domain.size() != b.domain.size()) return false;
    for (size_t k = 0; k < a.domain.size(); ++k) {
      if (!(a.domain[k].extent == b.domain[k].extent)) return false;
    }
    return a.write == b.write && a.guard == b.guard && a.reducer == b.reducer && a.body == b.body &&
           a.reported == b.reported;
  }
};

size_t hash_of(const Node& node) {
  size_t hash = node.op.index();
  if (const auto* loop = std::get_if<graph::Loop>(&node.op)) {
    for (const auto& id : loop->operands) hash = mix(hash, id.number);
  }
  if (const auto* compute = std::get_if<graph::Compute>(&node.op)) {
    hash = mix(hash, compute->body.number);
    for (const auto& id : compute->write) hash = mix(hash, id.number);
    for (const auto& id : compute->guard) hash = mix(hash, id.number);
  }
  return hash;
}

bool are_equal(const Function& function, const Node& a, const Node& b) {
  if (a.results.size() != b.results.size() || !std::visit(SameOp{}, a.op, b.op)) return false;
  for (size_t k = 0; k < a.results.size(); ++k) {
    if (!(function.type_of(a.results[k]) == function.type_of(b.results[k]))) return false;
  }
  return true;
}

}  // namespace

Function share_subexpressions(const Function& function) {
  Function result = without_nodes(function);
  FunctionCopy copy(function, result);
  std::unordered_multimap<size_t, size_t> seen;  // hash -> position in the result's nodes
  for (const Node& node : function.nodes) {
    const size_t position = result.nodes.size();
    copy.copy(node, share_subexpressions);
    const size_t hash = hash_of(result.nodes[position]);
    std::optional<size_t> former;
    for (auto [place, end] = seen.equal_range(hash); place != end && !former; ++place) {
      if (are_equal(result, result.nodes[place->second], result.nodes[position])) former = place->second;
    }
    if (!former) {
      seen.emplace(hash, position);
      continue;
    }
    // The copy just made goes again; its values were the last ones.
    for (size_t k = 0; k < node.results.size(); ++k) {
      copy.set(node.results[k], result.nodes[*former].results[k]);
      copy.describe(node.results[k], result.nodes[*former].results[k]);
    }
    result.values.resize(result.values.size() - node.results.size());
    result.nodes.pop_back();
  }
  copy.copy_outputs();
  return result;
}

}  // namespace kiln::transform
