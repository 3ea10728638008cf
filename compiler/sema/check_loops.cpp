#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/checkpoints.h"
#include "sema/conversions.h"
#include "sema/evaluate.h"
#include "sema/exact.h"
#include "sema/indices.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

/// Ranges known at compile time are unrolled up to here; longer ones stay loops. Maps of neighbouring rounds
/// become one kernel; a product gains nothing from 8 rounds on and costs 20 KB and 0.15 s to compile for each
/// (docs/decisions/loops.md). Walks over trees and arrays of models are always unrolled: each part has its
/// own type.
constexpr int64_t most_unrolled_rounds = 16;

constexpr Slot no_slot = UINT32_MAX;

/// What one source gives in one round of an unrolled loop.
struct Item {
  Type type;
  Place place;
  std::string path;
};

struct Source {
  bool is_range = false;
  dim::Dim low, extent;           // of a range
  Slot low_slot = no_slot;        // of a range that begins with data: an i64 variable that holds it
  TypedExprPtr rounds;            // i64: of a range whose length is data
  std::vector<Item> items;        // of a walk
  std::optional<dim::Dim> count;  // rounds
  bool is_mutable = false;
  const Entity* root = nullptr;
  Span span;
};

class LoopCheck {
 public:
  LoopCheck(Body& body, const syntax::Loop& loop, TypedBlock& out) : body_(body), loop_(loop), out_(out) {}

  void check() {
    bool good = true;
    for (const syntax::LoopSource& source : loop_.sources) good = take_source(source) && good;
    if (!good || !check_targets()) return;
    auto rounds = common_count();
    if (!rounds || !take_max(*rounds) || !check_checkpoints(body_, loop_.checkpoints, checkpoints_)) return;
    const bool walks =
        !std::all_of(sources_.begin(), sources_.end(), [](const Source& source) { return source.is_range; });
    const bool is_data = sources_[0].rounds != nullptr || max_tree_ != nullptr;
    if (body_.root.is_generic || body_.is_muted) return check_once(*rounds);
    const std::optional<int64_t> constant = rounds->constant();
    const int64_t known = !is_data && constant ? *constant : -1;
    const bool divides_by_dims = checkpoints_ && checkpoints_->every && !checkpoints_->every->constant();
    if (known >= 0 && (walks || (known <= most_unrolled_rounds && !divides_by_dims))) {
      if (!divides_by_dims) return unroll(known);
      report_limit(
          body_, loop_.checkpoints->span,
          "a walk with checkpoints every so many parts as a dim that is known only at run time says");
      return;
    }
    if (walks) {
      report_limit(body_, loop_.span, "a walk over a number of parts that is known only at run time");
      return;
    }
    check_range_loop(*rounds);
  }

 private:
  bool take_source(const syntax::LoopSource& syntax) {
    Source source;
    source.span = syntax.span;
    const bool good = syntax.high ? take_range(syntax, source) : take_walk(*syntax.low, source);
    sources_.push_back(std::move(source));
    return good;
  }

  bool take_range(const syntax::LoopSource& syntax, Source& source) {
    Value low = check_expression(body_, *syntax.low);
    Value high = check_expression(body_, *syntax.high);
    if (low.failed() || high.failed()) return false;
    for (const Value* bound : {&low, &high}) {
      if (bound->integer && bound->is_static) continue;
      if (bound->type.is_scalar() && is_integral(bound->type.element)) continue;
      report(body_, diagnostics::bad_subscript, bound->span, "the bound of a range is an integer").label =
          this_is(bound->type);
      return false;
    }
    source.is_range = true;
    const auto is_known = [](const Value& bound) { return bound.integer && bound.is_static; };
    const bool low_is_data = !is_known(low), is_data = low_is_data || !is_known(high);
    source.low = low_is_data ? *stored_integer(body_, low, "low") : *low.integer;
    const dim::Dim end = is_known(high) ? *high.integer : *stored_integer(body_, high, "high");
    source.extent = end - source.low;
    if (is_data) {
      TypedExprPtr first = as_index(body_, low);
      if (low_is_data) {
        source.low_slot = new_slot(body_, "first", Type::scalar(ElementType::i64));
        out_.statements.push_back(bind_statement(source.span, {source.low_slot}, std::move(first)));
        first = first_of(source);
      }
      source.rounds = apply(source.span, ScalarFunction::subtract, as_index(body_, high), std::move(first));
    }
    dim::Verdict verdict;
    if (source.extent.constant() && *source.extent.constant() < 0) source.extent = 0;
    if (prove(body_, dim::Condition::less_equal(0, source.extent), verdict) != Proof::proved) {
      // A range that ends before it begins has no rounds.
      source.extent = max(source.extent, dim::Dim(0));
    }
    source.count = source.extent;
    return true;
  }

