#include <algorithm>

#include <fmt/format.h>

#include "sema/calls.h"
#include "sema/check_expressions.h"
#include "sema/conversions.h"
#include "sema/evaluate.h"
#include "sema/fixes.h"
#include "sema/foreign_habits.h"
#include "sema/lambdas.h"
#include "sema/prelude.h"
#include "sema/proofs.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

const syntax::Function* method_named(const syntax::Model& model, const std::string& name) {
  for (const auto& method : model.methods) {
    if (method->name.text == name) return method.get();
  }
  return nullptr;
}

Value call_method(Body& body, const syntax::Call& call, Value receiver, const syntax::Name& name, Want want) {
  if (!receiver.type.axes.empty()) {
    report(body, diagnostics::not_callable, receiver.span, "these are many models").help =
        fmt::format("call each: `for[i] {}[i](…)`", body.session.files.text_of(receiver.span));
    return Value::error(call.span);
  }
  const auto model = receiver.type.model;
  const syntax::Function* method = method_named(*model->syntax, name.text);
  if (method == nullptr) {
    std::vector<std::string> known;
    for (const auto& other : model->syntax->methods) known.push_back(other->name.text);
    Diagnostic& diagnostic =
        report(body, diagnostics::unknown_member, name.span,
               fmt::format("{} has no method `{}`", to_string(receiver.type), name.text));
    const auto forward = std::find_if(model->syntax->methods.begin(), model->syntax->methods.end(),
                                      [](const auto& other) { return other->name == "forward"; });
    if (name == "call" && forward != model->syntax->methods.end()) {
      diagnostic.labels.push_back({(*forward)->name.span, "called by its name alone"});
      diagnostic.offer((*forward)->name.span, "call", "a model is called through its method `call`");
    } else if (const std::string near = nearest_name(name.text, known); !near.empty()) {
      diagnostic.fix(name.span, near, fmt::format("did you mean `{}`?", near));
    } else if (const std::string_view advice = advice_on_member(name.text); !advice.empty()) {
      diagnostic.help = advice;
      const Span member{name.span.file, receiver.span.end, name.span.end};
      if (name == "forward") diagnostic.fix(member, "");
    }
    return Value::error(call.span);
  }
  return call_function(body, {model->module, method, model->syntax, model}, std::move(receiver), call, want);
}

/// A function parameter. Of rank-0 parameters it applies to tensors element by element.
Value call_opaque(Body& body, const syntax::Call& call, const StaticFunction& function) {
  const size_t count = function.type.items.size() - 1;
  const Type& first = function.type.items.front();
  if (count == 1 && first.kind == Type::Kind::tuple && first.items.size() == call.arguments.size()) {
    report(body, diagnostics::argument_missing, call.parentheses,
           fmt::format("1 argument is expected here, a tuple of {}", call.arguments.size()))
        .help = "write one more pair of parentheses around the parts: `((…, …))`";
    return Value::error(call.span);
  }
  if (!plain_arguments(body, call, count, count)) return Value::error(call.span);
  const Type& result = function.type.items.back();
  std::vector<Value> values;
  bool is_lifted = result.is_scalar(), is_higher = false;
  for (size_t i = 0; i < count; ++i) {
    values.push_back(check_expression(body, *call.arguments[i].value, Want{&function.type.items[i], false}));
    if (values[i].failed()) return Value::error(call.span);
    is_lifted = is_lifted && function.type.items[i].is_scalar() && values[i].type.is_tensor();
    is_higher = is_higher || !values[i].type.shape.empty();
  }
  is_lifted = is_lifted && is_higher;
  for (size_t i = 0; i < count; ++i) {
    const Type& expected = function.type.items[i];
    const bool good = is_lifted ? convert_element(body, values[i], expected.element)
                                : convert_to(body, values[i], expected, false, "the argument");
    if (!good) return Value::error(call.span);
  }
  const auto make = [&](std::vector<TypedExprPtr> trees) -> TypedExprPtr {
    auto node = make_node<CallValue>(body, call.span, result);
    node->function = function.slot;
    node->arguments = std::move(trees);
    return node;
  };
  if (is_lifted) return lift(body, call.span, std::move(values), result.element, make);
  std::vector<TypedExprPtr> trees;
  for (Value& value : values) trees.push_back(std::move(value.tree));
  Value value(result, call.span, make(std::move(trees)));
  if (result.is_scalar() && is_integral(result.element)) value.integer = new_runtime(body, "value");
  return value;
}

Value call_value(Body& body, const syntax::Call& call, Value callee, Want want) {
  if (callee.failed()) return Value::error(call.span);
  if (body.session.options.observer != nullptr)
    body.session.options.observer->checked(body, *call.callee, callee);
  if (callee.is_type()) {
    if (callee.type.kind == Type::Kind::model) {
      report(body, diagnostics::not_a_value, call.callee->span,
             fmt::format("{} is a type of model, not a value", to_string(callee.type)))
          .help = fmt::format("`{}.init(rng)` makes a value; the layers of a model are its fields",
                              body.session.files.text_of(call.callee->span));
      return Value::error(call.span);
    }
  } else if (callee.type.kind == Type::Kind::model) {
    syntax::Name name{"call", call.callee->span};
    return call_method(body, call, std::move(callee), name, want);
  } else if (callee.fixed && callee.fixed->kind == StaticValue::Kind::function) {
    const StaticFunction& function = *callee.fixed->function;
    if (function.reference.syntax != nullptr) {
      return call_function(body, function.reference, std::nullopt, call, want);
    }
    if (function.lambda != nullptr) return call_lambda(body, call, function);
    return call_opaque(body, call, function);
  }
  Diagnostic& diagnostic =
      report(body, diagnostics::not_callable, call.callee->span, "this cannot be called");
  diagnostic.label = callee.is_type() ? "a type" : this_is(callee.type);
  if (!callee.is_type() && callee.type.is_tensor() && !callee.type.shape.empty())
    fix_by_brackets(body, diagnostic, call.parentheses, '[', ']', "indices stand in square brackets: `[ ]`");
  return Value::error(call.span);
}

