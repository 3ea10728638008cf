#include "sema/reducer_reach.h"

#include <algorithm>

#include <fmt/format.h>

#include "sema/report.h"

namespace kiln::sema {

namespace {

using syntax::ExpressionKind;

bool binds(const std::vector<syntax::Binder>& binders, const std::string& name) {
  return std::any_of(binders.begin(), binders.end(), [&](const syntax::Binder& binder) {
    return binder.name == name || binds(binder.parts, name);
  });
}

const syntax::Name* use_in(const syntax::Expression* expression, const std::string& name);

const syntax::Name* use_in(const std::vector<syntax::SubscriptItem>& items, const std::string& name) {
  for (const syntax::SubscriptItem& item : items) {
    if (const auto* use = use_in(item.first.get(), name)) return use;
    if (const auto* use = use_in(item.last.get(), name)) return use;
    if (const auto* use = use_in(item.parts, name)) return use;
  }
  return nullptr;
}

/// Where an expression uses a name that nothing in it binds; null if it does not. Blocks and functions have
/// names of their own and are left out.
const syntax::Name* use_in(const syntax::Expression* expression, const std::string& name) {
  if (expression == nullptr) return nullptr;
  switch (expression->kind) {
    case ExpressionKind::name: {
      const syntax::Name& used = syntax::as<syntax::NameExpression>(*expression).name;
      return used == name ? &used : nullptr;
    }
    case ExpressionKind::unary: return use_in(syntax::as<syntax::Unary>(*expression).operand.get(), name);
    case ExpressionKind::binary: {
      const auto& binary = syntax::as<syntax::Binary>(*expression);
      const auto* use = use_in(binary.left.get(), name);
      return use != nullptr ? use : use_in(binary.right.get(), name);
    }
    case ExpressionKind::member: return use_in(syntax::as<syntax::Member>(*expression).base.get(), name);
    case ExpressionKind::subscript: {
      const auto& subscript = syntax::as<syntax::Subscript>(*expression);
      const auto* use = use_in(subscript.base.get(), name);
      return use != nullptr ? use : use_in(subscript.items, name);
    }
    case ExpressionKind::call: {
      for (const syntax::Argument& argument : syntax::as<syntax::Call>(*expression).arguments)
        if (const auto* use = use_in(argument.value.get(), name)) return use;
      return nullptr;
    }
    case ExpressionKind::tuple: {
      for (const syntax::TupleField& field : syntax::as<syntax::Tuple>(*expression).fields)
        if (const auto* use = use_in(field.value.get(), name)) return use;
      return nullptr;
    }
    case ExpressionKind::reduction: {
      const auto& reduction = syntax::as<syntax::Reduction>(*expression);
      return binds(reduction.binders.list, name) ? nullptr : use_in(reduction.body.get(), name);
    }
    case ExpressionKind::comprehension: {
      const auto& comprehension = syntax::as<syntax::Comprehension>(*expression);
      return binds(comprehension.binders.list, name) ? nullptr : use_in(comprehension.body.get(), name);
    }
    default: return nullptr;
  }
}

/// The first reduction along the left sides, which a reader would take to cover the whole.
const syntax::Reduction* first_reduction(const syntax::Expression& expression) {
  if (const auto* reduction = syntax::if_is<syntax::Reduction>(expression)) return reduction;
  if (const auto* binary = syntax::if_is<syntax::Binary>(expression)) return first_reduction(*binary->left);
  if (const auto* unary = syntax::if_is<syntax::Unary>(expression)) return first_reduction(*unary->operand);
  return nullptr;
}

/// Whether `all(p and q)` may be what is meant just as well as `all p and all q`.
bool is_linear(syntax::Reducer reducer) {
  return reducer == syntax::Reducer::sum || reducer == syntax::Reducer::mean ||
         reducer == syntax::Reducer::all;
}

}  // namespace

bool reports_short_reducer(Body& body, const syntax::Binary& binary) {
  if (body.is_muted) return false;
  const syntax::Reduction* reduction = first_reduction(*binary.left);
  // Parentheses around it are meant.
  if (reduction == nullptr || reduction->span.begin != reduction->reducer_span.begin) return false;
  for (const syntax::Binder& binder : reduction->binders.list) {
    if (!binder.name.present() || body.scope.find(binder.name.text) != nullptr) continue;
    const syntax::Name* use = use_in(binary.right.get(), binder.name.text);
    if (use == nullptr) continue;
    const std::string_view op = symbol_of(binary.op), reducer = name_of(reduction->reducer);
    Diagnostic& diagnostic = report(body, diagnostics::unknown_name, use->span,
                                    fmt::format("`{}[{}]` stops at `{}`: there is no `{}` here", reducer,
                                                binder.name.text, op, binder.name.text));
    diagnostic.labels.push_back({cover(reduction->reducer_span, reduction->body->span), "covers this"});
    diagnostic.labels.push_back({binary.op_span, "and stops here"});
    const Span begin = reduction->body->span, end = binary.span;
    const bool is_grouped = body.session.files.text_of({end.file, end.end - 1, end.end}) == ")" &&
                            end.begin < reduction->span.begin;
    const uint32_t close = is_grouped ? end.end - 1 : end.end;
    diagnostic.fixes.push_back(
        {"put what it is to cover in parentheses",
         {{{begin.file, begin.begin, begin.begin}, "("}, {{end.file, close, close}, ")"}},
         is_linear(reduction->reducer)});
    return true;
  }
  return false;
}

}  // namespace kiln::sema