  TypedExprPtr first_of(const Source& source) {
    const Type type = Type::scalar(ElementType::i64);
    return place_value(body_, source.span, whole_place(body_, source.low_slot, source.span), type);
  }

  /// `max N` ends the loop after N rounds.
  bool take_max(dim::Dim& rounds) {
    if (!loop_.max) return true;
    Value bound = check_expression(body_, *loop_.max);
    if (bound.failed()) return false;
    if (!(bound.type.is_scalar() && is_integral(bound.type.element)) && !(bound.integer && bound.is_static)) {
      report(body_, diagnostics::bad_subscript, bound.span, "the most rounds of a loop are an integer")
          .label = this_is(bound.type);
      return false;
    }
    const bool is_known = bound.integer && bound.is_static;
    const dim::Dim most = is_known ? *bound.integer : *stored_integer(body_, bound, "most");
    if (is_known) {
      max_ = max(most, dim::Dim(0));
    } else {
      max_tree_ = as_index(body_, bound);
    }
    rounds = min(rounds, max(most, dim::Dim(0)));
    return true;
  }

  /// `m.params`, `m.params("*.lora_*")`: the value and the pattern.
  bool is_params(const syntax::Expression& expression, const syntax::Expression*& base,
                 std::string& pattern) {
    const syntax::Expression* callee = &expression;
    if (const auto* call = syntax::if_is<syntax::Call>(expression)) {
      callee = call->callee.get();
      const auto* member = syntax::if_is<syntax::Member>(*callee);
      if (member == nullptr || !(member->name == "params")) return false;
      if (call->arguments.size() == 1) {
        const auto chosen = evaluate_static(body_, ParameterKind::string, *call->arguments[0].value);
        if (chosen) pattern = chosen->text;
      }
    }
    const auto* member = syntax::if_is<syntax::Member>(*callee);
    if (member == nullptr || !(member->name == "params")) return false;
    base = member->base.get();
    return true;
  }

  bool take_walk(const syntax::Expression& expression, Source& source) {
    const syntax::Expression* base = &expression;
    std::string pattern = "*";
    const bool params = is_params(expression, base, pattern);
    Value value = check_expression(body_, *base);
    settle(body_, value);
    if (value.failed()) return false;
    if (!value.type.is_tree()) {
      Diagnostic& diagnostic = report(body_, diagnostics::argument_type, expression.span,
                                      "a loop runs over a range, a tree or an array of models");
      diagnostic.label = this_is(value.type);
      if (value.type.is_scalar()) diagnostic.help = "write a range: `0..N`";
      if (value.type.is_tensor() && !value.type.shape.empty() && !value.type.shape[0].is_pack())
        diagnostic.help =
            fmt::format("walk over its places, `for i in 0..{}`, and read `{}[i]`",
                        to_string(value.type.shape[0].extent), body_.session.files.text_of(expression.span));
      return false;
    }
    source.root = value.root;
    source.is_mutable = value.is_mutable;
    Place place;
    if (value.place) {
      place = *value.place;
    } else {
      const Slot slot = new_slot(body_, "walked", value.type);
      place = whole_place(body_, slot, value.span);
      out_.statements.push_back(bind_statement(value.span, {slot}, std::move(value.tree)));
    }
    if (value.type.kind == Type::Kind::array && !params) {
      take_array(value.type, place, source);
    } else {
      take_leaves(value.type, place, params, pattern, source);
    }
    return true;
  }

  /// Not those of gradients, which are params all.
  static bool holds_models(const Type& type) {
    return type.kind == Type::Kind::array ? holds_models(type.items[0]) : type.kind == Type::Kind::model;
  }

  void take_array(const Type& type, const Place& place, Source& source) {
    const Type item = with_axes(type.items[0], type.axes);
    const uint32_t leaves = leaf_count(body_.session, item);
    source.count = type.count;
    const int64_t count = body_.root.is_generic ? 1 : type.count.constant().value_or(1);
    for (int64_t i = 0; i < count; ++i) {
      source.items.push_back(
          {item,
           {place.slot, place.first_leaf + static_cast<uint32_t>(i) * leaves, leaves, place.span},
           std::to_string(i)});
    }
  }

