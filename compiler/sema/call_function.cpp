#include <algorithm>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/conversions.h"
#include "sema/function_call.h"
#include "sema/instances.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/report.h"
#include "sema/rules.h"
#include "sema/subscripts.h"
#include "sema/trees.h"

namespace kiln::sema {

Value FunctionCall::check(std::optional<Value> receiver) {
  receiver_ = std::move(receiver);
  values_.resize(signature_.parameters.size());
  has_value_.resize(signature_.parameters.size(), false);
  functions_.resize(signature_.parameters.size(), nullptr);
  function_values_.resize(signature_.parameters.size());
  slices_.resize(signature_.parameters.size());
  if (signature_.failed) {
    check_arguments_only();
    return failed();
  }
  if (!place_arguments() || !check_statics() || !check_values() || !match_all()) return failed();
  if (!solve_rest() || !prove_where() || !convert_arguments() || !check_changes()) return failed();
  return make();
}

void FunctionCall::check_arguments_only() {
  for (const syntax::Argument& argument : call_.arguments) check_expression(body_, *argument.value);
}

bool FunctionCall::place_arguments() {
  const auto& parameters = signature_.parameters;
  placed_.assign(parameters.size(), nullptr);
  size_t next = 0;
  for (const syntax::Argument& argument : call_.arguments) {
    size_t at = next;
    if (argument.name.present()) {
      at = 0;
      while (at < parameters.size() && parameters[at].syntax->name.text != argument.name.text) ++at;
    } else {
      ++next;
    }
    if (at < parameters.size() && placed_[at] == nullptr) {
      placed_[at] = &argument;
      continue;
    }
    std::string message;
    const bool follows_name = !argument.name.present() && at < parameters.size();
    if (follows_name) {
      message = "an argument by its place stands behind one by its name";
    } else if (!argument.name.present()) {
      message = fmt::format("`{}` takes {} argument{}", name(), parameters.size(),
                            parameters.size() == 1 ? "" : "s");
    } else if (at < parameters.size()) {
      message = fmt::format("`{}` is given twice", argument.name.text);
    } else {
      message = fmt::format("`{}` has no parameter `{}`", name(), argument.name.text);
    }
    Diagnostic& diagnostic = report(body_, diagnostics::argument_names, argument.span, message);
    diagnostic.labels.push_back({function_.syntax->name.span, "declared here"});
    for (size_t i = 0; follows_name && i < parameters.size(); ++i) {
      const bool is_free =
          placed_[i] == nullptr &&
          std::none_of(call_.arguments.begin(), call_.arguments.end(),
                       [&](const auto& other) { return other.name == parameters[i].syntax->name.text; });
      if (!is_free) continue;
      const std::string& free = parameters[i].syntax->name.text;
      diagnostic.offer({argument.span.file, argument.span.begin, argument.span.begin}, free + ": ",
                       fmt::format("name it: `{}: …`", free));
      break;
    }
    if (argument.name == "dim" || argument.name == "axis" || argument.name == "keepdim")
      diagnostic.help = fmt::format(
          "functions work on the last axis; for another write the indices, for instance `for[j] {}(for[i] "
          "x[i, j])`",
          name());
    return false;
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (placed_[i] != nullptr || parameters[i].syntax->default_value) continue;
    Diagnostic& diagnostic =
        report(body_, diagnostics::argument_missing, call_.parentheses,
               fmt::format("`{}` needs an argument for `{}`", name(), parameters[i].syntax->name.text));
    diagnostic.labels.push_back({parameters[i].syntax->span, "the parameter"});
    if (i + 1 == parameters.size() && is_stream_forgotten()) {
      const Span first = call_.arguments[0].span;
      diagnostic.offer({first.file, first.begin, first.begin}, "rng, ",
                       "the stream of random numbers stands first: `rng, …`");
    }
    return false;
  }
  return true;
}

/// `init.normal(0.02)` for `init.normal(rng, 0.02)`.
bool FunctionCall::is_stream_forgotten() const {
  const syntax::Parameter& first = *signature_.parameters[0].syntax;
  const auto* type = first.type ? syntax::if_is<syntax::NamedType>(*first.type) : nullptr;
  if (type == nullptr || type->name.parts.size() != 1 || type->name.parts[0].text != "Rng") return false;
  if (call_.arguments.empty() || call_.arguments[0].name.present()) return false;
  const Entity* stream = body_.scope.find("rng");
  return stream != nullptr && stream->type.kind == Type::Kind::rng &&
         !body_.session.files.text_of(call_.arguments[0].span).ends_with("rng");
}

bool FunctionCall::is_inout(const syntax::Parameter& parameter) const {
  if (!parameter.is_inout) return false;
  if (!parameter.condition.present()) return true;
  const auto found = bindings_.dims.find(open_name(parameter.condition.text));
  return found == bindings_.dims.end() || !found->second.is_constant(0);
}

bool FunctionCall::is_inout_open(const syntax::Parameter& parameter) const {
  if (!parameter.is_inout || !parameter.condition.present()) return false;
  const auto found = bindings_.dims.find(open_name(parameter.condition.text));
  return found == bindings_.dims.end() || !found->second.constant();
}

bool FunctionCall::check_statics() {
  for (size_t i = 0; i < signature_.parameters.size(); ++i) {
    const SignatureParameter& parameter = signature_.parameters[i];
    if (parameter.kind == ParameterKind::value) continue;
    const std::string& parameter_name = parameter.syntax->name.text;
    if (placed_[i] == nullptr) {
      auto value = evaluate_static(callee(), parameter.kind, *parameter.syntax->default_value);
      if (!value) return false;
      static_defaults_.emplace_back(parameter_name, std::move(*value));
      take_static_defaults();
      continue;
    }
    if (parameter.kind == ParameterKind::function && takes_function_value(i)) continue;
    auto value = evaluate_static(body_, parameter.kind, *placed_[i]->value);
    if (!value) return false;
    bind_static(parameter_name, std::move(*value));
  }
  return true;
}

void FunctionCall::take_static_defaults() {
  const auto is_known = [&](const auto& pending) {
    const StaticValue value = substitute(pending.second, bindings_);
    for (const std::string& symbol : value.dim.symbols()) {
      if (symbol.front() == '?') return false;
    }
    bind_static(pending.first, value);
    return true;
  };
  static_defaults_.erase(std::remove_if(static_defaults_.begin(), static_defaults_.end(), is_known),
                         static_defaults_.end());
}

void FunctionCall::bind_static(const std::string& parameter, StaticValue value) {
  if (value.kind == StaticValue::Kind::dim || value.kind == StaticValue::Kind::boolean) {
    bindings_.dims.emplace(open_name(parameter), value.dim);
  } else {
    bindings_.others.emplace(parameter, std::move(value));
  }
}

bool FunctionCall::check_values() {
  bool good = true;
  for (size_t i = 0; i < signature_.parameters.size(); ++i) {
    const SignatureParameter& parameter = signature_.parameters[i];
    if (parameter.kind != ParameterKind::value) continue;
    const bool known_scalar =
        parameter.type.is_scalar() && parameter.type.element.kind == Element::Kind::known;
    if (placed_[i] != nullptr) {
      values_[i] =
          check_expression(body_, *placed_[i]->value, known_scalar ? Want{&parameter.type, false} : Want{});
      values_[i].span = placed_[i]->value->span;
      if (placed_[i]->is_changed && parameter.syntax->is_inout && !take_slice(i)) return false;
    } else {
      values_[i] = check_expression(callee(), *parameter.syntax->default_value);
      const bool is_constant =
          !values_[i].failed() && (!values_[i].constants.empty() || values_[i].known.has_value());
      if (!is_constant) {
        bindings_.defaulted.insert(parameter.syntax->name.text);
        continue;
      }
      values_[i].span = call_.span;
    }
    has_value_[i] = true;
    good = good && !values_[i].failed();
    if (!values_[i].failed() && values_[i].type.kind == Type::Kind::nothing) {
      report(body_, diagnostics::not_a_value, values_[i].span, "this call gives nothing");
      good = false;
    }
    if (!values_[i].failed() && values_[i].is_type()) {
      report(body_, diagnostics::argument_type, values_[i].span, "a value is needed here, not a type");
      good = false;
    }
  }
  return good;
}

bool FunctionCall::convert_arguments() {
  for (size_t i = 0; i < signature_.parameters.size(); ++i) {
    if (functions_[i] != nullptr && !check_function_value(i)) return false;
    if (!has_value_[i]) continue;
    const Type expected = substitute(signature_.parameters[i].type, bindings_);
    if (is_lifted_) {
      if (!convert_element(body_, values_[i], expected.element)) return false;
      continue;
    }
    if (!convert_to(body_, values_[i], expected, false,
                    fmt::format("`{}` of `{}`", signature_.parameters[i].syntax->name.text, name()))) {
      return false;
    }
  }
  return true;
}

std::shared_ptr<const TypedFunction> FunctionCall::instance() {
  if (body_.is_muted || body_.root.is_generic) return nullptr;
  return instantiate(body_.session, body_.root, function_, bindings_, call_.span);
}

const TypedRule* FunctionCall::rule_of(const std::shared_ptr<const TypedFunction>& typed) {
  if (typed == nullptr || function_.model != nullptr) return nullptr;
  return instantiate_rule(body_.session, body_.root, function_, bindings_, *typed, call_.span);
}

Value FunctionCall::make() {
  const Type type = substitute(signature_.result_type(), bindings_);
  const auto typed = instance();
  if (!typed && !body_.is_muted && !body_.root.is_generic) return failed();
  if (is_lifted_) return make_lifted(type, typed);
  auto node = make_node<Call>(body_, call_.span, type);
  node->callee = typed;
  node->rule = rule_of(typed);
  if (function_.model != nullptr) {
    node->arguments.push_back(argument(*receiver_, signature_.self && is_inout(*signature_.self)));
  }
  for (size_t i = 0; i < signature_.parameters.size(); ++i) {
    if (function_values_[i]) {
      TypedArgument value;
      value.value = std::move(function_values_[i]);
      node->arguments.push_back(std::move(value));
    }
    if (!has_value_[i]) continue;
    node->arguments.push_back(argument(values_[i], is_inout(*signature_.parameters[i].syntax)));
  }
  Value value(type, call_.span, std::move(node));
  if (type.is_scalar() && is_integral(type.element)) value.integer = new_runtime(body_, name());
  return with_slices(std::move(value));
}

TypedArgument FunctionCall::argument(Value& value, bool is_changed) {
  TypedArgument argument;
  if (is_changed && value.place) {
    argument.changed = *value.place;
    forget_place(body_, *value.place);
  } else {
    settle(body_, value);
    argument.value = std::move(value.tree);
  }
  return argument;
}

Value FunctionCall::make_lifted(const Type& type, const std::shared_ptr<const TypedFunction>& typed) {
  std::vector<Value> operands;
  for (size_t i = 0; i < signature_.parameters.size(); ++i) {
    if (has_value_[i]) operands.push_back(std::move(values_[i]));
  }
  return lift(body_, call_.span, std::move(operands), type.element, [&](std::vector<TypedExprPtr> trees) {
    auto node = make_node<Call>(body_, call_.span, type);
    node->callee = typed;
    node->rule = rule_of(typed);
    for (TypedExprPtr& tree : trees) {
      TypedArgument argument;
      argument.value = std::move(tree);
      node->arguments.push_back(std::move(argument));
    }
    return node;
  });
}

Value call_function(Body& body, const FunctionReference& function, std::optional<Value> receiver,
                    const syntax::Call& call, Want want) {
  return FunctionCall(body, function, call, want).check(std::move(receiver));
}

}  // namespace kiln::sema
