#include "query/resolver.h"

namespace kiln::query {

void Resolver::visit(const syntax::Expression& expression, bool is_write) {
  switch (expression.kind) {
    case syntax::ExpressionKind::number:
    case syntax::ExpressionKind::string:
    case syntax::ExpressionKind::boolean: return;
    case syntax::ExpressionKind::name:
      if (const auto id = refer(syntax::as<syntax::NameExpression>(expression).name, is_write))
        named_.emplace(&expression, *id);
      return;
    case syntax::ExpressionKind::tuple:
      for (const auto& field : syntax::as<syntax::Tuple>(expression).fields) visit(*field.value);
      return;
    case syntax::ExpressionKind::vector:
      for (const auto& element : syntax::as<syntax::Vector>(expression).elements) visit(*element);
      return;
    case syntax::ExpressionKind::unary: return visit(*syntax::as<syntax::Unary>(expression).operand);
    case syntax::ExpressionKind::binary:
      visit(*syntax::as<syntax::Binary>(expression).left);
      return visit(*syntax::as<syntax::Binary>(expression).right);
    case syntax::ExpressionKind::member:
      return visit_member(syntax::as<syntax::Member>(expression), is_write);
    case syntax::ExpressionKind::subscript:
      return visit_subscript(syntax::as<syntax::Subscript>(expression), is_write);
    case syntax::ExpressionKind::call: return visit_call(syntax::as<syntax::Call>(expression));
    case syntax::ExpressionKind::reduction: {
      const auto& reduction = syntax::as<syntax::Reduction>(expression);
      const auto reducer = analysis_.prelude.find(std::string(name_of(reduction.reducer)));
      if (reducer != analysis_.prelude.end()) mark(reduction.reducer_span, reducer->second);
      const Block inner(*this, reduction.span);
      visit_binders(reduction.binders);
      return visit(*reduction.body);
    }
    case syntax::ExpressionKind::comprehension: {
      const auto& comprehension = syntax::as<syntax::Comprehension>(expression);
      const Block inner(*this, comprehension.span);
      visit_binders(comprehension.binders);
      return visit(*comprehension.body);
    }
    case syntax::ExpressionKind::lambda: {
      const auto& lambda = syntax::as<syntax::Lambda>(expression);
      const Block inner(*this, lambda.span);
      for (const syntax::Name& name : lambda.parameters)
        declare(SymbolKind::lambda_parameter, name, name.span, 0);
      return visit(*lambda.body);
    }
    case syntax::ExpressionKind::conditional: {
      const auto& conditional = syntax::as<syntax::Conditional>(expression);
      visit(*conditional.condition);
      visit(conditional.then_block);
      return visit(conditional.else_block);
    }
    case syntax::ExpressionKind::derivative:
      return visit_derivative(syntax::as<syntax::Derivative>(expression));
    case syntax::ExpressionKind::checkpoint: return visit(syntax::as<syntax::Checkpoint>(expression).block);
    case syntax::ExpressionKind::value_block: return visit(syntax::as<syntax::ValueBlock>(expression).block);
  }
}

void Resolver::visit_subscript(const syntax::Subscript& subscript, bool is_write) {
  visit(*subscript.base, is_write);
  for (const syntax::SubscriptItem& item : subscript.items) visit_item(item);
  visit_optional(subscript.otherwise);
  visit_optional(subscript.where);
}

void Resolver::visit_item(const syntax::SubscriptItem& item) {
  refer(item.name);
  visit_optional(item.first);
  visit_optional(item.last);
  for (const syntax::SubscriptItem& part : item.parts) visit_item(part);
}

void Resolver::visit_member(const syntax::Member& member, bool is_write) {
  visit(*member.base, is_write);
  std::optional<SymbolId> target;
  const auto base = named_.find(member.base.get());
  if (base != named_.end() && analysis_.symbols[base->second].kind == SymbolKind::module) {
    const auto module = module_->imports.find(syntax::as<syntax::NameExpression>(*member.base).name.text);
    if (module != module_->imports.end())
      target = analysis_.symbol_of_node(module->second->find(member.name.text));
  } else {
    const auto named = [this](const syntax::Expression& expression) -> std::optional<SymbolId> {
      const auto found = named_.find(&expression);
      return found == named_.end() ? std::nullopt : std::optional(found->second);
    };
    const auto type = type_of(analysis_, *member.base, named);
    const auto found = type ? member_of(analysis_, *type, member.name.text) : std::nullopt;
    if (found) target = found->symbol;
  }
  if (!target) return;
  mark(member.name.span, *target, false, is_write);
  named_.emplace(&member, *target);
}

void Resolver::visit_call(const syntax::Call& call) {
  visit(*call.callee);
  const auto named = [this](const syntax::Expression& expression) -> std::optional<SymbolId> {
    const auto found = named_.find(&expression);
    return found == named_.end() ? std::nullopt : std::optional(found->second);
  };
  const auto callee = called_by(analysis_, named(*call.callee), type_of(analysis_, *call.callee, named));
  visit_arguments(call.arguments, callee);
}

void Resolver::visit_arguments(const std::vector<syntax::Argument>& arguments,
                               std::optional<SymbolId> callee) {
  for (const syntax::Argument& argument : arguments) {
    if (argument.name.present() && callee) mark_parameter(*callee, argument.name);
    visit(*argument.value, argument.is_changed);
  }
}

void Resolver::visit_derivative(const syntax::Derivative& derivative) {
  for (const syntax::DerivativeVariable& variable : derivative.variables) {
    visit_optional(variable.place);
    visit_optional(variable.tangent);
  }
  visit(derivative.block);
}

}  // namespace kiln::query