  void take_leaves(const Type& type, const Place& place, bool params, const std::string& pattern,
                   Source& source) {
    const LeafList leaves = leaves_of(body_.session, type);
    for (uint32_t i = 0; i < leaves.size(); ++i) {
      const bool is_model = holds_models(type);
      if (is_model && params && leaves[i].role != LeafRole::param) continue;
      if (is_model && !params && !is_float(leaves[i].type.element)) continue;
      if (!path_matches(leaves[i].path, pattern)) continue;
      source.items.push_back(
          {Type::tensor(Element::of(leaves[i].type.element), shape_of(leaves[i].type.shape)),
           {place.slot, place.first_leaf + i, 1, place.span},
           leaves[i].path});
    }
    source.count = dim::Dim(static_cast<int64_t>(source.items.size()));
  }

  bool check_targets() {
    bool good = true;
    for (size_t i = 0; i < loop_.targets.size(); ++i) {
      const syntax::LoopTarget& target = loop_.targets[i];
      if (!may_define(body_, target.name)) good = false;
      const bool taken = body_.scope.find(target.name.text) != nullptr && !(target.name == "_");
      if (taken && good) {
        report(body_, diagnostics::name_taken, target.name.span,
               fmt::format("`{}` is a name in scope", target.name.text))
            .labels.push_back({body_.scope.find(target.name.text)->span, "declared here"});
        good = false;
      }
      if (!target.is_changed) continue;
      const Source& source = sources_[i];
      if (source.is_range) {
        report(body_, diagnostics::mark_unwanted, target.span, "the numbers of a range cannot be changed");
        good = false;
      } else if (!(source.root != nullptr && source.root->is_inout_elsewhere) &&
                 !may_change(body_, source.root, source.is_mutable, source.span,
                             std::string(body_.session.files.text_of(source.span)))) {
        good = false;
      }
    }
    return good;
  }

  std::optional<dim::Dim> common_count() {
    for (size_t i = 1; i < sources_.size(); ++i) {
      if (same_dim(body_, *sources_[0].count, *sources_[i].count)) continue;
      Diagnostic& diagnostic = report(body_, diagnostics::shape_mismatch, sources_[i].span,
                                      "the sources of a loop have different lengths");
      diagnostic.label = fmt::format("{} rounds", to_string(*sources_[i].count));
      diagnostic.labels.push_back(
          {sources_[0].span, fmt::format("{} rounds", to_string(*sources_[0].count))});
      return std::nullopt;
    }
    return sources_[0].count;
  }

  void define_item(size_t at, const Item& item) {
    const syntax::LoopTarget& target = loop_.targets[at];
    Entity& entity = define_variable(body_, target.name, item.type, item.place);
    entity.is_mutable = target.is_changed && sources_[at].is_mutable;
    entity.why_constant =
        target.is_changed ? "a part of something that cannot be changed" : "a target without `&`";
    entity.path = item.path;
    if (sources_[at].root != nullptr) entity.depth = sources_[at].root->depth;
  }

  void define_number(size_t at, const dim::Dim& number) {
    Entity entity;
    entity.kind = Entity::Kind::fixed;
    entity.span = loop_.targets[at].name.span;
    entity.type = Type::tensor(Element::of_kind(Element::Kind::loose));
    entity.integer = number;
    entity.why_constant = counts_rounds;
    entity.is_static = true;
    if (!(loop_.targets[at].name == "_")) body_.scope.define(loop_.targets[at].name.text, std::move(entity));
  }

  /// The number that a range gives in the round with this symbol.
  void define_round(size_t at, const std::string& symbol, TypedBlock& out) {
    const Source& source = sources_[at];
    const dim::Dim number = source.low + dim::Dim::symbol(symbol);
    if (source.low_slot == no_slot) return define_number(at, number);
    const syntax::Name& name = loop_.targets[at].name;
    const Type type = Type::scalar(ElementType::i32);
    const Slot slot = new_slot(body_, name.text, type);
    TypedExprPtr sum = apply(source.span, ScalarFunction::add, first_of(source),
                             dim_value(source.span, dim::Dim::symbol(symbol)));
    out.statements.push_back(bind_statement(name.span, {slot}, converted(std::move(sum), ElementType::i32)));
    Entity& entity = define_variable(body_, name, type, whole_place(body_, slot, name.span));
    entity.integer = number;
    entity.why_constant = counts_rounds;
  }

  void check_body(TypedBlock& out) {
    for (const syntax::StatementPtr& statement : loop_.body.statements)
      check_statement(body_, *statement, out);
  }

