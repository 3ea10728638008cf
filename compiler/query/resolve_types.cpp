#include <cctype>

#include "query/resolver.h"

namespace kiln::query {

void Resolver::visit(const syntax::Type& type, bool quantifies) {
  if (const auto* named = syntax::if_is<syntax::NamedType>(type)) return visit_named(*named, quantifies);
  if (const auto* tuple = syntax::if_is<syntax::TupleType>(type)) {
    for (const syntax::TypeField& field : tuple->fields) visit(*field.type, quantifies);
  } else if (const auto* function = syntax::if_is<syntax::FunctionType>(type)) {
    for (const syntax::TypePtr& parameter : function->parameters) visit(*parameter, quantifies);
    visit(*function->result, quantifies);
  }
}

void Resolver::visit_named(const syntax::NamedType& type, bool quantifies) {
  const std::optional<SymbolId> declared = visit_qualified(type.name);
  for (const syntax::Argument& argument : type.arguments) {
    if (argument.name.present()) continue;
    visit_dim_expression(*argument.value, quantifies);
  }
  std::vector<const syntax::Argument*> with_names;
  for (const syntax::Argument& argument : type.arguments) {
    if (!argument.name.present()) continue;
    visit_dim_expression(*argument.value, quantifies);
    with_names.push_back(&argument);
  }
  for (const syntax::Argument* argument : with_names) {
    if (declared) mark_parameter(*declared, argument->name);
  }
  for (const syntax::Dims& dims : type.dims) {
    for (const syntax::DimItem& item : dims.items) {
      if (item.is_pack) {
        if (!item.name.present() || refer(item.name) || !quantifies) continue;
        declare(SymbolKind::pack, item.name, item.span, 0);
        continue;
      }
      if (item.name.present() && !refer(item.name)) declare(SymbolKind::index, item.name, item.span, 0);
      if (item.extent) visit_dim_expression(*item.extent, quantifies);
    }
  }
}

/// The names in a signature that nothing declares are quantified (see DimNames in sema/signature.cpp).
void Resolver::visit_dim_expression(const syntax::Expression& expression, bool quantifies) {
  if (!quantifies) return visit(expression);
  switch (expression.kind) {
    case syntax::ExpressionKind::name: {
      const syntax::Name& name = syntax::as<syntax::NameExpression>(expression).name;
      if (refer(name)) return;
      declare(SymbolKind::dim, name, name.span, 0);
      return;
    }
    case syntax::ExpressionKind::binary: {
      const auto& binary = syntax::as<syntax::Binary>(expression);
      visit_dim_expression(*binary.left, true);
      return visit_dim_expression(*binary.right, true);
    }
    case syntax::ExpressionKind::unary:
      return visit_dim_expression(*syntax::as<syntax::Unary>(expression).operand, true);
    case syntax::ExpressionKind::call: {
      const auto& call = syntax::as<syntax::Call>(expression);
      visit(*call.callee);
      for (const syntax::Argument& argument : call.arguments) visit_dim_expression(*argument.value, true);
      return;
    }
    default: return visit(expression);
  }
}

}  // namespace kiln::query
