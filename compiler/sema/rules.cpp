#include "sema/rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "sema/function_check.h"
#include "sema/instances.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/report.h"

namespace kiln::sema {

namespace {

/// A rule against the signature of its function: which variables it has, and what it gives.
class RuleCheck {
 public:
  RuleCheck(Body& body, const Signature& signature, const syntax::Rule& rule)
      : body_(body), signature_(signature), rule_(rule) {}

  /// Null after a report. The typed function of the rule is that of the body.
  std::unique_ptr<TypedRule> check(std::vector<dim::Condition> needed_at_run_time) {
    auto typed = std::make_unique<TypedRule>();
    typed->is_reverse = rule_.is_adjoint;
    typed->span = rule_.function.span;
    typed->function_name = signature_.name();
    RuleBody parts;
    parts.block = &rule_.body;
    if (!may_have_rule() || !names_agree()) return nullptr;
    if (!(rule_.is_adjoint ? take_reverse(*typed, parts) : take_forward(*typed, parts))) return nullptr;
    if (rule_.body.result == nullptr) {
      report(body_, diagnostics::result_not_assigned, rule_.function.span,
             fmt::format("the rule of `{}` ends without `return`", signature_.name()))
          .help = "a rule is `= …`, or a body that ends in `return …`";
      return nullptr;
    }
    check_rule_body(body_, signature_, parts, std::move(needed_at_run_time));
    typed->function = body_.function;
    return typed;
  }

 private:
  Diagnostic& unsuitable(Span span, std::string message) {
    Diagnostic& diagnostic = report(body_, diagnostics::rule_unsuitable, span, std::move(message));
    diagnostic.labels.push_back({signature_.function.syntax->name.span, "the function"});
    return diagnostic;
  }

  bool may_have_rule() {
    for (const SignatureParameter& parameter : signature_.parameters) {
      if (parameter.syntax->is_inout) {
        unsuitable(rule_.function.span, fmt::format("`{}` changes `{}`, so it cannot have a derivative rule",
                                                    signature_.name(), parameter.syntax->name.text));
        return false;
      }
      if (parameter.kind == ParameterKind::value && parameter.syntax->default_value) {
        unsuitable(rule_.function.span,
                   fmt::format("`{}` has a default value for `{}`, so it cannot have a derivative rule",
                               signature_.name(), parameter.syntax->name.text));
        return false;
      }
    }
    return true;
  }

  /// "x: dx, k": the parameters of the function as a rule names them.
  std::string expected_parameters() const {
    std::string text;
    for (const SignatureParameter& parameter : signature_.parameters)
      text += (text.empty() ? "" : ", ") + parameter.syntax->name.text;
    return text;
  }

  bool names_agree() {
    const auto& parameters = signature_.parameters;
    bool same = rule_.parameters.size() == parameters.size();
    for (size_t i = 0; same && i < parameters.size(); ++i)
      same = rule_.parameters[i].name.text == parameters[i].syntax->name.text;
    if (!same) {
      unsuitable(rule_.function.span, fmt::format("a rule of `{}` names its parameters as they are: `({})`",
                                                  signature_.name(), expected_parameters()));
      return false;
    }
    if (!rule_.is_adjoint || rule_.results.size() == signature_.results.size()) return true;
    unsuitable(
        rule_.results[0].span,
        fmt::format("`{}` has {} result{}, the rule names {}", signature_.name(), signature_.results.size(),
                    signature_.results.size() == 1 ? "" : "s", rule_.results.size()));
    return false;
  }

  bool is_value(size_t parameter) const {
    return signature_.parameters[parameter].kind == ParameterKind::value;
  }

  Type gradient(const Type& type) { return gradient_type(body_.session, type); }

  static void add_leaves(const std::vector<bool>& chosen, size_t first, std::vector<uint32_t>& leaves) {
    for (size_t i = 0; i < chosen.size(); ++i)
      if (chosen[i]) leaves.push_back(static_cast<uint32_t>(first + i));
  }

  static Type together(std::vector<Type> types) {
    return types.size() == 1 ? types[0] : Type::tuple(std::move(types));
  }

