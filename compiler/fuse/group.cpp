#include "fuse/group.h"

#include <algorithm>

#include "fuse/changed_points.h"
#include "fuse/contraction.h"
#include "fuse/running_reduction.h"
#include "fuse/shape.h"
#include "fuse/stream.h"
#include "fuse/update.h"
#include "graph/reducer.h"

namespace kiln::fuse {

using namespace graph;

namespace {

/// Computes of at most this many points may share a kernel that one worker runs from end to end.
constexpr int64_t tiny_points = 4096;
/// Members of one kernel; past it code grows for no gain.
constexpr size_t most_members = 24;

/// What decides where a compute may go.
struct Candidate {
  ValueId value;
  const Compute* compute = nullptr;
  WriteShape write;
  std::vector<ExprId> reads;
  std::vector<ValueId> operands;
  bool contracts = false;
  bool runs = false;     // a running reduction
  bool updates = false;  // a part of an older value
  bool tiny = false;
  std::set<uint32_t> waits;  // groups
};

class Grouper {
 public:
  Grouper(const Function& function, const std::vector<std::vector<Source>>& sources,
          const std::vector<std::string>& kept)
      : function_(function), sources_(sources), kept_(kept) {
    result_.group_of.assign(function.values.size(), UINT32_MAX);
  }

  Grouping run() {
    find_reached();
    stream_of_ = find_streams(function_);
    for (const Node& node : function_.nodes) {
      if (std::holds_alternative<Compute>(node.op) && !reached_.contains(node.results[0]) &&
          !stream_of_[node.results[0].number].valid())
        place(node);
      if (std::holds_alternative<Sort>(node.op)) open_alone(node, GroupKind::sort);
      if (std::holds_alternative<Loop>(node.op)) open_loop(node);
      if (const auto* check = std::get_if<Check>(&node.op)) {
        note_check(check->subject);
        if (check->greatest.valid()) note_check(check->greatest);
      }
    }
    return std::move(result_);
  }

 private:
  const Expressions& expressions() const { return function_.expressions; }
  bool is_tiny_value(ValueId value) const {
    return volume(function_.type_of(value).shape).constant().value_or(tiny_points + 1) <= tiny_points;
  }
  void note_check(ValueId subject) {
    const uint32_t group = result_.group_of[subject.number];
    if (group != UINT32_MAX) checked_.insert(group);
  }

  Candidate examine(const Node& node) {
    Candidate candidate;
    candidate.value = node.results[0];
    candidate.compute = &std::get<Compute>(node.op);
    const std::vector<dim::Dim>& shape = function_.type_of(candidate.value).shape;
    candidate.write = write_shape(function_, *candidate.compute, shape);
    candidate.reads = reads_of(expressions(), *candidate.compute);
    candidate.operands = operands_of(function_, node);
    candidate.runs = candidate.write.covers && running_reduction(function_, *candidate.compute);
    candidate.contracts =
        !candidate.runs && match_contraction(function_, *candidate.compute, shape).has_value();
    candidate.updates = !is_tiny_value(candidate.value) && match_update(function_, candidate.value);
    candidate.tiny = points(*candidate.compute).constant().value_or(tiny_points + 1) <= tiny_points;
    for (const ValueId operand : candidate.operands)
      if (const uint32_t group = result_.group_of[operand.number]; group != UINT32_MAX)
        candidate.waits.insert(group);
    if (is_data_dependent(expressions(), *candidate.compute))
      candidate.waits.insert(checked_.begin(), checked_.end());
    return candidate;
  }

  /// Values that only say where others were written: no kernel makes them where the old value is at hand.
  void find_reached() {
    for (const Node& node : function_.nodes)
      if (std::holds_alternative<Compute>(node.op))
        if (const auto found = match_changed_points(function_, node.results[0]); found && !found->adds())
          reached_.insert(found->reached);
  }

