#include "sema/evaluate.h"

#include <cctype>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/fixes.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/report.h"

namespace kiln::sema {

/// Most extents are the name of a dim: no tree is needed to know it.
static std::optional<dim::Dim> named_dim(const Body& body, const syntax::Expression& expression) {
  const auto* name = syntax::if_is<syntax::NameExpression>(expression);
  if (name == nullptr || body.session.options.observer != nullptr) return std::nullopt;
  const Entity* entity = body.scope.find(name->name.text);
  const bool is_dim = entity != nullptr && entity->kind == Entity::Kind::fixed && !entity->type.failed() &&
                      entity->constants.empty();
  return is_dim ? entity->integer : std::nullopt;
}

std::optional<dim::Dim> evaluate_dim(Body& body, const syntax::Expression& expression) {
  if (const auto known = named_dim(body, expression)) return known;
  const Value value = check_expression(body, expression);
  if (value.failed()) return std::nullopt;
  if (value.integer && value.is_static) return value.integer;
  Diagnostic& diagnostic =
      report(body, diagnostics::static_needed, expression.span, "this is not known at compile time");
  diagnostic.label = value.integer || value.type.is_tensor() ? "a value that is known only at run time"
                                                             : this_is(value.type);
  diagnostic.help = "extents and dims are made of dims, numbers and `+ - * / %`, `min`, `max`";
  return std::nullopt;
}

/// A comparison of floats, or `all[b] …`: a bool that only the run can tell.
static bool speaks_of_elements(const Value& value) {
  if (!value.type.is_scalar() || !is_boolean(value.type.element) || !value.tree) return false;
  if (value.tree->kind == ExprKind::reduction) return true;
  if (value.tree->kind != ExprKind::apply) return false;
  const auto& apply = static_cast<const Apply&>(*value.tree);
  return !apply.operands.empty() && apply.operands[0]->type.is_tensor &&
         is_float(apply.operands[0]->type.leaves[0].type.element);
}

std::optional<dim::Condition> evaluate_condition(Body& body, const syntax::Expression& expression) {
  Value value = check_expression(body, expression);
  if (value.failed()) return std::nullopt;
  if (value.known) return *value.known ? dim::Condition::equal(0, 0) : dim::Condition::equal(0, 1);
  if (value.condition) return value.condition;
  Diagnostic& diagnostic =
      report(body, diagnostics::static_needed, expression.span, "this is no condition on dims and integers");
  diagnostic.help = "comparisons of integers, `and`, `or`, `not` and static bools may stand here";
  if (speaks_of_elements(value))
    diagnostic.help =
        fmt::format("what floats and elements of tensors are is checked in the body: `assert {}`",
                    body.session.files.text_of(expression.span));
  return std::nullopt;
}

ParameterKind kind_of(const syntax::Parameter& parameter) {
  if (!parameter.type) return ParameterKind::value;
  if (parameter.type->kind == syntax::TypeKind::model) return ParameterKind::type;
  if (parameter.type->kind == syntax::TypeKind::function) return ParameterKind::function;
  const auto* named = syntax::if_is<syntax::NamedType>(*parameter.type);
  if (named == nullptr || named->name.parts.size() != 1 || !named->dims.empty()) return ParameterKind::value;
  const std::string& name = named->name.parts[0].text;
  if (name == "dim") return ParameterKind::dim;
  if (name == "string") return ParameterKind::string;
  if (name == "tree") return ParameterKind::type;
  const bool is_static = std::isupper(static_cast<unsigned char>(parameter.name.text[0])) != 0;
  if (is_static && name == "bool") return ParameterKind::boolean;
  if (is_static) {
    const auto element = element_type_named(name);
    if (element && is_integer(*element)) return ParameterKind::dim;
  }
  return ParameterKind::value;
}

Entity entity_of(const StaticValue& value, Span span) {
  Entity entity;
  entity.kind = Entity::Kind::fixed;
  entity.span = span;
  entity.is_static = true;
  switch (value.kind) {
    case StaticValue::Kind::dim:
      entity.type = Type::tensor(Element::of_kind(Element::Kind::loose));
      entity.integer = value.dim;
      break;
    case StaticValue::Kind::boolean:
      entity.type = Type::scalar(ElementType::boolean);
      entity.condition = dim::Condition::less_equal(1, value.dim);
      entity.refutation = dim::Condition::equal(value.dim, 0);
      if (value.dim.constant()) entity.known = !value.dim.is_constant(0);
      entity.fixed = value;
      break;
    case StaticValue::Kind::string:
      entity.type = Type::of(Type::Kind::string);
      entity.fixed = value;
      break;
    case StaticValue::Kind::type:
      entity.type = *value.type;
      entity.fixed = value;
      break;
    case StaticValue::Kind::function:
      entity.type = Type::of(Type::Kind::function);
      entity.type.items = value.function->type.items;
      if (entity.type.items.empty()) entity.type.items.push_back(Type::of(Type::Kind::nothing));
      entity.fixed = value;
      break;
  }
  return entity;
}

void define_static(Body& body, const std::string& name, const StaticValue& value, Span span) {
  const Entity& defined = body.scope.define(name, entity_of(value, span));
  if (body.session.options.observer != nullptr) body.session.options.observer->defined(body, defined);
}

namespace {

bool prove_not_negative(Body& body, const dim::Dim& dim, Span span) {
  if (dim.constant() ? *dim.constant() >= 0 : dim.bare_symbol().has_value()) return true;
  dim::Verdict verdict;
  if (prove(body, dim::Condition::less_equal(0, dim), verdict) != Proof::failed) return true;
  Diagnostic& diagnostic = report(body, diagnostics::negative_extent, span,
                                  fmt::format("the dim `{}` may be negative", to_string(dim)));
  diagnostic.label = counterexample_text(verdict);
  if (!verdict.missing.empty()) fix_by_where(body, diagnostic, diagnostic.span, verdict.missing);
  return false;
}

}  // namespace

std::optional<StaticValue> evaluate_static(Body& body, ParameterKind kind,
                                           const syntax::Expression& expression) {
  if (kind == ParameterKind::dim) {
    const auto value = evaluate_dim(body, expression);
    if (!value || !prove_not_negative(body, *value, expression.span)) return std::nullopt;
    return StaticValue::of_dim(*value);
  }
  if (kind == ParameterKind::type) {
    if (auto type = type_of_expression(body, expression)) {
      if (type->failed()) return std::nullopt;
      return StaticValue::of_type(*type);
    }
    report(body, diagnostics::type_arguments, expression.span, "a type is needed here");
    return std::nullopt;
  }
  Value value = check_expression(body, expression);
  if (value.failed()) return std::nullopt;
  if (kind == ParameterKind::boolean) {
    if (value.known) return StaticValue::of_boolean(*value.known ? 1 : 0);
    if (value.fixed && value.fixed->kind == StaticValue::Kind::boolean) return value.fixed;
    if (value.is_static && value.condition) {
      // An open condition such as `S > 1`: a symbol that is known to be 0 or 1 and nothing else.
      const std::string symbol = fmt::format("condition#{}", body.next_symbol++);
      body.facts.add_dim(symbol);
      body.facts.add(dim::Condition::less_equal(dim::Dim::symbol(symbol), 1));
      return StaticValue::of_boolean(dim::Dim::symbol(symbol));
    }
    report(body, diagnostics::static_needed, expression.span,
           "a bool that is known at compile time is needed here");
    return std::nullopt;
  }
  if (value.fixed &&
      ((kind == ParameterKind::string && value.fixed->kind == StaticValue::Kind::string) ||
       (kind == ParameterKind::function && value.fixed->kind == StaticValue::Kind::function))) {
    return value.fixed;
  }
  report(body, diagnostics::static_needed, expression.span,
         kind == ParameterKind::string ? "a string is needed here" : "a function is needed here")
      .label = this_is(value.type);
  return std::nullopt;
}

namespace {

/// Which argument is for which parameter; null where the default is to be taken. Reports what does not suit.
std::optional<std::vector<const syntax::Argument*>> place_arguments(
    Body& body, const std::vector<syntax::Parameter>& parameters,
    const std::vector<syntax::Argument>& arguments, const std::string& callee, Span span) {
  std::vector<const syntax::Argument*> placed(parameters.size(), nullptr);
  size_t next = 0;
  for (const syntax::Argument& argument : arguments) {
    size_t at = next;
    if (argument.name.present()) {
      at = 0;
      while (at < parameters.size() && parameters[at].name.text != argument.name.text) ++at;
    } else {
      ++next;
    }
    if (at >= parameters.size() || placed[at] != nullptr) {
      Diagnostic& diagnostic =
          report(body, diagnostics::type_arguments, argument.span,
                 argument.name.present()
                     ? fmt::format("`{}` has no parameter `{}` to give", callee, argument.name.text)
                     : fmt::format("`{}` takes {} arguments", callee, parameters.size()));
      if (!parameters.empty()) diagnostic.labels.push_back({parameters[0].span, "the parameters"});
      const std::string_view text = body.session.files.text_of(argument.span);
      if (text == "rng" || text.starts_with("Rng("))
        diagnostic.help =
            fmt::format("`{0}` is a type; `init` makes a model of it: `{0}.init({1})`", callee, text);
      return std::nullopt;
    }
    placed[at] = &argument;
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (placed[i] == nullptr && !parameters[i].default_value) {
      report(body, diagnostics::type_arguments, span,
             fmt::format("`{}` needs an argument for `{}`", callee, parameters[i].name.text))
          .labels.push_back({parameters[i].span, "declared here"});
      return std::nullopt;
    }
  }
  return placed;
}

}  // namespace

std::optional<std::vector<StaticValue>> evaluate_arguments(Body& body, const Module& module,
                                                           const std::vector<syntax::Parameter>& parameters,
                                                           const std::vector<syntax::Argument>& arguments,
                                                           const std::string& callee, Span span) {
  const auto placed = place_arguments(body, parameters, arguments, callee, span);
  if (!placed) return std::nullopt;
  Body declared(body.session, body.root, module);  // where defaults are evaluated
  declared.is_open = true;
  declared.is_muted = body.is_muted;
  std::vector<StaticValue> values;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const ParameterKind kind = kind_of(parameters[i]);
    if (kind == ParameterKind::value) {
      report(declared, diagnostics::type_arguments, parameters[i].span,
             fmt::format("`{}` is not static: only dims, types, bools and strings can stand here",
                         parameters[i].name.text));
      return std::nullopt;
    }
    auto value = (*placed)[i] ? evaluate_static(body, kind, *(*placed)[i]->value)
                              : evaluate_static(declared, kind, *parameters[i].default_value);
    if (!value) return std::nullopt;
    define_static(declared, parameters[i].name.text, *value, parameters[i].span);
    values.push_back(std::move(*value));
  }
  return values;
}

}  // namespace kiln::sema