  void unroll(int64_t rounds) {
    const std::set<std::string> before = body_.assigned_results;
    if (checkpoints_) {
      const std::vector<int64_t> lengths = checkpoints_->every
                                               ? std::vector<int64_t>{*checkpoints_->every->constant()}
                                               : checkpoint_lengths(rounds);
      unroll_parts(0, rounds, lengths, out_);
    } else {
      unroll_rounds(0, rounds, out_);
    }
    if (rounds == 0 || checkpoints_) body_.assigned_results = before;
  }

  /// Parts of so many rounds, each a loop of one round that derivatives run again.
  void unroll_parts(int64_t begin, int64_t end, std::span<const int64_t> lengths, TypedBlock& out) {
    if (lengths.empty()) return unroll_rounds(begin, end, out);
    for (int64_t first = begin, next = begin; first < end; first = next) {
      next = end - first > lengths[0] ? first + lengths[0] : end;
      auto node = std::make_unique<RangeLoop>();
      node->span = loop_.span;
      node->counter = new_counter(body_, "checkpoint");
      node->limit = 1;
      node->is_checkpoint = true;
      forget_variables(body_);
      {
        BlockScope scope(body_);
        body_.is_conditional = true;
        unroll_parts(first, next, lengths.subspan(1), node->body);
      }
      forget_variables(body_);
      out.statements.push_back(std::move(node));
    }
  }

  void unroll_rounds(int64_t begin, int64_t end, TypedBlock& out) {
    for (int64_t round = begin; round < end; ++round) {
      BlockScope scope(body_);
      for (size_t i = 0; i < sources_.size(); ++i) {
        if (sources_[i].is_range)
          define_number(i, sources_[i].low + dim::Dim(round));
        else
          define_item(i, sources_[i].items[static_cast<size_t>(round)]);
      }
      check_body(out);
    }
  }

  /// Generic: the body once, for any round.
  void check_once(const dim::Dim& rounds) {
    const std::set<std::string> before = body_.assigned_results;
    forget_variables(body_);
    {
      BlockScope scope(body_);
      body_.is_conditional = true;
      // A range from 0 counts what its name says: so it is called in counter-examples.
      const bool is_count = sources_[0].is_range && sources_[0].low.is_constant(0);
      const std::string symbol =
          fmt::format("{}#{}", is_count ? loop_.targets[0].name.text : "round", body_.next_symbol++);
      body_.facts.add_index(symbol, 0, rounds);
      for (size_t i = 0; i < sources_.size(); ++i) {
        if (sources_[i].is_range) {
          define_round(i, symbol, out_);
        } else if (sources_[i].items.empty()) {
          body_.assigned_results = before;
          return;
        } else {
          define_item(i, sources_[i].items[0]);
        }
      }
      check_body(out_);  // thrown away with the rest of the tree
    }
    body_.assigned_results = before;
    forget_variables(body_);
  }

  void check_range_loop(const dim::Dim& rounds) {
    auto node = std::make_unique<RangeLoop>();
    node->span = loop_.span;
    node->counter = new_counter(body_, loop_.targets[0].name.text);
    node->checkpoints = checkpoints_;
    node->rounds = std::move(sources_[0].rounds);
    if (node->rounds) node->count = sources_[0].count;
    if (!node->rounds) node->limit = *sources_[0].count;
    if (max_) node->limit = node->limit ? min(*node->limit, *max_) : *max_;
    if (max_tree_)
      node->rounds = node->rounds ? apply(loop_.span, ScalarFunction::minimum, std::move(node->rounds),
                                          std::move(max_tree_))
                                  : std::move(max_tree_);
    const std::set<std::string> before = body_.assigned_results;
    forget_variables(body_);
    {
      BlockScope scope(body_);
      body_.is_conditional = true;
      body_.facts.add_index(node->counter, 0, rounds);
      if (node->limit) body_.facts.add(dim::Condition::less(dim::Dim::symbol(node->counter), *node->limit));
      for (size_t i = 0; i < sources_.size(); ++i) define_round(i, node->counter, node->body);
      check_body(node->body);
    }
    body_.assigned_results = before;
    forget_variables(body_);
    out_.statements.push_back(std::move(node));
  }

  Body& body_;
  const syntax::Loop& loop_;
  TypedBlock& out_;
  std::vector<Source> sources_;
  std::optional<dim::Dim> max_;  // `max` over dims
  TypedExprPtr max_tree_;        // `max` that is data: i64
  std::optional<CheckpointRounds> checkpoints_;
};

}  // namespace

std::string new_counter(Body& body, const std::string& name) {
  return fmt::format("{}__{}", name == "_" ? "round" : name, body.root.next_counter++);
}

void check_loop(Body& body, const syntax::Loop& loop, TypedBlock& out) { LoopCheck(body, loop, out).check(); }

}  // namespace kiln::sema