  void place(const Node& node) {
    if (std::find(stream_of_.begin(), stream_of_.end(), node.results[0]) != stream_of_.end())
      return open_stream(node);
    Candidate candidate = examine(node);
    if (const auto found = match_changed_points(function_, candidate.value)) {
      if (joins_scatter(candidate, *found)) return;
      if (!found->adds()) {
        place(function_.node_of(found->reached));
        candidate = examine(node);
      }
    }
    std::vector<uint32_t> producers;
    for (const ValueId operand : candidate.operands)
      if (const uint32_t group = result_.group_of[operand.number]; group != UINT32_MAX)
        producers.push_back(group);
    std::sort(producers.rbegin(), producers.rend());
    producers.erase(std::unique(producers.begin(), producers.end()), producers.end());
    std::string why;
    for (const uint32_t group : producers)
      if (join(candidate, group, why)) return;
    if (const uint32_t group = sibling(candidate); group != UINT32_MAX) {
      add(candidate, group, result_.groups[group].common);
      return;
    }
    open(candidate, why);
  }

  /// What joins an older value and a scatter that nobody else reads goes into the scatter's kernel.
  bool joins_scatter(const Candidate& candidate, const ChangedPoints& found) {
    const uint32_t number = result_.group_of[found.points.number];
    if (number == UINT32_MAX || result_.groups[number].members.size() != 1) return false;
    if (makes_cycle(candidate, number)) return false;
    result_.groups[number].kind = GroupKind::points;
    add(candidate, number, candidate.write.leading);
    return true;
  }

  /// The greatest number of common indices with which the candidate can join, or nothing and why not.
  std::optional<uint32_t> common_with(const Candidate& candidate, const Group& group,
                                      std::string& why) const {
    uint32_t common = std::min(group.common, candidate.write.leading);
    const Compute& first = *compute_of(function_, group.members[0]);
    for (uint32_t i = 0; i < common; ++i)
      if (!(first.domain[i].extent == candidate.compute->domain[i].extent)) common = i;
    for (const ExprId id : candidate.reads) {
      const Expr& read = expressions()[id];
      if (std::find(group.members.begin(), group.members.end(), read.value) == group.members.end()) continue;
      while (common > 0 && !reads_at_point(expressions(), read, common)) --common;
      if (common == 0 && !candidate.tiny)
        why = "it reads `" + function_[read.value].name + "` at other points";
    }
    return common;
  }

  static bool stands_alone(const Group& group) {
    return group.kind == GroupKind::sort || group.kind == GroupKind::running ||
           group.kind == GroupKind::loop || group.kind == GroupKind::update ||
           group.kind == GroupKind::points;
  }

  /// Whether the value of which the candidate changes a part is made by this contraction: it is changed in
  /// the registers then.
  bool contracts_older(const Candidate& candidate, const Group& group) const {
    const ValueId older = match_update(function_, candidate.value)->old;
    return group.kind == GroupKind::contraction &&
           std::find(group.members.begin(), group.members.end(), older) != group.members.end();
  }

  /// All that is made for this product alone, in the order of the function, and the product.
  void open_stream(const Node& product) {
    Candidate candidate = examine(product);
    open(candidate, "");
    const auto number = static_cast<uint32_t>(result_.groups.size() - 1);
    Group& group = result_.groups.back();
    group.kind = GroupKind::stream;
    group.members.clear();
    group.sources.clear();
    for (const Node& node : function_.nodes) {
      if (!std::holds_alternative<Compute>(node.op)) continue;
      const bool is_inner = stream_of_[node.results[0].number] == product.results[0];
      if (is_inner || node.results[0] == product.results[0]) add(examine(node), number, group.common);
    }
    result_.before[number].erase(number);
  }

  /// Maps over the product's points that read what the kernel has at hand: the product and those maps at the
  /// point, reductions of the rows at the row.
  bool joins_stream(const Candidate& candidate, const Group& group) const {
    const auto at = std::find_if(group.members.begin(), group.members.end(),
                                 [&](ValueId member) { return stream_of_[member.number] == ValueId{}; });
    const ValueId product = *at;
    const auto rank = static_cast<uint32_t>(function_.type_of(product).shape.size());
    if (!candidate.write.is_map || candidate.write.leading != rank) return false;
    if (!(function_.type_of(candidate.value).shape == function_.type_of(product).shape)) return false;
    const Stream stream = *match_stream(function_, product);
    for (const ExprId id : candidate.reads) {
      const Expr& read = expressions()[id];
      const auto found = std::find(group.members.begin(), group.members.end(), read.value);
      if (found == group.members.end()) continue;
      if (found >= at ? !reads_at_point(expressions(), read, rank) : !reads_row(stream, read)) return false;
    }
    return true;
  }
  bool reads_row(const Stream& stream, const Expr& read) const {
    if (read.operands.size() != stream.key()) return false;
    for (uint32_t axis = 0; axis < stream.key(); ++axis) {
      const Expr& subscript = expressions()[read.operands[axis]];
      if (subscript.kind != ExprKind::index || subscript.index != stream.index_of[axis]) return false;
    }
    return true;
  }

