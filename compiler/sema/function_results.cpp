// What the functions among the arguments of a call give, where nothing else says it: `jacobian(f, x)` of a
// parameter `f: fn(T[N]) -> T[M]` finds M by looking at f with the argument T[N].
#include <algorithm>

#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/function_call.h"
#include "sema/lambdas.h"
#include "sema/proofs.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

bool is_open(const std::string& name) { return !name.empty() && name.front() == '?'; }

bool has_open_names(const dim::Dim& extent) {
  const auto symbols = extent.symbols();
  return std::any_of(symbols.begin(), symbols.end(), is_open);
}

bool has_open_names(const Shape& shape) {
  return std::any_of(shape.begin(), shape.end(), [](const Axis& axis) {
    return axis.is_pack() ? is_open(axis.pack) : has_open_names(axis.extent);
  });
}

bool has_open_names(const Type& type) {
  if (has_open_names(type.axes) || has_open_names(type.shape) || has_open_names(type.count)) return true;
  if (type.kind == Type::Kind::variable) return is_open(type.variable);
  if (type.kind == Type::Kind::tensor && type.element.kind == Element::Kind::variable &&
      is_open(type.element.variable))
    return true;
  if (type.model != nullptr)
    for (const StaticValue& argument : type.model->arguments)
      if (has_open_names(argument.dim) || (argument.type && has_open_names(*argument.type))) return true;
  return std::any_of(type.items.begin(), type.items.end(),
                     [](const Type& item) { return has_open_names(item); });
}

/// What a declared function gives for arguments of these types; nothing where they do not say it.
std::optional<Type> result_of_declared(Body& body, const FunctionReference& function,
                                       const std::vector<Type>& items) {
  const auto open = open_signature(body.session, body.root, function);
  const Signature& signature = open->signature;
  if (signature.failed || signature.parameters.size() + 1 != items.size()) return std::nullopt;
  Bindings bindings;
  Matcher matcher(bindings);
  for (size_t i = 0; i < signature.parameters.size(); ++i) {
    const SignatureParameter& parameter = signature.parameters[i];
    if (parameter.kind != ParameterKind::value || !matcher.match(parameter.type, items[i]))
      return std::nullopt;
  }
  return substitute(signature.result_type(), bindings);
}

}  // namespace

bool FunctionCall::infer_function_results() {
  for (bool finds = true; finds;) {
    finds = false;
    for (size_t i = 0; i < signature_.parameters.size(); ++i) {
      if (signature_.parameters[i].kind != ParameterKind::function) continue;
      const Type type = substitute(signature_.parameters[i].type, bindings_);
      if (!has_open_names(type.items.back())) continue;
      if (std::any_of(type.items.begin(), type.items.end() - 1,
                      [](const Type& item) { return has_open_names(item); }))
        continue;
      const std::optional<Type> result = function_result(i, type);
      if (!result && functions_[i] != nullptr) return false;
      if (!result || result->failed() || has_open_names(*result)) continue;
      Bindings found = bindings_;
      if (!Matcher(found).match(type.items.back(), *result)) continue;
      bindings_ = std::move(found);
      finds = !has_open_names(substitute(type.items.back(), bindings_));
    }
  }
  return true;
}

std::optional<Type> FunctionCall::function_result(size_t at, const Type& type) {
  if (functions_[at] == nullptr) {
    const auto declared = bindings_.others.find(signature_.parameters[at].syntax->name.text);
    if (declared == bindings_.others.end() || declared->second.function == nullptr) return std::nullopt;
    return result_of_declared(body_, declared->second.function->reference, type.items);
  }
  if (const auto* lambda = syntax::if_is<syntax::Lambda>(*functions_[at]))
    return lambda_result(at, *lambda, type);
  const auto& name = syntax::as<syntax::NameExpression>(*functions_[at]).name.text;
  const Entity* entity = body_.scope.find(name);
  if (entity == nullptr) return type.items[0];  // a scalar function of the prelude
  const StaticFunction function = *entity->fixed->function;
  if (function.lambda == nullptr) return function.type.items.back();
  const LambdaScope names(body_, &function);
  return lambda_result(at, *function.lambda, type);
}

std::optional<Type> FunctionCall::lambda_result(size_t at, const syntax::Lambda& lambda, const Type& type) {
  if (type.items.size() != lambda.parameters.size() + 1) {
    check_function_value(at);  // which says so
    return std::nullopt;
  }
  {
    const Muted muted(body_);
    if (const std::optional<Type> result = result_of_body(lambda, type)) return result;
  }
  return result_of_body(lambda, type);  // which says what is wrong with it
}

std::optional<Type> FunctionCall::result_of_body(const syntax::Lambda& lambda, const Type& type) {
  BlockScope scope(body_);
  for (size_t i = 0; i < lambda.parameters.size(); ++i) {
    const syntax::Name& variable = lambda.parameters[i];
    if (!may_define(body_, variable)) return std::nullopt;
    const Slot slot = new_slot(body_, variable.text, type.items[i]);
    define_variable(body_, variable, type.items[i], whole_place(body_, slot, variable.span));
  }
  body_.no_effects = "a function value";
  body_.effect_depth = body_.scope.depth();
  body_.is_conditional = true;
  const Value value = check_expression(body_, *lambda.body);
  if (value.failed()) return std::nullopt;
  return value.type;
}

}  // namespace kiln::sema
