#include "syntax/tree_builder.h"

namespace kiln::syntax {

Binders TreeBuilder::binders(Parser::BindersContext* context, BinderUse use) {
  Binders binders;
  binders.span = span(context);
  for (Parser::BinderContext* item : context->binder()) binders.list.push_back(binder(item));
  binders.where = optional_expression(context->expr());
  if (binders.where != nullptr && use == BinderUse::other)
    reporter_
        .mistake(diagnostics::misplaced_index_clause, cover(span(context->WHERE()), binders.where->span),
                 "`where` filters only what a reducer or an assignment runs over")
        .help = "choose the value with `if`";
  return binders;
}

Binder TreeBuilder::binder(Parser::BinderContext* context) {
  Binder binder;
  binder.span = span(context);
  binder.name = optional_name(context->ident());
  if (context->PACK() != nullptr) {
    binder.kind = BinderKind::pack;
  } else if (context->ident() == nullptr) {
    binder.kind = BinderKind::joined;
    for (Parser::BinderContext* part : context->binder()) binder.parts.push_back(this->binder(part));
  } else if (context->RANGE() != nullptr) {
    binder.low = expression(context->expr(0));
    binder.high = expression(context->expr(1));
  } else {
    binder.high = optional_expression(context->expr(0));
  }
  return binder;
}

ExpressionPtr TreeBuilder::subscript(ExpressionPtr base, Parser::SubscriptSuffixContext* context,
                                     SubscriptUse use) {
  auto node = std::make_unique<Subscript>();
  node->span = cover(base->span, span(context));
  node->base = std::move(base);
  node->brackets = span(context);
  Parser::SubsContext* subs = context->subs();
  for (Parser::SubContext* item : subs->sub()) node->items.push_back(subscript_item(item, use));
  if (subs->expr() == nullptr) return node;
  ExpressionPtr clause = expression(subs->expr());
  const bool is_else = subs->ELSE() != nullptr;
  if (is_else != (use == SubscriptUse::read)) {
    const Span word = span(is_else ? subs->ELSE() : subs->WHERE());
    Diagnostic& diagnostic = reporter_.mistake(diagnostics::misplaced_index_clause, cover(word, clause->span),
                                               is_else ? "`else` has no meaning where something is written"
                                                       : "`where` has no meaning where something is read");
    diagnostic.help = is_else ? "write `where` and a condition: cells that fail it are left as they are"
                              : "write `else` and a value, which is read outside the bounds";
  }
  (is_else ? node->otherwise : node->where) = std::move(clause);
  return node;
}

SubscriptItem TreeBuilder::subscript_item(Parser::SubContext* context, SubscriptUse use) {
  if (auto* plain = dynamic_cast<Parser::PointOrSliceSubContext*>(context)) return point_or_slice(plain);
  SubscriptItem item;
  item.span = span(context);
  if (dynamic_cast<Parser::WholeSubContext*>(context)) {
    item.kind = SubscriptKind::whole;
  } else if (auto* pack = dynamic_cast<Parser::PackSubContext*>(context)) {
    item.kind = SubscriptKind::pack;
    item.name = optional_name(pack->ident());
  } else if (auto* to = dynamic_cast<Parser::SliceToSubContext*>(context)) {
    item.kind = SubscriptKind::slice;
    item.last = expression(to->expr());
  } else {
    auto* bound = dynamic_cast<Parser::BinderSubContext*>(context);
    item.kind = SubscriptKind::binder;
    item.name = name(bound->ident());
    if (bound->RANGE() != nullptr) item.first = expression(bound->expr(0));
    item.last = expression(bound->expr().back());
    if (use == SubscriptUse::read) {
      Diagnostic& diagnostic = reporter_.mistake(diagnostics::misplaced_index_clause, item.span,
                                                 "an index cannot be given a range where it is read");
      diagnostic.help = "state it where the index is bound: left of `=`, or after `for` or the reducer";
      if (bound->RANGE() == nullptr && item.last != nullptr)
        diagnostic.offer({item.span.file, item.name.span.end, item.last->span.begin}, "..",
                         "if it is a slice, write `..`");
    }
  }
  return item;
}

SubscriptItem TreeBuilder::point_or_slice(Parser::PointOrSliceSubContext* context) {
  SubscriptItem item;
  item.span = span(context);
  item.first = expression(context->expr(0));
  if (context->RANGE() != nullptr) {
    item.kind = SubscriptKind::slice;
    item.last = optional_expression(context->expr(1));
    return item;
  }
  join_if_tuple(item, *this);
  return item;
}

/// `(n: Heads, d)` is read as a tuple by the grammar; in a subscript it splits or joins an axis.
void TreeBuilder::join_if_tuple(SubscriptItem& item, TreeBuilder& builder) {
  if (item.first->kind != ExpressionKind::tuple) return;
  auto& tuple = static_cast<Tuple&>(*item.first);
  if (tuple.fields.size() < 2) return;
  for (TupleField& field : tuple.fields) item.parts.push_back(builder.joined_part(std::move(field)));
  item.kind = SubscriptKind::joined;
  item.first = nullptr;
}

SubscriptItem TreeBuilder::joined_part(TupleField field) {
  SubscriptItem part;
  part.span = field.span;
  if (field.name.present()) {
    part.kind = SubscriptKind::binder;
    part.name = std::move(field.name);
    part.last = std::move(field.value);
    return part;
  }
  part.first = std::move(field.value);
  join_if_tuple(part, *this);
  return part;
}

}  // namespace kiln::syntax