  bool has_no_derivative(const syntax::RuleParameter& of, const Type& type) {
    Diagnostic& diagnostic = report(body_, diagnostics::not_differentiable, of.span,
                                    fmt::format("`{}` has no derivative", of.name.text));
    diagnostic.label = this_is(type);
    return false;
  }

  /// Parameters and those of them with tangents; tangents of all results that are floats.
  bool take_forward(TypedRule& typed, RuleBody& parts) {
    for (size_t i = 0; i < rule_.parameters.size(); ++i) {
      const syntax::RuleParameter& parameter = rule_.parameters[i];
      const Type& type = signature_.parameters[i].type;
      if (!takes_part(i)) continue;
      typed.active.emplace_back();
      if (!parameter.tangent.present()) continue;
      const Type tangent = is_value(i) ? gradient(type) : Type::error();
      if (tangent.failed()) return has_no_derivative(parameter, type);
      add_leaves(differentiable_leaves(body_.session, type), 0, typed.active.back());
      parts.variables.emplace_back(parameter.tangent, tangent);
    }
    if (parts.variables.empty()) {
      unsuitable(rule_.function.span, "a rule without a tangent says nothing").help =
          "name the tangent of each parameter that has a derivative: `x: dx`";
      return false;
    }
    std::vector<Type> given;
    size_t first = 0;
    for (const Type& result : signature_.results) {
      const Type tangent = gradient(result);
      if (!tangent.failed()) {
        given.push_back(tangent);
        add_leaves(differentiable_leaves(body_.session, result), first, typed.seeded);
      }
      first += leaf_count(body_.session, result);
    }
    if (given.empty()) return gives_no_float();
    parts.result = together(std::move(given));
    return true;
  }

  bool gives_no_float() {
    unsuitable(rule_.function.span,
               fmt::format("`{}` gives nothing that has a derivative", signature_.name()));
    return false;
  }

  /// Parameters, results, cotangents of those that have one; cotangents of all parameters that are floats.
  bool take_reverse(TypedRule& typed, RuleBody& parts) {
    size_t first = 0;
    std::vector<std::pair<syntax::Name, Type>> cotangents;
    for (size_t i = 0; i < rule_.results.size(); ++i) {
      const syntax::RuleParameter& result = rule_.results[i];
      const Type& type = signature_.results[i];
      parts.variables.emplace_back(result.name, type);
      if (result.tangent.present()) {
        const Type cotangent = gradient(type);
        if (cotangent.failed()) return has_no_derivative(result, type);
        add_leaves(differentiable_leaves(body_.session, type), first, typed.seeded);
        cotangents.emplace_back(result.tangent, cotangent);
      }
      first += leaf_count(body_.session, type);
    }
    if (cotangents.empty()) {
      unsuitable(rule_.function.span, "a rule without a cotangent says nothing").help =
          "name the cotangent of each result that has a derivative: `-> y: dy`";
      return false;
    }
    parts.variables.insert(parts.variables.end(), cotangents.begin(), cotangents.end());
    std::vector<Type> given;
    for (size_t i = 0; i < signature_.parameters.size(); ++i) {
      if (!takes_part(i)) continue;
      typed.active.emplace_back();
      const Type& type = signature_.parameters[i].type;
      const Type cotangent = is_value(i) ? gradient(type) : Type::error();
      if (cotangent.failed()) continue;
      given.push_back(cotangent);
      add_leaves(differentiable_leaves(body_.session, type), 0, typed.active.back());
    }
    if (given.empty()) {
      unsuitable(rule_.function.span,
                 fmt::format("`{}` takes nothing that has a derivative", signature_.name()));
      return false;
    }
    parts.result = together(std::move(given));
    return true;
  }

  /// Whether a call has an argument for it: a value, or a function that is not known by name.
  bool takes_part(size_t parameter) const {
    const SignatureParameter& known = signature_.parameters[parameter];
    if (known.kind == ParameterKind::value) return true;
    if (known.kind != ParameterKind::function) return false;
    const Entity* entity = body_.scope.find(known.syntax->name.text);
    return entity != nullptr && entity->fixed && entity->fixed->function &&
           entity->fixed->function->reference.syntax == nullptr;
  }