  bool join(const Candidate& candidate, uint32_t number, std::string& why) {
    const Group& group = result_.groups[number];
    if (group.kind == GroupKind::stream) {
      why = "only maps over the same points follow a contraction";
      if (group.members.size() >= most_members || !joins_stream(candidate, group)) return false;
      if (makes_cycle(candidate, number)) {
        why = "a kernel between the two needs one and feeds the other";
        return false;
      }
      add(candidate, number, group.common);
      return true;
    }
    if (stands_alone(group) || group.members.size() >= most_members) return false;
    if (candidate.updates && !contracts_older(candidate, group)) {
      why = "it changes a part of an older value";
      return false;
    }
    if (candidate.runs) {
      why = "a running reduction stands alone";
      return false;
    }
    if (candidate.contracts) {
      why = "a contraction begins a kernel";
      return false;
    }
    if (candidate.write.scatters || !candidate.write.covers || !members_cover(group)) {
      why = "writes through data or with gaps stand alone";
      return false;
    }
    const uint32_t common = *common_with(candidate, group, why);
    if (group.kind == GroupKind::contraction) {
      if (!candidate.write.is_map || common != group.common || candidate.write.leading != common) {
        if (why.empty()) why = "only maps over the same points follow a contraction";
        return false;
      }
    } else if (common == 0 && !(candidate.tiny && is_tiny(group))) {
      if (why.empty()) why = "no common index";
      return false;
    }
    if (makes_cycle(candidate, number)) {
      why = "a kernel between the two needs one and feeds the other";
      return false;
    }
    add(candidate, number, common);
    return true;
  }

  bool is_tiny(const Group& group) const {
    for (const ValueId member : group.members)
      if (points(*compute_of(function_, member)).constant().value_or(tiny_points + 1) > tiny_points)
        return false;
    return true;
  }
  bool members_cover(const Group& group) const {
    for (const ValueId member : group.members)
      if (!write_shape(function_, *compute_of(function_, member), function_.type_of(member).shape).covers)
        return false;
    return true;
  }

  /// Whether a group that the candidate waits for waits for this one.
  bool makes_cycle(const Candidate& candidate, uint32_t group) const {
    for (const uint32_t other : candidate.waits)
      if (other != group && waits_for(result_, other, group)) return true;
    return checked_.contains(group) && candidate.waits.contains(group) &&
           is_data_dependent(expressions(), *candidate.compute);
  }

  /// A group of maps over the very same points that reads what the candidate reads (several results of one
  /// pass), or of scalars.
  uint32_t sibling(const Candidate& candidate) const {
    if (!candidate.write.covers || candidate.contracts || candidate.runs || candidate.updates)
      return UINT32_MAX;
    for (uint32_t number = static_cast<uint32_t>(result_.groups.size()); number-- > 0;) {
      const Group& group = result_.groups[number];
      if (stands_alone(group) || group.kind == GroupKind::stream || group.members.size() >= most_members)
        continue;
      if (group.common != candidate.write.leading || !same_points(candidate, group)) continue;
      if (group.common > 0 && !shares_operand(candidate, group)) continue;
      if (group.common == 0 && !shares_operand(candidate, group) && !(candidate.tiny && is_tiny(group)))
        continue;
      if (group.kind == GroupKind::contraction && !candidate.write.is_map) continue;
      bool waits = false;
      for (const uint32_t other : candidate.waits) waits = waits || waits_for(result_, other, number);
      if (waits || (checked_.contains(number) && is_data_dependent(expressions(), *candidate.compute)))
        continue;
      return number;
    }
    return UINT32_MAX;
  }
  bool same_points(const Candidate& candidate, const Group& group) const {
    for (const ValueId member : group.members) {
      const Compute& compute = *compute_of(function_, member);
      const WriteShape write = write_shape(function_, compute, function_.type_of(member).shape);
      if (!write.covers || write.leading != candidate.write.leading) return false;
      const size_t count = candidate.write.is_map ? write.leading : compute.domain.size();
      if (!candidate.write.is_map && candidate.compute->domain.size() != count) return false;
      for (size_t i = 0; i < count; ++i)
        if (!(compute.domain[i].extent == candidate.compute->domain[i].extent)) return false;
    }
    return true;
  }
  bool shares_operand(const Candidate& candidate, const Group& group) const {
    for (const ValueId member : group.members)
      for (const ValueId operand : operands_of(function_, function_.node_of(member)))
        if (!function_.type_of(operand).shape.empty() &&
            std::find(candidate.operands.begin(), candidate.operands.end(), operand) !=
                candidate.operands.end())
          return true;
    return false;
  }

