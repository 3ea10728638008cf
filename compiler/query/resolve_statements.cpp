#include <cctype>

#include "query/resolver.h"

namespace kiln::query {

void Resolver::visit(const syntax::Block& block) {
  const Block inner(*this, block.span);
  visit_statements(block);
}

void Resolver::visit_statements(const syntax::Block& block) {
  for (const syntax::StatementPtr& statement : block.statements) visit(*statement);
  visit_optional(block.result);
}

void Resolver::visit(const syntax::Statement& statement) {
  switch (statement.kind) {
    case syntax::StatementKind::bind: return visit_bind(syntax::as<syntax::Bind>(statement));
    case syntax::StatementKind::assign: return visit_assign(syntax::as<syntax::Assign>(statement));
    case syntax::StatementKind::call: return visit(*syntax::as<syntax::CallStatement>(statement).call);
    case syntax::StatementKind::branch: {
      const auto& branch = syntax::as<syntax::Branch>(statement);
      visit(*branch.condition);
      visit(branch.then_block);
      if (branch.has_else) visit(branch.else_block);
      return;
    }
    case syntax::StatementKind::loop: return visit_loop(syntax::as<syntax::Loop>(statement));
    case syntax::StatementKind::while_loop: {
      const auto& loop = syntax::as<syntax::WhileLoop>(statement);
      visit(*loop.condition);
      visit_optional(loop.max);
      if (loop.checkpoints) visit_optional(loop.checkpoints->every);
      return visit(loop.body);
    }
    case syntax::StatementKind::assertion: return visit(*syntax::as<syntax::Assertion>(statement).condition);
  }
}

const syntax::Binders* Resolver::binders_of(const syntax::Pattern& pattern) const {
  if (!pattern.is_tuple()) return pattern.has_binders ? &pattern.binders : nullptr;
  for (const syntax::Pattern& part : pattern.parts) {
    if (const syntax::Binders* binders = binders_of(part)) return binders;
  }
  return nullptr;
}

/// `(v[b], i[b]) = …`: the parts have the same binders, the first ones count.
void Resolver::mark_binders_again(const syntax::Pattern& pattern, const syntax::Binders& declared) {
  for (const syntax::Pattern& part : pattern.parts) mark_binders_again(part, declared);
  if (!pattern.has_binders || &pattern.binders == &declared) return;
  for (const syntax::Binder& binder : pattern.binders.list) {
    refer(binder.name);
    visit_optional(binder.low);
    visit_optional(binder.high);
  }
}

void Resolver::visit_bind(const syntax::Bind& bind) {
  if (bind.type) visit(*bind.type, false);
  if (const syntax::Binders* binders = binders_of(bind.pattern)) {
    const Block inner(*this, bind.span);
    visit_binders(*binders);
    mark_binders_again(bind.pattern, *binders);
    visit(*bind.value);
  } else {
    visit(*bind.value);
  }
  declare_pattern(bind.pattern, bind);
}

void Resolver::declare_pattern(const syntax::Pattern& pattern, const syntax::Bind& bind) {
  for (const syntax::Pattern& part : pattern.parts) declare_pattern(part, bind);
  if (pattern.is_tuple() || !pattern.name.present()) return;
  const SymbolId id = declare(bind.is_variable ? SymbolKind::variable : SymbolKind::let, pattern.name,
                              bind.span, bind.span.end);
  if (!bind.type && !(pattern.name == "_")) analysis_.symbols[id].hint_at = pattern.span.end;
}

void Resolver::visit_binders(const syntax::Binders& binders) {
  for (const syntax::Binder& binder : binders.list) visit_binder(binder);
  visit_optional(binders.where);
}

void Resolver::declare_index(const syntax::Name& name, Span whole, bool has_open_range) {
  const SymbolId id = declare(SymbolKind::index, name, whole, 0);
  if (has_open_range && !(name == "_")) analysis_.symbols[id].hint_at = name.span.end;
}

void Resolver::visit_binder(const syntax::Binder& binder) {
  visit_optional(binder.low);
  visit_optional(binder.high);
  if (binder.name.present()) declare_index(binder.name, binder.span, binder.high == nullptr);
  for (const syntax::Binder& part : binder.parts) visit_binder(part);
}

void Resolver::visit_assign(const syntax::Assign& assign) {
  const Block inner(*this, assign.span);
  const syntax::Expression* place = assign.place.get();
  while (true) {
    if (const auto* member = syntax::if_is<syntax::Member>(*place)) {
      place = member->base.get();
    } else if (const auto* subscript = syntax::if_is<syntax::Subscript>(*place)) {
      for (const syntax::SubscriptItem& item : subscript->items) declare_indices(item);
      place = subscript->base.get();
    } else {
      break;
    }
  }
  visit(*assign.place, true);
  visit(*assign.value);
}

/// The lower-case names on the left that nothing declares are indices.
void Resolver::declare_indices(const syntax::SubscriptItem& item) {
  const bool is_index =
      item.kind == syntax::SubscriptKind::pack || item.kind == syntax::SubscriptKind::binder;
  if (is_index && item.name.present() && !find(item.name.text))

    declare_index(item.name, item.span, item.last == nullptr);
  if (item.kind != syntax::SubscriptKind::binder && item.first) declare_indices(*item.first);
  for (const syntax::SubscriptItem& part : item.parts) declare_indices(part);
}

void Resolver::declare_indices(const syntax::Expression& expression) {
  switch (expression.kind) {
    case syntax::ExpressionKind::name: {
      const syntax::Name& name = syntax::as<syntax::NameExpression>(expression).name;
      const bool is_lower = std::isupper(static_cast<unsigned char>(name.text[0])) == 0;
      if (is_lower && !find(name.text)) declare_index(name, name.span, true);
      return;
    }
    case syntax::ExpressionKind::unary:
      return declare_indices(*syntax::as<syntax::Unary>(expression).operand);
    case syntax::ExpressionKind::binary:
      declare_indices(*syntax::as<syntax::Binary>(expression).left);
      return declare_indices(*syntax::as<syntax::Binary>(expression).right);
    case syntax::ExpressionKind::call:
      for (const auto& argument : syntax::as<syntax::Call>(expression).arguments)
        declare_indices(*argument.value);
      return;
    case syntax::ExpressionKind::subscript:
      for (const auto& item : syntax::as<syntax::Subscript>(expression).items) declare_indices(item);
      return;
    default: return;
  }
}

void Resolver::visit_loop(const syntax::Loop& loop) {
  for (const syntax::LoopSource& source : loop.sources) {
    visit_optional(source.low);
    visit_optional(source.high);
  }
  visit_optional(loop.max);
  if (loop.checkpoints) visit_optional(loop.checkpoints->every);
  const Block inner(*this, loop.body.span);
  for (const syntax::LoopTarget& target : loop.targets)
    declare(SymbolKind::loop_variable, target.name, target.span, 0);
  visit_statements(loop.body);
}

}  // namespace kiln::query