  Body& body_;
  const Signature& signature_;
  const syntax::Rule& rule_;
};

const syntax::Function* function_of(const Module& module, const syntax::Rule& rule) {
  if (rule.function.parts.size() != 1) return nullptr;
  const syntax::Declaration* found = module.find(rule.function.parts[0].text);
  return found == nullptr ? nullptr : syntax::if_is<syntax::Function>(*found);
}

const syntax::Rule* rule_for(const Module& module, const syntax::Function& function) {
  for (const syntax::DeclarationPtr& declaration : module.file.declarations) {
    const auto* rule = syntax::if_is<syntax::Rule>(*declaration);
    // By name first: looking up a function of a library parses it, which adds to what is gone through here.
    if (rule == nullptr || rule->function.parts.back().text != function.name.text) continue;
    if (function_of(module, *rule) == &function) return rule;
  }
  return nullptr;
}

}  // namespace

void check_rule_generically(Session& session, const Module& module, const syntax::Rule& rule) {
  GenericResult& result = session.rule_results[&rule];
  Root root;
  root.is_generic = true;
  Body body(session, root, module);
  const syntax::Function* function = function_of(module, rule);
  if (function == nullptr) {
    const std::string name(session.files.text_of(rule.function.span));
    report(body, diagnostics::rule_unsuitable, rule.function.span,
           fmt::format("this file has no function `{}`", name))
        .help = "a derivative rule stands in the file of its function, which is no method";
    return;
  }
  const syntax::Rule* first = rule_for(module, *function);
  if (first != &rule) {
    report(body, diagnostics::declared_twice, rule.function.span,
           fmt::format("`{}` has a derivative rule already", function->name.text))
        .labels.push_back({first->function.span, "declared here"});
    return;
  }
  const FunctionReference reference{&module, function, nullptr, nullptr};
  if (is_checked_at_use(reference)) return;
  const Signature signature = make_signature(body, reference, SignatureMode::own, {});
  if (signature.failed) return;
  RuleCheck(body, signature, rule).check({});
  result.inferred = std::move(root.inferred);
}

const TypedRule* instantiate_rule(Session& session, Root& root, const FunctionReference& function,
                                  const Bindings& bindings, const TypedFunction& instance, Span call) {
  const auto [known, is_new] = root.rules.try_emplace(&instance, nullptr);
  if (!is_new) return known->second;
  const syntax::Rule* rule = rule_for(*function.module, *function.syntax);
  if (rule == nullptr) return nullptr;
  // The rule may call the function itself, whose calls then point to what is being made here.
  auto owned = std::make_unique<TypedRule>();
  TypedRule* const made = owned.get();
  session.rules.push_back(std::move(owned));
  known->second = made;

  std::vector<const syntax::Function*> active;  // a rule is no part of the functions that are being made
  active.swap(session.active);
  session.trail.push_back({fmt::format("the derivative rule of `{}`", function.syntax->name.text), call});
  Body body(session, root, *function.module);
  body.facts = root.facts;
  body.is_trusted = !is_checked_at_use(function);
  body.is_conditional = true;
  const Signature signature = make_signature(body, function, SignatureMode::bound, bindings);
  std::unique_ptr<TypedRule> typed;
  if (!signature.failed) {
    std::map<std::string, dim::Dim> own;
    for (const auto& [name, value] : bindings.dims) own.emplace(name.substr(1), value);
    for (const auto& [name, value] : bindings.dims) assume_extent(body, value);
    std::vector<dim::Condition> at_run_time;
    for (const dim::Condition& inferred : session.rule_results[rule].inferred) {
      const dim::Condition condition = inferred.substitute(own);
      if (!dim::proves(body.facts, condition)) at_run_time.push_back(condition);
      body.facts.add(condition);
    }
    typed = RuleCheck(body, signature, *rule).check(std::move(at_run_time));
  }
  session.trail.pop_back();
  active.swap(session.active);
  if (typed != nullptr) *made = std::move(*typed);
  return typed != nullptr ? made : nullptr;
}

}  // namespace kiln::sema
