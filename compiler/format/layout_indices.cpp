#include "format/layout.h"

namespace kiln::format {

using namespace syntax;

void Layout::binders(const Binders& binders) {
  out_.begin();
  out_.piece("[");
  out_.after_opening();
  out_.indent();
  out_.soft_line();
  separated(binders.list, [this](const Binder& item) { binder(item); });
  clause("where", binders.where.get());
  close(LastComma::not_allowed);
  out_.end();
}

/// Of an index list: `where c`, `else e`.
void Layout::clause(const char* word, const Expression* expression) {
  if (expression == nullptr) return;
  out_.line();
  out_.piece(word);
  out_.space();
  chain(*expression, 4);
}

void Layout::binder(const Binder& binder) {
  if (binder.kind == BinderKind::joined)
    return bracketed(binder.parts, LastComma::not_allowed,
                     [this](const Binder& part) { this->binder(part); });
  out_.begin();
  if (binder.kind == BinderKind::pack) out_.piece("...");
  out_.piece(binder.name.text);
  if (binder.high != nullptr) {
    out_.piece(":");
    out_.space();
    if (binder.low != nullptr) expression(*binder.low), out_.piece("..");
    expression(*binder.high);
  }
  out_.end();
}

void Layout::subscript(const Subscript& subscript) {
  chain(*subscript.base, 4);
  out_.begin();
  out_.piece("[");
  out_.after_opening();
  out_.indent();
  out_.soft_line();
  separated(subscript.items, [this](const SubscriptItem& item) { subscript_item(item); });
  clause("else", subscript.otherwise.get());
  clause("where", subscript.where.get());
  close(LastComma::not_allowed);
  out_.end();
}

void Layout::subscript_item(const SubscriptItem& item) {
  switch (item.kind) {
    case SubscriptKind::point: return expression(*item.first);
    case SubscriptKind::whole: return out_.piece(":");
    case SubscriptKind::pack:
      out_.piece("...");
      if (item.name.present()) out_.piece(item.name.text);
      return;
    case SubscriptKind::slice:
      if (item.first != nullptr) expression(*item.first);
      out_.piece("..");
      if (item.last != nullptr) expression(*item.last);
      return;
    case SubscriptKind::binder:
      out_.piece(item.name.text);
      out_.piece(":");
      out_.space();
      if (item.first != nullptr) expression(*item.first), out_.piece("..");
      return expression(*item.last);
    case SubscriptKind::joined:
      if (is_wrapped_twice()) {
        out_.piece("(");
        subscript_item(item);
        return out_.piece(")");
      }
      return bracketed(item.parts, LastComma::allowed,
                       [this](const SubscriptItem& part) { subscript_item(part); });
  }
}

}  // namespace kiln::format
