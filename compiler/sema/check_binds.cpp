#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/comprehensions.h"
#include "sema/conversions.h"
#include "sema/evaluate.h"
#include "sema/exact.h"
#include "sema/lambdas.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

/// After a mistake: the names exist, so that their uses are not reported too.
void define_failed(Body& body, const syntax::Pattern& pattern) {
  for (const syntax::Pattern& part : pattern.parts) define_failed(body, part);
  if (pattern.is_tuple() || pattern.name == "_") return;
  Entity entity;
  entity.span = pattern.name.span;
  entity.type = Type::error();
  entity.is_mutable = true;
  body.scope.define(pattern.name.text, std::move(entity));
}

bool is_value(Body& body, const Value& value) {
  if (value.type.kind == Type::Kind::nothing) {
    report(body, diagnostics::not_a_value, value.span, "this call gives nothing");
    return false;
  }
  if (value.is_type()) {
    report(body, diagnostics::not_a_value, value.span,
           fmt::format("{} is a type, no value", described(value.type)))
        .help = value.type.kind == Type::Kind::model ? "write `.init(rng)` behind it" : "";
    return false;
  }
  return true;
}

}  // namespace

bool define_fixed(Body& body, const syntax::Name& name, const Value& value) {
  Entity entity;
  entity.kind = Entity::Kind::fixed;
  entity.span = name.span;
  entity.type = value.type;
  entity.is_static = value.is_static;
  entity.integer = value.integer;
  entity.why_constant = "bound by `let`";
  if (value.type.is_tensor() && value.type.element.is_constant()) {
    entity.constants = value.constants;
  } else if (value.type.is_scalar() && value.type.element.is_loose() && value.is_static) {
    // The integer says it all.
  } else if (value.type.kind == Type::Kind::string || value.type.kind == Type::Kind::function) {
    entity.fixed = value.fixed;
  } else {
    return false;
  }
  const Entity& defined = body.scope.define(name.text, std::move(entity));
  if (body.session.options.observer != nullptr) body.session.options.observer->defined(body, defined);
  return true;
}

namespace {

class Binder {
 public:
  Binder(Body& body, bool is_variable, Span span, TypedBlock& out)
      : body_(body), is_variable_(is_variable), span_(span), out_(out) {}

  void bind(const syntax::Pattern& pattern, Value value) {
    if (value.failed() || !is_value(body_, value)) return define_failed(body_, pattern);
    if (!pattern.is_tuple()) return bind_name(pattern, std::move(value));
    if (value.type.kind != Type::Kind::tuple || value.type.items.size() != pattern.parts.size()) {
      report(body_, diagnostics::tuple_pattern, pattern.span,
             fmt::format("the pattern has {} parts, but the value is {}", pattern.parts.size(),
                         described(value.type)))
          .labels.push_back({value.span, described(value.type)});
      return define_failed(body_, pattern);
    }
    if (!value.fields.empty()) {
      for (size_t i = 0; i < pattern.parts.size(); ++i) bind(pattern.parts[i], std::move(value.fields[i]));
      return;
    }
    std::vector<Slot> slots;
    if (!declare(pattern, value.type, slots)) return define_failed(body_, pattern);
    out_.statements.push_back(bind_statement(span_, std::move(slots), std::move(value.tree)));
  }

 private:
  void bind_name(const syntax::Pattern& pattern, Value value) {
    if (!may_define(body_, pattern.name)) return;
    if (!is_variable_ && !(pattern.name == "_") && define_fixed(body_, pattern.name, value)) return;
    // An integer of indices stays loose: it takes the type of what it meets.
    const bool stays_loose = !is_variable_ && value.type.is_scalar() && value.type.element.is_loose();
    if (!stays_loose) settle(body_, value);
    if (value.failed()) return define_failed(body_, pattern);
    const Slot slot = new_slot(body_, pattern.name.text, value.type);
    Entity& entity =
        define_variable(body_, pattern.name, value.type, whole_place(body_, slot, pattern.name.span));
    entity.is_mutable = is_variable_;
    if (value.integer && entity.integer) {
      if (const auto known = stored_integer(body_, value, value.type.element)) {
        entity.integer = known;
        if (!is_variable_) name_slot(body_, entity.place, *known);
      }
    }
    if (!is_variable_ && !value.family.empty()) entity.family = value.family;
    entity.condition = value.condition;
    entity.refutation = value.refutation;
    entity.why_constant = is_variable_ ? "" : "bound by `let`";
    out_.statements.push_back(bind_statement(span_, {slot}, std::move(value.tree)));
  }

