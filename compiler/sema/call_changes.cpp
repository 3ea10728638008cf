#include <algorithm>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/conversions.h"
#include "sema/function_call.h"
#include "sema/instances.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/report.h"
#include "sema/subscripts.h"
#include "sema/trees.h"

namespace kiln::sema {

bool FunctionCall::take_slice(size_t at) {
  const auto* subscript = syntax::if_is<syntax::Subscript>(*placed_[at]->value);
  Value& value = values_[at];
  if (subscript == nullptr || value.failed() || value.place || !value.type.is_tensor()) return true;
  Value base = check_expression(body_, *subscript->base);
  const std::string text(body_.session.files.text_of(subscript->base->span));
  if (!base.place) return may_change(body_, nullptr, false, value.span, text);
  if (!may_change(body_, base.root, base.is_mutable, subscript->base->span, text)) return false;
  auto checked = check_subscripts(body_, base.type.shape, subscript->items, subscript->brackets, text, false);
  if (!checked) return false;
  SliceOrigin origin{*base.place, {}};
  for (const TypedSubscript& subscript_at : checked->subscripts) {
    const bool is_literal = !subscript_at.is_slice && subscript_at.at->kind == ExprKind::literal;
    origin.points.emplace_back();
    if (is_literal) origin.points.back() = static_cast<const Literal&>(*subscript_at.at).value.integer;
  }
  slices_[at] = std::move(origin);
  const Slot slot = new_slot(body_, "slice", value.type);
  before_.push_back(bind_statement(value.span, {slot}, std::move(value.tree)));
  auto back = std::make_unique<AssignPoints>();
  back->span = value.span;
  back->place = *base.place;
  back->subscripts = std::move(checked->subscripts);
  back->value = place_value(body_, value.span, whole_place(body_, slot, value.span), value.type);
  back->tensor_name = text;
  after_.push_back(std::move(back));
  value.place = whole_place(body_, slot, value.span);
  value.tree = place_value(body_, value.span, *value.place, value.type);
  value.root = base.root;
  value.is_mutable = true;
  return true;
}

Value FunctionCall::with_slices(Value value) {
  if (before_.empty()) return value;
  auto block = make_node<BlockValue>(body_, call_.span, value.type);
  block->block.statements = std::move(before_);
  if (value.type.kind == Type::Kind::nothing) {
    auto only = std::make_unique<CallOnly>();
    only->span = call_.span;
    only->call = std::move(value.tree);
    block->block.statements.push_back(std::move(only));
  } else {
    const Slot slot = new_slot(body_, "changed", value.type);
    block->block.statements.push_back(bind_statement(call_.span, {slot}, std::move(value.tree)));
    block->block.result = place_value(body_, call_.span, whole_place(body_, slot, call_.span), value.type);
  }
  for (TypedStatementPtr& statement : after_) block->block.statements.push_back(std::move(statement));
  value.tree = std::move(block);
  return value;
}

namespace {

bool differ(const SliceOrigin& a, const SliceOrigin& b) {
  for (size_t axis = 0; axis < std::min(a.points.size(), b.points.size()); ++axis) {
    if (a.points[axis] && b.points[axis] && *a.points[axis] != *b.points[axis]) return true;
  }
  return false;
}

}  // namespace

bool FunctionCall::check_changes() {
  struct Changed {
    Place place;
    const SliceOrigin* slice;
    Span span;
  };
  std::vector<Changed> changed;
  bool good = true;
  const auto add = [&](const Value& value, Span span, const SliceOrigin* slice) {
    if (!value.place || !may_change(body_, value.root, value.is_mutable, span,
                                    std::string(body_.session.files.text_of(span)))) {
      if (!value.place) may_change(body_, nullptr, false, span, "");
      good = false;
      return;
    }
    const Place& place = slice != nullptr ? slice->place : *value.place;
    for (const Changed& other : changed) {
      const bool apart = other.place.slot != place.slot ||
                         other.place.first_leaf >= place.first_leaf + place.leaf_count ||
                         place.first_leaf >= other.place.first_leaf + other.place.leaf_count ||
                         (slice != nullptr && other.slice != nullptr && differ(*slice, *other.slice));
      if (apart) continue;
      Diagnostic& diagnostic =
          report(body_, diagnostics::overlapping_changes, span, "one call changes the same variable twice");
      diagnostic.labels.push_back({other.span, "changed here too"});
      if (slice != nullptr && other.slice != nullptr)
        diagnostic.help = "slices of one call are apart if numbers that differ stand in their brackets";
      good = false;
    }
    changed.push_back({place, slice, span});
  };
  if (receiver_ && signature_.self && is_inout(*signature_.self) && !is_inout_open(*signature_.self)) {
    add(*receiver_, receiver_->span, nullptr);
  }
  for (size_t i = 0; i < signature_.parameters.size(); ++i) {
    const syntax::Parameter& parameter = *signature_.parameters[i].syntax;
    if (!has_value_[i] || placed_[i] == nullptr) continue;
    const bool wanted = is_inout(parameter);
    const bool marked = placed_[i]->is_changed;
    if (marked && !parameter.is_inout) {
      Diagnostic& diagnostic =
          report(body_, diagnostics::mark_unwanted, placed_[i]->span,
                 fmt::format("`{}` of `{}` is not changed", parameter.name.text, name()));
      diagnostic.labels.push_back({parameter.span, "not `inout`"});
      diagnostic.fix(placed_[i]->span, std::string(body_.session.files.text_of(placed_[i]->value->span)),
                     "remove the `&`");
      good = false;
    } else if (wanted && !marked && !is_inout_open(parameter)) {
      Diagnostic& diagnostic = report(body_, diagnostics::mark_missing, placed_[i]->span,
                                      fmt::format("`{}` changes `{}`", name(), parameter.name.text));
      diagnostic.labels.push_back({parameter.span, "`inout`"});
      const std::string text = fmt::format("&{}", body_.session.files.text_of(placed_[i]->value->span));
      diagnostic.help = fmt::format("mark it: `{}`", text);
      diagnostic.fix(placed_[i]->value->span, text);
      good = false;
    } else if (wanted && marked) {
      add(values_[i], placed_[i]->value->span, slices_[i] ? &*slices_[i] : nullptr);
    }
  }
  return good;
}

}  // namespace kiln::sema
