#include "sema/range_sites.h"

#include <algorithm>

#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/enclosing.h"
#include "sema/evaluate.h"
#include "sema/proofs.h"
#include "sema/subscripts.h"

namespace kiln::sema {

std::optional<IndexId> SiteFinder::wanted_index(const syntax::Expression& expression) const {
  const auto* name = syntax::if_is<syntax::NameExpression>(expression);
  if (name == nullptr) return std::nullopt;
  const Entity* entity = body_.scope.find(name->name.text);
  if (entity == nullptr || entity->kind != Entity::Kind::index) return std::nullopt;
  return entity->index;
}

std::optional<Type> SiteFinder::type_of_base(const syntax::Expression& base) {
  if (const auto* name = syntax::if_is<syntax::NameExpression>(base)) {
    const Entity* entity = body_.scope.find(name->name.text);
    if (entity != nullptr && entity->kind == Entity::Kind::variable) {
      met_mistake = met_mistake || entity->type.failed();
      if (entity->type.is_tensor() || !entity->type.axes.empty()) return entity->type;
      return std::nullopt;
    }
  }
  const Value value = check_expression(body_, base);
  met_mistake = met_mistake || value.failed();
  if (value.failed() || value.type.subscripted().empty()) return std::nullopt;
  return value.type;
}

std::shared_ptr<const Brackets> SiteFinder::brackets_of(const syntax::Subscript& subscript,
                                                        const Type& base) const {
  auto brackets = std::make_shared<Brackets>(Brackets{&subscript, base, {}});
  for (const syntax::SubscriptItem& item : subscript.items) {
    if (item.kind != syntax::SubscriptKind::point) return nullptr;
    const auto index = wanted_index(*item.first);
    if (!index) return nullptr;
    brackets->indices.push_back(*index);
  }
  return brackets->indices.size() == base.subscripted().size() ? brackets : nullptr;
}

void SiteFinder::take_components(const syntax::SubscriptItem& item, SplitSite& split) {
  for (const syntax::SubscriptItem& part : item.parts) {
    Component component{std::nullopt, std::nullopt, part.span, false};
    if (part.kind == syntax::SubscriptKind::joined) {
      take_components(part, split);
      continue;
    }
    if (part.kind == syntax::SubscriptKind::binder) {
      if (const Entity* entity = body_.scope.find(part.name.text);
          entity != nullptr && entity->kind == Entity::Kind::index) {
        component.index = entity->index;
      }
      const auto high = part.last ? evaluate_dim(body_, *part.last) : std::nullopt;
      const auto low = part.first ? evaluate_dim(body_, *part.first) : dim::Dim(0);
      if (high && low) component.extent = *high - *low;
      component.gives_range = component.extent.has_value();
    } else if (part.kind == syntax::SubscriptKind::point) {
      component.index = wanted_index(*part.first);
      if (component.index && body_.indices[*component.index].has_range) {
        component.extent = body_.indices[*component.index].extent;
      }
    }
    split.components.push_back(std::move(component));
  }
}

void SiteFinder::take_item(const std::shared_ptr<const Brackets>& brackets, const syntax::SubscriptItem& item,
                           const Axis& axis) {
  if (axis.is_pack()) return;
  if (item.kind == syntax::SubscriptKind::point) {
    const auto index = wanted_index(*item.first);
    if (index && std::find(wanted_.begin(), wanted_.end(), *index) != wanted_.end()) {
      bare.push_back({*index, {axis}, item.span, brackets});
    }
  } else if (item.kind == syntax::SubscriptKind::joined) {
    SplitSite split{axis.extent, {}};
    take_components(item, split);
    splits.push_back(std::move(split));
  }
}

/// What the extents of the axes behind may speak of: where this axis is read, if one point is.
OpenAxis SiteFinder::point_of(const syntax::SubscriptItem& item) {
  if (item.kind != syntax::SubscriptKind::point) return {std::nullopt, 0, 0};
  const Value value = check_index_expression(body_, *item.first);
  return {value.integer, 0, 0};
}

OpenAxis SiteFinder::point_of_pack(const syntax::SubscriptItem& item, size_t member) const {
  const Entity* entity = item.name.present() ? body_.scope.find(item.name.text) : nullptr;
  if (entity == nullptr || entity->kind != Entity::Kind::pack_index) return {std::nullopt, 0, 0};
  const std::vector<IndexId>& members = body_.indices[entity->index].members;
  if (member >= members.size()) return {std::nullopt, 0, 0};
  return {dim::Dim::symbol(body_.indices[members[member]].symbol), 0, 0};
}

void SiteFinder::take_sites(const syntax::Subscript& subscript, const Type& base) {
  const Shape& shape = base.subscripted();
  const auto brackets = brackets_of(subscript, base);
  size_t explicit_items = 0, pack_at = subscript.items.size();
  for (size_t i = 0; i < subscript.items.size(); ++i) {
    if (subscript.items[i].kind == syntax::SubscriptKind::pack)
      pack_at = i;
    else
      ++explicit_items;
  }
  if (explicit_items > shape.size()) return;
  const bool is_ragged =
      std::any_of(shape.begin(), shape.end(), [](const Axis& part) { return part.is_ragged; });
  const size_t run = pack_at < subscript.items.size() ? shape.size() - explicit_items : 0;
  size_t axis = 0;
  std::vector<OpenAxis> before;
  for (size_t i = 0; i < subscript.items.size(); ++i) {
    const syntax::SubscriptItem& item = subscript.items[i];
    if (i != pack_at) {
      const Axis resolved = resolved_axis(body_.session, shape[axis++], before, before.size());
      take_item(brackets, item, resolved);
      if (is_ragged) before.push_back(point_of(item));
      continue;
    }
    if (is_ragged) {
      for (size_t k = 0; k < run; ++k) before.push_back(point_of_pack(item, k));
    }
    const Entity* entity = item.name.present() ? body_.scope.find(item.name.text) : nullptr;
    if (entity != nullptr && entity->kind == Entity::Kind::pack_index &&
        std::find(wanted_.begin(), wanted_.end(), entity->index) != wanted_.end()) {
      const auto begin = shape.begin() + static_cast<std::ptrdiff_t>(axis);
      bare.push_back(
          {entity->index, Shape(begin, begin + static_cast<std::ptrdiff_t>(run)), item.span, nullptr});
    }
    axis += run;
  }
}

void SiteFinder::visit_binders(const syntax::Binders& binders, const syntax::Expression& body) {
  BlockScope scope(body_);
  for (const syntax::Binder& binder : binders.list) visit_binder(binder);
  declare_binders(body_, binders.list, true);
  visit_optional(binders.where);
  visit(body);
}

void SiteFinder::visit_block(const syntax::Block& block) {
  BlockScope scope(body_);
  for (const syntax::StatementPtr& statement : block.statements) visit_statement(*statement);
  visit_optional(block.result);
}

void SiteFinder::visit_item(const syntax::SubscriptItem& item) {
  visit_optional(item.first);
  visit_optional(item.last);
  for (const syntax::SubscriptItem& part : item.parts) visit_item(part);
}

void SiteFinder::visit_subscript(const syntax::Subscript& subscript) {
  visit(*subscript.base);
  for (const syntax::SubscriptItem& item : subscript.items) visit_item(item);
  visit_optional(subscript.otherwise);
  visit_optional(subscript.where);
  if (subscript.otherwise) return;
  if (const auto base = type_of_base(*subscript.base)) take_sites(subscript, *base);
}

void SiteFinder::visit_statement(const syntax::Statement& statement) {
  if (const auto* bind = syntax::if_is<syntax::Bind>(statement)) {
    if (bind->pattern.has_binders) {
      visit_binders(bind->pattern.binders, *bind->value);
    } else {
      visit(*bind->value);
    }
  } else if (const auto* assign = syntax::if_is<syntax::Assign>(statement)) {
    visit(*assign->value);
  } else if (const auto* assertion = syntax::if_is<syntax::Assertion>(statement)) {
    visit(*assertion->condition);
  }
  TypedBlock dropped;
  check_statement(body_, statement, dropped);
}

void SiteFinder::visit(const syntax::Expression& expression) {
  switch (expression.kind) {
    case syntax::ExpressionKind::tuple:
      for (const auto& field : syntax::as<syntax::Tuple>(expression).fields) visit(*field.value);
      return;
    case syntax::ExpressionKind::vector: return visit_all(syntax::as<syntax::Vector>(expression).elements);
    case syntax::ExpressionKind::unary: return visit(*syntax::as<syntax::Unary>(expression).operand);
    case syntax::ExpressionKind::binary:
      visit(*syntax::as<syntax::Binary>(expression).left);
      return visit(*syntax::as<syntax::Binary>(expression).right);
    case syntax::ExpressionKind::member: return visit(*syntax::as<syntax::Member>(expression).base);
    case syntax::ExpressionKind::subscript: return visit_subscript(syntax::as<syntax::Subscript>(expression));
    case syntax::ExpressionKind::call:
      visit(*syntax::as<syntax::Call>(expression).callee);
      for (const auto& argument : syntax::as<syntax::Call>(expression).arguments) visit(*argument.value);
      return;
    case syntax::ExpressionKind::reduction: {
      const auto& reduction = syntax::as<syntax::Reduction>(expression);
      return visit_binders(reduction.binders, *reduction.body);
    }
    case syntax::ExpressionKind::comprehension: {
      const auto& comprehension = syntax::as<syntax::Comprehension>(expression);
      return visit_binders(comprehension.binders, *comprehension.body);
    }
    case syntax::ExpressionKind::conditional: {
      const auto& conditional = syntax::as<syntax::Conditional>(expression);
      visit(*conditional.condition);
      visit_block(conditional.then_block);
      return visit_block(conditional.else_block);
    }
    case syntax::ExpressionKind::derivative:
      for (const syntax::DerivativeVariable& variable : syntax::as<syntax::Derivative>(expression).variables)
        if (variable.tangent) visit(*variable.tangent);
      return visit_block(syntax::as<syntax::Derivative>(expression).block);
    case syntax::ExpressionKind::checkpoint:
      return visit_block(syntax::as<syntax::Checkpoint>(expression).block);
    case syntax::ExpressionKind::value_block:
      return visit_block(syntax::as<syntax::ValueBlock>(expression).block);
    default: return;
  }
}

}  // namespace kiln::sema
