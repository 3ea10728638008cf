#include "fuse/inline_maps.h"

#include <algorithm>
#include <map>
#include <set>

#include "fuse/changed_points.h"
#include "fuse/contraction.h"
#include "fuse/prepare.h"
#include "fuse/shape.h"
#include "fuse/update.h"
#include "graph/cost.h"
#include "graph/import_expression.h"
#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;

namespace {

/// Weights of kernels.md, section 6: computing again is cheaper than a pass over memory up to about this.
constexpr int cheap_cost = 8;
/// What a reduction may do again for each of its points, in its innermost loop.
constexpr int cheap_in_reduction = 2;
/// Values of so few elements are computed as a whole rather than changed.
constexpr int64_t tiny_update = 4096;

class Inliner {
 public:
  Inliner(const Function& function, const Bindings& bindings, std::vector<std::vector<ExprId>> conditions) {
    for (size_t i = 0; i < function.inputs.size(); ++i)
      if (std::find(bindings.outputs.begin(), bindings.outputs.end(), bindings.inputs[i]) !=
          bindings.outputs.end())
        replaced_.insert(function.inputs[i]);
    result_.function = function;
    result_.sources.resize(function.values.size());
    result_.kept.resize(function.values.size());
    result_.conditions = std::move(conditions);
  }

  Inlining run() {
    count_readers();
    for (uint32_t i = 0; i < function().nodes.size(); ++i)
      if (std::holds_alternative<Compute>(function().nodes[i].op)) rewrite(i);
    remove_dead(function());
    return std::move(result_);
  }

 private:
  Function& function() { return result_.function; }
  const Function& function() const { return result_.function; }
  Expressions& expressions() { return result_.function.expressions; }

  void count_readers() {
    for (uint32_t number = 0; number < function().nodes.size(); ++number)
      for (const ValueId operand : operands_of(function(), function().nodes[number]))
        readers_[operand].push_back(number);
    for (const ValueId output : function().outputs) pinned_.insert(output);
    for (const Node& node : function().nodes)
      if (const auto* check = std::get_if<Check>(&node.op)) {
        pinned_.insert(check->subject);
        if (check->greatest.valid()) pinned_.insert(check->greatest);
      }
  }

  /// A read of one value, a literal or an index expression: nothing is computed.
  bool is_view(ExprId body) {
    const Expr& expr = expressions()[body];
    if (expr.kind == ExprKind::call)
      return expr.type == ElementType::i64 && values_in(expressions(), body).empty();
    return true;
  }

  /// Whether a value may take the memory of the one that it changes a part of, and is large enough to gain.
  bool changes_in_place(ValueId value) {
    const std::vector<dim::Dim>& shape = function().type_of(value).shape;
    if (volume(shape).constant().value_or(tiny_update + 1) <= tiny_update) return false;
    ValueId old;
    if (const auto update = match_update(function(), value))
      old = update->old;
    else if (const auto points = match_changed_points(function(), value))
      old = points->old;
    return old.valid() && (compute_of(function(), old) || replaced_.contains(old));
  }

  /// Indices of the reader that a read of the value does not mention: for each of their points the value is
  /// computed again.
  bool computed_again(const Compute& reader, ValueId value) {
    for (const ExprId id : reads_of(expressions(), reader)) {
      const Expr& read = expressions()[id];
      if (read.value != value) continue;
      std::set<uint32_t> mentioned;
      for (const ExprId subscript : read.operands)
        for (const uint32_t index : indices_in(expressions(), subscript)) mentioned.insert(index);
      for (uint32_t index = 0; index < reader.domain.size(); ++index)
        if (!mentioned.contains(index) && !reader.domain[index].extent.is_constant(1)) return true;
    }
    return false;
  }

  bool worth_inlining(const Node& reader_node, const Compute& reader, ValueId value) {
    const Compute* compute = compute_of(function(), value);
    if (!compute) return false;
    const std::vector<dim::Dim>& shape = function().type_of(value).shape;
    const WriteShape write = write_shape(function(), *compute, shape);
    if (!write.is_map) return false;
    const auto keep = [&](const char* why) {
      result_.kept[value.number] = why;
      return false;
    };
    const bool view = is_view(compute->body);
    const int cost = cost_of(expressions(), compute->body);
    const std::vector<dim::Dim>& to = function().type_of(reader_node.results[0]).shape;
    const bool contracts = match_contraction(function(), reader, to).has_value();
    if (contracts && !view) return keep("an operand of a contraction is read from memory");
    if (contracts) {  // a view may cost the contraction its form
      Compute inlined = reader;
      inlined.body = substitute(inlined.body, value, *compute);
      return match_contraction(function(), inlined, to).has_value() ||
             keep("as a view it would not leave the contraction linear reads");
    }
    if (changes_in_place(value)) return keep("it changes a part of an older value in place");
    if (view) return true;
    const WriteShape reader_write = write_shape(function(), reader, to);
    const bool again = computed_again(reader, value);
    if (again && reader_write.reduces && cost > cheap_in_reduction)
      return keep("a reduction would compute it again");
    if (again && cost > cheap_cost) return keep("its reader would compute it again");
    if (pinned_.contains(value)) return keep("it is a result");
    if (readers_[value].size() > 1) {
      if (cost > cheap_cost) return keep("it has several readers");
      if (ends_product(value, *compute)) return keep("a product's kernel writes it in place of the product");
    }
    return true;
  }

