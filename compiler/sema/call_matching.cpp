#include <algorithm>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/conversions.h"
#include "sema/exact.h"
#include "sema/fixes.h"
#include "sema/function_call.h"
#include "sema/instances.h"
#include "sema/lambdas.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/ragged_advice.h"
#include "sema/report.h"
#include "sema/subscripts.h"
#include "sema/trees.h"

namespace kiln::sema {

bool FunctionCall::finds_lift() const {
  bool higher = false;
  for (size_t i = 0; i < signature_.parameters.size(); ++i) {
    const SignatureParameter& parameter = signature_.parameters[i];
    if (parameter.kind != ParameterKind::value) continue;
    if (!parameter.type.is_scalar() || parameter.syntax->is_inout || !values_[i].type.is_tensor())
      return false;
    higher = higher || !values_[i].type.shape.empty();
  }
  if (!higher || receiver_) return false;
  return signature_.results.size() == 1 && signature_.results[0].is_scalar();
}

bool FunctionCall::match_all() {
  Matcher matcher(bindings_);
  is_lifted_ = finds_lift();
  bind_extents();
  for (size_t i = 0; i < signature_.parameters.size(); ++i) {
    if (!has_value_[i]) continue;
    Value& value = values_[i];
    if (value.type.kind == Type::Kind::tuple && !value.fields.empty()) settle(body_, value);
    if (value.failed()) return false;
    Type actual = value.type;
    if (is_lifted_) actual.shape.clear();
    if (!matcher.match(signature_.parameters[i].type, actual)) return report_argument(i);
    if (matcher.met_ragged_axis()) return report_ragged_argument(i);
    take_static_defaults();
    if (!matcher.agrees(same_dims(body_))) return report_argument(i);
  }
  return true;
}

/// What the extents of the callee's types say of its own parameters, they say of the arguments.
void FunctionCall::bind_extents() {
  for (size_t i = 0; i < signature_.parameters.size(); ++i) {
    const SignatureParameter& parameter = signature_.parameters[i];
    if (!has_value_[i] || !parameter.is_extent) continue;
    const std::string& parameter_name = parameter.syntax->name.text;
    if (parameter.type.is_scalar()) {
      const auto known = values_[i].integer && !values_[i].type.element.is_constant()
                             ? stored_integer(body_, values_[i], parameter.type.element)
                             : values_[i].integer;
      bindings_.dims.emplace(open_name(parameter_name), known ? *known : new_runtime(body_, parameter_name));
      continue;
    }
    const std::string family = values_[i].family.empty() ? *new_runtime(body_, parameter_name).bare_symbol()
                                                         : values_[i].family.text();
    bindings_.families.emplace(parameter_name, family);
    const auto elements = body_.session.elements;  // a copy: elements are added
    for (const auto& [symbol, element] : elements) {
      if (element.family != open_name(parameter_name)) continue;
      bindings_.dims.emplace(symbol, element_symbol(body_.session, family, element.subscripts));
    }
  }
}

bool FunctionCall::report_ragged_argument(size_t at) {
  const SignatureParameter& parameter = signature_.parameters[at];
  Diagnostic& diagnostic =
      report(body_, diagnostics::shape_mismatch, values_[at].span,
             fmt::format("an axis of `{}` of `{}` has one extent, but here it differs from row to row",
                         parameter.syntax->name.text, name()));
  diagnostic.label = described(values_[at].type);
  diagnostic.labels.push_back(
      {parameter.syntax->span, fmt::format("declared as {}", to_string(parameter.type))});
  const bool takes_row = parameter.type.shape.size() + 1 == values_[at].type.shape.size();
  diagnostic.help = takes_row ? fmt::format("call it for each row: `for[b] {}({}[b])`", name(),
                                            body_.session.files.text_of(values_[at].span))
                              : "write it for one row, and call it for each: `for[b] f(x[b])`";
  return false;
}

bool FunctionCall::report_argument(size_t at) {
  const SignatureParameter& parameter = signature_.parameters[at];
  const Type expected = substitute(parameter.type, bindings_);
  const Value& value = values_[at];
  const bool same_element =
      value.type.is_tensor() && expected.is_tensor() && value.type.element == expected.element;
  Diagnostic& diagnostic =
      report(body_, same_element ? diagnostics::shape_mismatch : diagnostics::argument_type, value.span,
             fmt::format("`{}` of `{}` is {}, but this is {}", parameter.syntax->name.text, name(),
                         to_string(expected), described(value.type)));
  diagnostic.label = described(value.type);
  diagnostic.labels.push_back(
      {parameter.syntax->span, fmt::format("declared as {}", to_string(parameter.type))});
  diagnostic.help = advice_on_ragged(expected, value.type, body_.session.files.text_of(value.span));
  const size_t more = value.type.shape.size() - std::min(value.type.shape.size(), expected.shape.size());
  const Shape inner(value.type.shape.begin() + static_cast<std::ptrdiff_t>(more), value.type.shape.end());
  if (same_element && (more == 1 || more == 2) && parameter.type.is_tensor() &&
      same_shape(inner, expected.shape, same_dims(body_))) {
    const std::string indices = more == 1 ? "i" : "i, j";
    const std::string dots = call_.arguments.size() > 1 ? "…" : "";
    diagnostic.help = fmt::format("for each of them: `for[{0}] {1}({4}{2}[{3}]{4})`", indices, name(),
                                  body_.session.files.text_of(value.span), indices, dots);
  }
  const bool is_ragged = std::any_of(value.type.shape.begin(), value.type.shape.end(),
                                     [](const Axis& axis) { return axis.is_ragged; });
  if (diagnostic.help.empty() && is_ragged && same_element &&
      expected.shape.size() + 1 == value.type.shape.size())
    diagnostic.help =
        fmt::format("for each row: `for[b] {}({}[b])`", name(), body_.session.files.text_of(value.span));
  if (expected.kind == Type::Kind::rng && value.type.is_scalar() && is_integral(value.type.element)) {
    const std::string text(body_.session.files.text_of(value.span));
    diagnostic.fix(value.span, fmt::format("Rng({})", text), "a seed makes a stream");
  }
  const bool has_pack = std::any_of(expected.shape.begin(), expected.shape.end(),
                                    [](const Axis& axis) { return axis.is_pack(); });
  if (expected.is_tensor() && value.type.is_tensor() && !same_element &&
      expected.element.kind == Element::Kind::known && !is_boolean(expected.element) &&
      (has_pack || expected.shape.size() == value.type.shape.size())) {
    const bool is_number = value.type.shape.empty() && is_floating(expected.element);
    fix_by_cast(body_, diagnostic, value.span, to_string(expected.element), is_number);
  }
  return false;
}

bool FunctionCall::solve_rest() {
  // Elements that only constants could give.
  for (size_t i = 0; i < signature_.parameters.size(); ++i) {
    const Type& type = signature_.parameters[i].type;
    if (!has_value_[i] || !type.is_tensor() || type.element.kind != Element::Kind::variable) continue;
    if (!belongs_to(values_[i].type.element, type.element.element_class)) return report_argument(i);
    bindings_.elements.emplace(type.element.variable, settled(values_[i].type.element));
  }
  if (want_.type != nullptr && want_.binds_dims && signature_.results.size() == 1) {
    Bindings with_result = bindings_;
    Matcher matcher(with_result);
    if (matcher.match(signature_.results[0], *want_.type)) {
      for (const auto& [key, value] : with_result.dims) bindings_.dims.emplace(key, value);
      for (const auto& [key, value] : with_result.packs) bindings_.packs.emplace(key, value);
      for (const auto& [key, value] : with_result.elements) bindings_.elements.emplace(key, value);
      for (const auto& [key, value] : with_result.types) bindings_.types.emplace(key, value);
    }
  }
  if (!infer_function_results()) return false;
  const auto check = [&](const std::vector<std::string>& names, const auto& found) {
    for (const std::string& open : names) {
      if (found.count(open_name(open))) continue;
      Diagnostic& diagnostic = report(body_, diagnostics::dims_not_determined, call_.span,
                                      fmt::format("nothing determines `{}` of `{}`", open, name()));
      diagnostic.labels.push_back({function_.syntax->name.span, "declared here"});
      diagnostic.help = fmt::format("bind the result by itself, with its type: `let x: {} = …`",
                                    to_string(signature_.result_type()));
      return false;
    }
    return true;
  };
  return check(signature_.dims, bindings_.dims) && check(signature_.packs, bindings_.packs) &&
         check(signature_.elements, bindings_.elements) && check(signature_.trees, bindings_.types);
}

std::map<std::string, dim::Dim> FunctionCall::integer_arguments() {
  std::map<std::string, dim::Dim> integers = bindings_.dims;
  for (size_t i = 0; i < signature_.parameters.size(); ++i) {
    const Type& type = signature_.parameters[i].type;
    if (signature_.parameters[i].kind != ParameterKind::value || !type.is_scalar() ||
        !is_integral(type.element)) {
      continue;
    }
    const std::string& parameter = signature_.parameters[i].syntax->name.text;
    if (!has_value_[i]) {
      integers.emplace(open_name(parameter), new_runtime(body_, parameter));
      continue;
    }
    const auto known = stored_integer(body_, values_[i], substitute(type, bindings_).element);
    integers.emplace(open_name(parameter), known ? *known : new_runtime(body_, parameter));
  }
  return integers;
}

bool FunctionCall::prove_clause(const dim::Condition& condition, const std::string& text, Span place) {
  dim::Verdict verdict;
  if (prove(body_, condition, verdict) != Proof::failed) return true;
  Diagnostic& diagnostic =
      report(body_, diagnostics::where_not_met, call_.span, fmt::format("`{}` needs `{}`", name(), text));
  diagnostic.label = counterexample_text(verdict);
  if (diagnostic.label.empty()) diagnostic.label = fmt::format("`{}` cannot be shown", to_string(condition));
  diagnostic.labels.push_back({place, "the condition"});
  if (!verdict.missing.empty()) fix_by_where(body_, diagnostic, diagnostic.span, verdict.missing);
  return false;
}

bool FunctionCall::prove_where() {
  const auto integers = integer_arguments();
  bool good = true;
  for (size_t i = 0; i < open_->where.size(); ++i) {
    if (!open_->where[i]) continue;
    const Span clause = function_.syntax->where[i]->span;
    good = prove_clause(open_->where[i]->substitute(integers),
                        std::string(body_.session.files.text_of(clause)), clause) &&
           good;
  }
  if (is_checked_at_use(function_) || body_.is_muted) return good;
  std::map<std::string, dim::Dim> own;
  for (const auto& [key, value] : integers) own.emplace(key.substr(1), value);
  if (function_.self) {
    for (size_t i = 0; i < function_.self->arguments.size(); ++i) {
      const StaticValue& argument = function_.self->arguments[i];
      if (argument.kind == StaticValue::Kind::dim || argument.kind == StaticValue::Kind::boolean) {
        own.insert_or_assign(function_.self->syntax->parameters[i].name.text, argument.dim);
      }
    }
  }
  const std::vector<dim::Condition> inferred =
      check_generically(body_.session, function_, call_.span).inferred;
  for (const dim::Condition& condition : inferred) {
    good = prove_clause(condition.substitute(own), to_string(condition), function_.syntax->name.span) && good;
  }
  return good;
}

bool FunctionCall::is_model_value(const syntax::Expression& path) {
  if (const auto* member = syntax::if_is<syntax::Member>(path)) {
    if (!is_model_value(*member->base)) return false;
  } else if (const auto* name = syntax::if_is<syntax::NameExpression>(path)) {
    const Entity* entity = body_.scope.find(name->name.text);
    if (entity == nullptr || entity->kind != Entity::Kind::variable) return false;
  } else {
    return false;
  }
  const Value value = check_expression(body_, path);
  return value.type.kind == Type::Kind::model && !value.is_type();
}

bool FunctionCall::takes_function_value(size_t at) {
  const syntax::Expression& argument = *placed_[at]->value;
  if (is_model_value(argument)) {
    models_.push_back(lambda_of_model(argument, signature_.parameters[at].type.items.size() - 1));
    functions_[at] = models_.back().get();
    return true;
  }
  bool takes = argument.kind == syntax::ExpressionKind::lambda;
  if (const auto* name = syntax::if_is<syntax::NameExpression>(argument)) {
    const Entity* entity = body_.scope.find(name->name.text);
    if (entity != nullptr) {
      takes = entity->fixed && entity->fixed->kind == StaticValue::Kind::function &&
              entity->fixed->function->reference.syntax == nullptr;
    } else if (body_.module.find(name->name.text) == nullptr) {
      const auto function = scalar_function_named(name->name.text);
      takes = function && row_of(*function).callable;
    }
  }
  if (takes) functions_[at] = &argument;
  return takes;
}

bool FunctionCall::check_function_value(size_t at) {
  const std::string& parameter = signature_.parameters[at].syntax->name.text;
  const Type type = substitute(signature_.parameters[at].type, bindings_);
  const auto report_type = [&](const std::string& label) {
    report(body_, diagnostics::argument_type, functions_[at]->span,
           fmt::format("`{}` of `{}` is {}", parameter, name(), to_string(type)))
        .label = label;
    return false;
  };
  if (const auto* lambda = syntax::if_is<syntax::Lambda>(*functions_[at])) {
    if (type.items.size() == lambda->parameters.size() + 1) return check_lambda(at, *lambda, type);
    return report_type(fmt::format("this takes {} arguments", lambda->parameters.size()));
  }
  const std::string& text = syntax::as<syntax::NameExpression>(*functions_[at]).name.text;
  if (const Entity* entity = body_.scope.find(text)) {
    const StaticFunction function = *entity->fixed->function;
    if (function.lambda != nullptr) {
      const size_t count = function.lambda->parameters.size();
      if (type.items.size() != count + 1) return report_type(fmt::format("this takes {} arguments", count));
      const LambdaScope names(body_, &function);
      return check_lambda(at, *function.lambda, type);
    }
    if (!same_type(function.type, type, same_dims(body_))) return report_type(this_is(function.type));
    auto local = std::make_unique<Local>();
    local->span = functions_[at]->span;
    local->slot = function.slot;
    bind_function(at, type, std::move(local));
    return true;
  }
  const ScalarFunction function = *scalar_function_named(text);
  const auto arity = static_cast<size_t>(row_of(function).arity);
  if (type.items.size() == arity + 1) return check_scalar_function(at, function, type);
  return report_type(fmt::format("this takes {} argument{}", arity, arity == 1 ? "" : "s"));
}

void FunctionCall::bind_function(size_t at, const Type& type, TypedExprPtr value) {
  function_values_[at] = std::move(value);
  auto opaque = std::make_shared<StaticFunction>();
  opaque->type = type;
  bindings_.others.insert_or_assign(signature_.parameters[at].syntax->name.text,
                                    StaticValue::of_function(std::move(opaque)));
}

bool FunctionCall::check_scalar_function(size_t at, ScalarFunction function, const Type& type) {
  const Span span = functions_[at]->span;
  auto node = make_node<FunctionValue>(body_, span, Type::of(Type::Kind::nothing));
  std::vector<Value> operands;
  for (size_t i = 0; i + 1 < type.items.size(); ++i) {
    const ScalarSignature signature = row_of(function).signature;
    const ElementClass needed = signature == ScalarSignature::number    ? ElementClass::number
                                : signature == ScalarSignature::integer ? ElementClass::integer
                                                                        : ElementClass::floating;
    if (!type.items[i].is_tensor() || !belongs_to(type.items[i].element, needed) ||
        !same_type(type.items[i], type.items.back(), same_dims(body_))) {
      report(body_, diagnostics::argument_type, span,
             fmt::format("`{}` is not {}", row_of(function).name, to_string(type)));
      return false;
    }
    const Slot slot = new_slot(body_, "x", type.items[i]);
    node->parameters.push_back(slot);
    operands.emplace_back(type.items[i], span,
                          place_value(body_, span, whole_place(body_, slot, span), type.items[i]));
  }
  Value value = lift_function(body_, span, function, std::move(operands), type.items.back().element);
  if (value.failed()) return false;
  node->body = std::move(value.tree);
  bind_function(at, type, std::move(node));
  return true;
}

bool FunctionCall::check_lambda(size_t at, const syntax::Lambda& lambda, const Type& type) {
  BlockScope scope(body_);
  auto node = make_node<FunctionValue>(body_, lambda.span, Type::of(Type::Kind::nothing));
  for (size_t i = 0; i < lambda.parameters.size(); ++i) {
    const syntax::Name& variable = lambda.parameters[i];
    if (!may_define(body_, variable)) return false;
    const Slot slot = new_slot(body_, variable.text, type.items[i]);
    define_variable(body_, variable, type.items[i], whole_place(body_, slot, variable.span));
    node->parameters.push_back(slot);
  }
  body_.no_effects = "a function value";
  body_.effect_depth = body_.scope.depth();
  body_.is_conditional = true;
  Value value = check_expression(body_, *lambda.body, Want{&type.items.back(), false});
  if (!convert_to(body_, value, type.items.back(), true, "the result of the function")) return false;
  node->body = std::move(value.tree);
  bind_function(at, type, std::move(node));
  return true;
}

}  // namespace kiln::sema
