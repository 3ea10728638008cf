#include "sema/models.h"

#include <fmt/format.h>

#include "sema/evaluate.h"
#include "sema/fixes.h"
#include "sema/model_instances.h"
#include "sema/proofs.h"
#include "sema/report.h"

namespace kiln::sema {

namespace {

void add_symbol_facts(Body& body, const StaticValue& value) {
  if (value.kind != StaticValue::Kind::dim && value.kind != StaticValue::Kind::boolean) return;
  for (const std::string& symbol : value.dim.symbols()) {
    if (symbol.find('#') == std::string::npos) body.facts.add_dim(symbol);
  }
  if (value.kind == StaticValue::Kind::boolean && !value.dim.constant()) {
    body.facts.add(dim::Condition::less_equal(value.dim, 1));
  }
}

}  // namespace

bool has_type_parameter(const syntax::Model& model) {
  for (const syntax::Parameter& parameter : model.parameters) {
    if (kind_of(parameter) == ParameterKind::type) return true;
  }
  return false;
}

ModelApplication open_application(const Module& module, const syntax::Model& model) {
  ModelApplication application{&module, &model, {}};
  for (const syntax::Parameter& parameter : model.parameters) {
    switch (kind_of(parameter)) {
      case ParameterKind::boolean:
        application.arguments.push_back(StaticValue::of_boolean(dim::Dim::symbol(parameter.name.text)));
        break;
      case ParameterKind::string:
        application.arguments.push_back(StaticValue::of_string(""));
        application.arguments.back().is_open = true;
        break;
      default:
        application.arguments.push_back(StaticValue::of_dim(dim::Dim::symbol(parameter.name.text)));
        break;
    }
  }
  return application;
}

namespace {

/// What the fields of a model need of its arguments and no `where` says: `D >= 1`. Nothing while that is
/// being found.
std::vector<dim::Condition> inferred_conditions(Session& session, const ModelApplication& model) {
  const GenericResult& result = check_model_generically(session, *model.module, *model.syntax);
  if (result.is_active || result.inferred.empty()) return {};
  std::map<std::string, dim::Dim> arguments;
  for (size_t i = 0; i < model.arguments.size(); ++i)
    arguments.emplace(model.syntax->parameters[i].name.text, model.arguments[i].dim);
  std::vector<dim::Condition> conditions;
  for (const dim::Condition& condition : result.inferred)
    conditions.push_back(condition.substitute(arguments));
  return conditions;
}

}  // namespace

void define_model_arguments(Body& body, const ModelApplication& model) {
  for (size_t i = 0; i < model.arguments.size(); ++i) {
    const syntax::Parameter& parameter = model.syntax->parameters[i];
    define_static(body, parameter.name.text, model.arguments[i], parameter.span);
    add_symbol_facts(body, model.arguments[i]);
  }
  for (const syntax::ExpressionPtr& clause : model.syntax->where) {
    if (const auto condition = evaluate_condition(body, *clause)) body.facts.add(*condition);
  }
  for (const dim::Condition& condition : inferred_conditions(body.session, model)) body.facts.add(condition);
}

void prove_model_where(Body& body, const ModelApplication& model, Span span) {
  if (body.is_open || body.is_muted) return;
  Body declared(body.session, body.root, *model.module);
  declared.is_open = true;
  for (size_t i = 0; i < model.arguments.size(); ++i) {
    const syntax::Parameter& parameter = model.syntax->parameters[i];
    define_static(declared, parameter.name.text, model.arguments[i], parameter.span);
  }
  for (const syntax::ExpressionPtr& clause : model.syntax->where) {
    const auto condition = evaluate_condition(declared, *clause);
    dim::Verdict verdict;
    if (!condition || prove(body, *condition, verdict) != Proof::failed) continue;
    Diagnostic& diagnostic = report(
        body, diagnostics::where_not_met, span,
        fmt::format("`{}` needs `{}`", model.syntax->name.text, body.session.files.text_of(clause->span)));
    diagnostic.label = counterexample_text(verdict);
    diagnostic.labels.push_back({clause->span, "the clause of the model"});
    if (!verdict.missing.empty()) fix_by_where(body, diagnostic, diagnostic.span, verdict.missing);
  }
  const std::vector<dim::Condition> needed = inferred_conditions(body.session, model);
  for (size_t i = 0; i < needed.size(); ++i) {
    dim::Verdict verdict;
    if (prove(body, needed[i], verdict) != Proof::failed) continue;
    const dim::Condition& own = body.session.model_results.at(model.syntax).inferred[i];
    report(body, diagnostics::where_not_met, span,
           fmt::format("`{}` needs `{}`", model.syntax->name.text, to_string(own)))
        .labels.push_back({model.syntax->name.span, "the model"});
  }
}

/// A model that contains itself with other arguments goes on for ever, or for longer than the stack.
constexpr size_t deepest_models = 100;

const std::vector<ModelField>& fields_of(Session& session, const ModelApplication& model) {
  const std::string key = key_of(model);
  if (const auto found = session.fields.find(key); found != session.fields.end()) return found->second;
  Root root;
  root.is_generic = true;
  Body body(session, root, *model.module);
  body.is_open = true;
  const bool is_new = session.active_models.insert(key).second;
  if (!is_new || session.active_models.size() > deepest_models) {
    report(body, diagnostics::model_recursion,
           session.active_fields.empty() ? model.syntax->name.span : session.active_fields.back(),
           is_new ? fmt::format("`{}` lies in more than {} models, one in the other", model.syntax->name.text,
                                deepest_models)
                  : fmt::format("`{}` contains itself", model.syntax->name.text))
        .labels.push_back({model.syntax->name.span, "the model"});
    if (is_new) session.active_models.erase(key);
    return session.fields[key];
  }
  for (size_t i = 0; i < model.arguments.size(); ++i) {
    const syntax::Parameter& parameter = model.syntax->parameters[i];
    define_static(body, parameter.name.text, model.arguments[i], parameter.span);
  }
  std::vector<ModelField> fields;
  uint32_t leaf = 0;
  for (const syntax::Field& field : model.syntax->fields) {
    if (field.condition) {
      const auto condition = evaluate_condition(body, *field.condition);
      if (condition && condition->evaluate({}) == std::optional<bool>(false)) continue;
    }
    session.active_fields.push_back(field.span);
    ModelField found{&field, field.name.text, evaluate_type(body, *field.type), leaf, 0};
    found.leaf_count = leaf_count(session, found.type);
    session.active_fields.pop_back();
    leaf += found.leaf_count;
    fields.push_back(std::move(found));
  }
  session.active_models.erase(key);
  return session.fields[key] = std::move(fields);
}

}  // namespace kiln::sema