  /// Whether the value joins a product and other values of as many points, and nobody else reads the product:
  /// its kernel can write either of the two, and of the value each reader needs one number a point.
  bool ends_product(ValueId value, const Compute& compute) {
    const Type& type = function().type_of(value);
    const auto rank = static_cast<uint32_t>(type.shape.size());
    bool is_there = false;
    std::set<ValueId> joined;
    for (const ExprId id : reads_of(expressions(), compute)) {
      const Expr& read = expressions()[id];
      const Type& made = function().type_of(read.value);
      if (!(made.shape == type.shape)) continue;
      joined.insert(read.value);
      const Compute* product = compute_of(function(), read.value);
      is_there = is_there || (product && size_of(made.element) >= size_of(type.element) &&
                              reads_at_point(expressions(), read, rank) && has_one_reader(read.value) &&
                              match_contraction(function(), *product, made.shape));
    }
    return is_there && joined.size() > 1;
  }

  /// Of those that stay: not counting what is computed within its own readers.
  bool has_one_reader(ValueId value) const {
    std::set<uint32_t> staying;
    for (const uint32_t number : readers_.at(value)) {
      const std::vector<ValueId>& results = function().nodes[number].results;
      const auto known = results.empty() ? inlined_.end() : inlined_.find(results[0]);
      if (known == inlined_.end() || !known->second) staying.insert(number);
    }
    return staying.size() == 1 && !pinned_.contains(value);
  }

  /// A value that some reader takes from memory is there for all: the others do not compute it again. All its
  /// readers are as the graph has them when this is first asked, for the first of them.
  bool inlined(ValueId value) {
    if (const auto known = inlined_.find(value); known != inlined_.end()) return known->second;
    bool all = !readers_[value].empty();
    for (const uint32_t number : readers_[value]) {
      const Node& node = function().nodes[number];
      const auto* reader = std::get_if<Compute>(&node.op);
      all = all && reader && worth_inlining(node, *reader, value);
    }
    inlined_[value] = all;
    return all;
  }

  ExprId substitute(ExprId root, ValueId value, const Compute& compute) {
    ImportRules rules;
    rules.read = [&](ValueId read, const std::vector<ExprId>& subscripts) {
      return read == value ? substitute_indices(expressions(), compute.body, subscripts) : ExprId{};
    };
    ExpressionImporter importer(expressions(), expressions(), rules);
    return importer.import(root);
  }

  /// Subscripts may be longer than one value's reads: a body that is put in brings reads of its own, which
  /// were settled when its node was rewritten.
  void rewrite(uint32_t number) {
    const std::vector<ValueId> operands = operands_of(function(), function().nodes[number]);
    for (const ValueId value : operands) {
      Node& node = function().nodes[number];
      auto& reader = std::get<Compute>(node.op);
      if (!inlined(value)) continue;
      const Compute compute = *compute_of(function(), value);
      reader.body = substitute(reader.body, value, compute);
      for (ExprId& guard : reader.guard) guard = substitute(guard, value, compute);
      for (ExprId& write : reader.write) write = substitute(write, value, compute);
      for (ExprId& condition : result_.conditions[node.results[0].number])
        condition = substitute(condition, value, compute);
      auto& sources = result_.sources[node.results[0].number];
      const auto& inner = result_.sources[value.number];
      sources.insert(sources.end(), inner.begin(), inner.end());
      sources.push_back({function()[value].name, function().node_of(value).span});
      for (const ValueId operand : values_in(expressions(), compute.body))
        if (std::find(operands.begin(), operands.end(), operand) == operands.end())
          readers_[operand].push_back(number);
    }
  }

  Inlining result_;
  std::map<ValueId, std::vector<uint32_t>> readers_;  // nodes; some that have died with their only reader
  std::map<ValueId, bool> inlined_;
  std::set<ValueId> pinned_;
  std::set<ValueId> replaced_;  // inputs whose memory an output takes
};

}  // namespace

Inlining inline_maps(const Function& function, const Bindings& bindings,
                     std::vector<std::vector<ExprId>> conditions) {
  return Inliner(function, bindings, std::move(conditions)).run();
}

}  // namespace kiln::fuse