  /// One slot for each name of the pattern, in the order of the leaves.
  bool declare(const syntax::Pattern& pattern, const Type& type, std::vector<Slot>& slots) {
    if (!pattern.is_tuple()) {
      if (!may_define(body_, pattern.name)) return false;
      const Slot slot = new_slot(body_, pattern.name.text, type);
      Entity& entity =
          define_variable(body_, pattern.name, type, whole_place(body_, slot, pattern.name.span));
      entity.is_mutable = is_variable_;
      entity.why_constant = is_variable_ ? "" : "bound by `let`";
      slots.push_back(slot);
      return true;
    }
    if (type.kind != Type::Kind::tuple || type.items.size() != pattern.parts.size()) {
      report(body_, diagnostics::tuple_pattern, pattern.span,
             fmt::format("the pattern has {} parts, but the value is {}", pattern.parts.size(),
                         described(type)));
      return false;
    }
    for (size_t i = 0; i < pattern.parts.size(); ++i) {
      if (!declare(pattern.parts[i], type.items[i], slots)) return false;
    }
    return true;
  }

  Body& body_;
  bool is_variable_;
  Span span_;
  TypedBlock& out_;
};

bool same_binders(const Body& body, const syntax::Binders& a, const syntax::Binders& b) {
  const auto text = [&](const syntax::Binders& binders) { return body.session.files.text_of(binders.span); };
  return text(a) == text(b);
}

/// The binders of `y[i] = …` or `(a[i], b[i]) = …`; null if there are none.
const syntax::Binders* binders_of(Body& body, const syntax::Pattern& pattern, bool& good) {
  if (!pattern.is_tuple()) return pattern.has_binders ? &pattern.binders : nullptr;
  const syntax::Binders* first = binders_of(body, pattern.parts[0], good);
  for (const syntax::Pattern& part : pattern.parts) {
    const syntax::Binders* other = binders_of(body, part, good);
    const bool same =
        (first == nullptr) == (other == nullptr) && (first == nullptr || same_binders(body, *first, *other));
    if (same) continue;
    report(body, diagnostics::index_where_value, part.span, "all parts of a pattern have the same binders");
    good = false;
    return nullptr;
  }
  return first;
}

}  // namespace

void check_bind(Body& body, const syntax::Bind& bind, TypedBlock& out) {
  if (const auto* lambda = syntax::if_is<syntax::Lambda>(*bind.value);
      lambda != nullptr && !bind.is_variable && !bind.type && !bind.pattern.is_tuple() &&
      !bind.pattern.has_binders) {
    return bind_lambda(body, bind.pattern.name, *lambda, out);
  }
  bool good = true;
  const syntax::Binders* binders = binders_of(body, bind.pattern, good);
  std::optional<Type> type;
  if (bind.type) type = evaluate_type(body, *bind.type);
  if (!good || (type && type->failed())) return define_failed(body, bind.pattern);
  const Want want = type ? Want{&*type, true} : Want{};
  if (binders != nullptr && binders->where != nullptr) {
    report(body, diagnostics::index_where_value, binders->where->span, "a `let` defines every cell").help =
        "choose by `if … { … } else { … }`";
    return define_failed(body, bind.pattern);
  }
  Value value = binders != nullptr ? comprehend(body, *binders, *bind.value, bind.span, want)
                                   : check_expression(body, *bind.value, want);
  if (type && !value.failed() && is_value(body, value)) {
    const std::string what =
        bind.pattern.is_tuple() ? "the pattern" : fmt::format("`{}`", bind.pattern.name.text);
    if (!convert_to(body, value, *type, true, what)) value.type = Type::error();
  }
  Binder(body, bind.is_variable, bind.span, out).bind(bind.pattern, std::move(value));
}

}  // namespace kiln::sema