  void open(const Candidate& candidate, const std::string& why) {
    Group group;
    group.kind = candidate.contracts ? GroupKind::contraction
                 : candidate.runs    ? GroupKind::running
                 : candidate.updates ? GroupKind::update
                                     : GroupKind::loops;
    if (!why.empty()) group.notes.push_back(why);
    result_.groups.push_back(group);
    result_.before.emplace_back();
    add(candidate, static_cast<uint32_t>(result_.groups.size() - 1), candidate.write.leading);
  }

  void add(const Candidate& candidate, uint32_t number, uint32_t common) {
    Group& group = result_.groups[number];
    group.members.push_back(candidate.value);
    group.common = common;
    const std::string& name = function_[candidate.value].name;
    const auto& inner = sources_[candidate.value.number];
    group.sources.insert(group.sources.end(), inner.begin(), inner.end());
    group.sources.push_back({name, function_.node_of(candidate.value).span});
    if (const std::string& kept = kept_[candidate.value.number]; !kept.empty())
      group.notes.push_back("`" + name + "` is kept: " + kept);
    result_.group_of[candidate.value.number] = number;
    for (const uint32_t other : candidate.waits)
      if (other != number) result_.before[number].insert(other);
  }

  /// What a loop does may stand under the checks before it, and what comes after it under its own.
  void open_loop(const Node& node) {
    open_alone(node, GroupKind::loop);
    const auto number = static_cast<uint32_t>(result_.groups.size() - 1);
    result_.groups.back().node = static_cast<uint32_t>(&node - function_.nodes.data());
    result_.before.back().insert(checked_.begin(), checked_.end());
    if (has_effect(node)) checked_.insert(number);
  }

  void open_alone(const Node& node, GroupKind kind) {
    Group group;
    group.kind = kind;
    const auto number = static_cast<uint32_t>(result_.groups.size());
    group.members = node.results;
    std::set<uint32_t> before;
    for (const ValueId operand : operands_of(function_, node))
      if (result_.group_of[operand.number] != UINT32_MAX) before.insert(result_.group_of[operand.number]);
    for (const ValueId result : node.results) {
      result_.group_of[result.number] = number;
      group.sources.push_back({function_[result].name, node.span});
    }
    result_.groups.push_back(group);
    result_.before.push_back(before);
  }

  const Function& function_;
  const std::vector<std::vector<Source>>& sources_;
  const std::vector<std::string>& kept_;
  std::set<ValueId> reached_;
  std::vector<ValueId> stream_of_;  // of values that are made within one alone: its product
  std::set<uint32_t> checked_;      // groups that compute what a check looks at, so far
  Grouping result_;
};

}  // namespace

Grouping make_groups(const Function& function, const std::vector<std::vector<Source>>& sources,
                     const std::vector<std::string>& kept) {
  return Grouper(function, sources, kept).run();
}

std::vector<ValueId> operands_of(const Function& function, const Group& group) {
  if (group.node != UINT32_MAX) return operands_of(function, function.nodes[group.node]);
  std::vector<ValueId> operands;
  for (const ValueId member : group.members)
    for (const ValueId operand : operands_of(function, function.node_of(member))) operands.push_back(operand);
  return operands;
}

bool waits_for(const Grouping& grouping, uint32_t from, uint32_t to) {
  std::vector<uint32_t> pending = {from};
  std::set<uint32_t> seen;
  while (!pending.empty()) {
    const uint32_t group = pending.back();
    pending.pop_back();
    if (group == to) return true;
    if (!seen.insert(group).second) continue;
    pending.insert(pending.end(), grouping.before[group].begin(), grouping.before[group].end());
  }
  return false;
}

}  // namespace kiln::fuse