/// A model or type with its arguments: `Mlp(784, 10)`.
Value type_value(Body& body, const syntax::Call& call) {
  const auto type = type_of_expression(body, call);
  if (!type || type->failed()) return Value::error(call.span);
  Value value(*type, call.span);
  value.fixed = StaticValue::of_type(*type);
  return value;
}

bool declares_type(const syntax::Declaration* declaration) {
  return declaration != nullptr && (declaration->kind == syntax::DeclarationKind::model ||
                                    declaration->kind == syntax::DeclarationKind::type);
}

Value call_member(Body& body, const syntax::Call& call, const syntax::Member& member, Want want) {
  if (const auto* base = syntax::if_is<syntax::NameExpression>(*member.base);
      base != nullptr && body.scope.find(base->name.text) == nullptr &&
      body.module.imports.count(base->name.text) != 0) {
    if (declares_type(body.module.imports.at(base->name.text)->find(member.name.text)))
      return type_value(body, call);
    return call_value(body, call, check_member(body, member), want);
  }
  if (member.name == "init") {
    if (const auto type = type_of_expression(body, *member.base)) {
      if (type->failed()) return Value::error(call.span);
      return call_init(body, call, *type);
    }
  }
  if (reports_unknown_base(body, member)) return Value::error(call.span);
  Value base = check_expression(body, *member.base);
  if (base.failed()) return Value::error(call.span);
  if (base.type.kind == Type::Kind::rng)
    return call_rng_method(body, call, std::move(base), member.name, want);
  if (base.type.kind == Type::Kind::model && !base.is_type() && member.name == "params" &&
      method_named(*base.type.model->syntax, "params") == nullptr) {
    if (!plain_arguments(body, call, 1, 1)) return Value::error(call.span);
    const auto pattern = evaluate_static(body, ParameterKind::string, *call.arguments[0].value);
    if (!pattern) return Value::error(call.span);
    return params_of(body, std::move(base), pattern->text, call.span);
  }
  if (base.type.kind == Type::Kind::model && !base.is_type()) {
    if (method_named(*base.type.model->syntax, member.name.text) != nullptr) {
      return call_method(body, call, std::move(base), member.name, want);
    }
  }
  return call_value(body, call, check_member(body, member), want);
}

}  // namespace

namespace {

/// `sum(x, 1)`, `argmax(x, axis: 1)`: a reducer over one axis of several.
std::string advice_on_axis(const Body& body, const syntax::Call& call) {
  const std::string_view name = body.session.files.text_of(call.callee->span);
  static constexpr std::string_view reducers[] = {"sum", "prod", "mean", "all", "any", "argmax", "argmin"};
  if (call.arguments.size() != 2 ||
      std::find(std::begin(reducers), std::end(reducers), name) == std::end(reducers))
    return "";
  const std::string_view x = body.session.files.text_of(call.arguments[0].value->span);
  return fmt::format("over one axis write its index: `for[i] {}[j] {}[i, j]`", name,
                     x.size() < 20 ? x : std::string_view("x"));
}

}  // namespace

bool plain_arguments(Body& body, const syntax::Call& call, size_t least, size_t most) {
  if (call.arguments.size() < least || call.arguments.size() > most) {
    Diagnostic& diagnostic =
        report(body, diagnostics::argument_missing, call.parentheses,
               least == most ? fmt::format("{} argument{} expected here, not {}", least,
                                           least == 1 ? " is" : "s are", call.arguments.size())
                             : fmt::format("{} to {} arguments are expected here, not {}", least, most,
                                           call.arguments.size()));
    diagnostic.help = advice_on_axis(body, call);
    return false;
  }
  for (const syntax::Argument& argument : call.arguments) {
    if (!argument.is_changed && !argument.name.present()) continue;
    report(body, argument.is_changed ? diagnostics::mark_unwanted : diagnostics::argument_names,
           argument.span, argument.is_changed ? "nothing is changed here" : "arguments have no names here");
    return false;
  }
  return true;
}

Value check_call(Body& body, const syntax::Call& call, Want want) {
  if (const auto* member = syntax::if_is<syntax::Member>(*call.callee))
    return call_member(body, call, *member, want);
  if (const auto* name = syntax::if_is<syntax::NameExpression>(*call.callee)) {
    const std::string& text = name->name.text;
    if (const Entity* entity = body.scope.find(text)) {
      return call_value(body, call, value_of_entity(body, *entity, text, name->span), want);
    }
    if (body.self != nullptr && method_named(*body.self->syntax, text) != nullptr) {
      const Entity* self = body.scope.find("self");
      if (self != nullptr) {
        return call_method(body, call, value_of_entity(body, *self, "self", name->span), name->name, want);
      }
    }
    const syntax::Declaration* declaration = body.module.find(text);
    if (declaration == nullptr && is_prelude_function(text))
      return call_prelude(body, call, name->name, want);
    if (declares_type(declaration)) return type_value(body, call);
  }
  return call_value(body, call, check_expression(body, *call.callee), want);
}

}  // namespace kiln::sema
