#include "sema/function_check.h"

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/conversions.h"
#include "sema/effects.h"
#include "sema/evaluate.h"
#include "sema/first_values.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

std::vector<dim::Condition> where_conditions(Body& body, const syntax::Function& function) {
  std::vector<dim::Condition> conditions;
  for (const syntax::ExpressionPtr& clause : function.where) {
    if (auto condition = evaluate_condition(body, *clause)) conditions.push_back(std::move(*condition));
  }
  return conditions;
}

namespace {

/// Checks one body: declares self, fields, parameters and results, then the statements.
class FunctionCheck {
 public:
  FunctionCheck(Body& body, const Signature& signature, const std::set<std::string>& defaulted,
                std::vector<dim::Condition> needed_at_run_time)
      : body_(body),
        signature_(signature),
        defaulted_(defaulted),
        needed_at_run_time_(std::move(needed_at_run_time)) {}

  /// A rule of the function instead of its body.
  void check(const RuleBody& rule) {
    declare(rule.result);
    body_.function->name = "derivative of " + body_.function->name;
    for (const auto& [name, type] : rule.variables) {
      if (!name.present()) {  // a result without a name
        body_.function->parameters.push_back({new_slot(body_, "result", type), false});
        continue;
      }
      if (const Entity* taken = body_.scope.find(name.text)) report_taken(name, *taken);
      const Slot slot = new_slot(body_, name.text, type);
      body_.function->parameters.push_back({slot, false});
      define_variable(body_, name, type, whole_place(body_, slot, name.span)).why_constant =
          "a parameter of a rule";
    }
    for (const syntax::StatementPtr& statement : rule.block->statements)
      check_statement(body_, *statement, body_.function->body);
    const Want want{&rule.result, rule.block->statements.empty()};
    finish_result(check_expression(body_, *rule.block->result, want), rule.result, true);
  }

  void check() {
    const syntax::Function& syntax = *signature_.function.syntax;
    declare(signature_.result_type());
    if (syntax.is_one_line)
      check_one_line(syntax);
    else
      check_statements(syntax);
  }

 private:
  void declare(const Type& result) {
    const syntax::Function& syntax = *signature_.function.syntax;
    TypedFunction& typed = *body_.function;
    typed.name = signature_.function.model ? signature_.function.model->name.text + "." + syntax.name.text
                                           : syntax.name.text;
    typed.span = syntax.name.span;
    typed.result_type = value_type(body_.session, result);
    if (signature_.function.self) declare_self();
    body_.scope.push();
    for (const SignatureParameter& parameter : signature_.parameters) declare_parameter(parameter);
    for (const dim::Condition& condition : where_conditions(body_, syntax)) body_.facts.add(condition);
    if (body_.root.is_generic) prove_extents(body_, syntax);
    add_runtime_where(syntax);
    for (const dim::Condition& condition : needed_at_run_time_) {
      require_at_run_time(syntax.name.span, to_string(condition),
                          condition_tree(syntax.name.span, condition));
    }
  }

  void report_taken(const syntax::Name& name, const Entity& taken) {
    report(body_, diagnostics::name_taken, name.span, fmt::format("`{}` is declared already", name.text))
        .labels.push_back({taken.span, "declared here"});
  }

  void declare_self() {
    const ModelApplication& model = *signature_.function.self;
    body_.self = &model;
    Type type = Type::of(Type::Kind::model);
    type.model = signature_.function.self;
    const Slot slot = new_slot(body_, "self", type);
    const bool is_inout = signature_.self != nullptr && condition_holds(*signature_.self);
    body_.function->parameters.push_back({slot, is_inout && signature_.self->is_inout});
    const bool is_mutable = signature_.self != nullptr && signature_.self->is_inout && is_inout;
    const auto define = [&](const std::string& name, const Type& field, const Place& place, Span span) {
      Entity entity;
      entity.span = span;
      entity.type = field;
      entity.place = place;
      entity.is_mutable = is_mutable;
      entity.is_field = true;
      entity.is_inout_elsewhere = signature_.self != nullptr && signature_.self->is_inout && !is_mutable;
      entity.why_constant = "a field of `self`, which is not `inout`";
      if (field.is_scalar() && is_integral(field.element)) entity.integer = new_runtime(body_, name);
      const Entity& defined = body_.scope.define(name, std::move(entity));
      if (body_.session.options.observer != nullptr) body_.session.options.observer->defined(body_, defined);
    };
    const Span span = signature_.function.syntax->name.span;
    define("self", type, whole_place(body_, slot, span), span);
    for (const ModelField& field : fields_of(body_.session, model)) {
      define(field.name, field.type, {slot, field.first_leaf, field.leaf_count, field.syntax->span},
             field.syntax->name.span);
      if (!field.syntax->condition || !body_.root.is_generic) continue;
      Entity& entity = *body_.scope.find(field.name);
      entity.presence = evaluate_condition(body_, *field.syntax->condition);
      entity.presence_span = field.syntax->condition->span;
    }
  }

  bool condition_holds(const syntax::Parameter& parameter) const {
    if (!parameter.condition.present()) return true;
    const Entity* entity = body_.scope.find(parameter.condition.text);
    return entity == nullptr || !entity->known || *entity->known;
  }

  void declare_parameter(const SignatureParameter& parameter) {
    if (parameter.kind == ParameterKind::function) return declare_function(parameter);
    if (parameter.kind != ParameterKind::value) {
      if (parameter.syntax->default_value && body_.root.is_generic)
        evaluate_static(body_, parameter.kind, *parameter.syntax->default_value);
      return;
    }
    const syntax::Name& name = parameter.syntax->name;
    if (const Entity* taken = body_.scope.find(name.text)) report_taken(name, *taken);
    TypedExprPtr otherwise = default_of(parameter);
    const Slot slot = new_slot(body_, name.text, parameter.type);
    const bool is_inout = parameter.syntax->is_inout && condition_holds(*parameter.syntax);
    if (defaulted_.count(name.text) != 0) {
      if (!otherwise) return;
      body_.function->body.statements.push_back(bind_statement(name.span, {slot}, std::move(otherwise)));
    } else {
      body_.function->parameters.push_back({slot, is_inout});
    }
    Entity& entity = define_variable(body_, name, parameter.type, whole_place(body_, slot, name.span));
    take_extent(parameter, entity);
    entity.is_mutable = is_inout;
    entity.is_inout_elsewhere = parameter.syntax->is_inout && !is_inout;
    entity.why_constant = "a parameter that is not `inout`";
  }

  /// A parameter that is the extent of an axis has the symbol that the types of the signature hold.
  void take_extent(const SignatureParameter& parameter, Entity& entity) {
    if (parameter.integer) {
      entity.integer = parameter.integer;
      name_slot(body_, entity.place, *parameter.integer);
      assume_extent(body_, *parameter.integer);
    } else if (!parameter.family.empty()) {
      entity.family = parameter.family;
      name_slot(body_, entity.place, dim::Dim::symbol(parameter.family));
    }
  }

  /// The default of a parameter, which may use those before it. Checked where the function is declared, and
  /// needed where a call leaves the argument out.
  TypedExprPtr default_of(const SignatureParameter& parameter) {
    const bool is_needed = defaulted_.count(parameter.syntax->name.text) != 0;
    if (!parameter.syntax->default_value || !(is_needed || body_.root.is_generic)) return nullptr;
    const Type& type = parameter.type;
    Value value = check_expression(body_, *parameter.syntax->default_value, Want{&type, false});
    if (!convert_to(body_, value, type, false, fmt::format("`{}`", parameter.syntax->name.text)))
      return nullptr;
    return std::move(value.tree);
  }

  /// A function that is not known by name comes in a variable of its own.
  void declare_function(const SignatureParameter& parameter) {
    const syntax::Name& name = parameter.syntax->name;
    Entity* entity = body_.scope.find(name.text);
    if (entity == nullptr || entity->fixed->function->reference.syntax != nullptr) return;
    auto function = std::make_shared<StaticFunction>(*entity->fixed->function);
    function->slot = new_slot(body_, name.text, function->type);
    body_.function->parameters.push_back({function->slot, false});
    entity->fixed = StaticValue::of_function(std::move(function));
  }

  /// Clauses about run-time integers are checked when the function runs.
  void add_runtime_where(const syntax::Function& syntax) {
    for (const syntax::ExpressionPtr& clause : syntax.where) {
      const auto condition = evaluate_condition(body_, *clause);
      if (!condition || condition->to_string().find('#') == std::string::npos) continue;
      take_bounds(body_, *condition);
      Value value = check_expression(body_, *clause);
      if (value.failed()) continue;
      const std::string text(body_.session.files.text_of(clause->span));
      require_at_run_time(clause->span, text,
                          value.tree ? std::move(value.tree) : condition_tree(clause->span, *condition));
    }
  }

  void require_at_run_time(Span span, const std::string& text, TypedExprPtr condition) {
    auto node = std::make_unique<AssertStatement>();
    node->span = span;
    node->message = text;
    node->condition = std::move(condition);
    body_.function->body.statements.push_back(std::move(node));
  }

  void check_one_line(const syntax::Function& syntax) {
    const Type type = signature_.result_type();
    if (type.kind == Type::Kind::nothing) {
      Value value = check_expression(body_, *syntax.body.result);
      if (!value.failed()) {
        report(body_, diagnostics::return_and_results, syntax.body.result->span,
               fmt::format("`{}` has no result to give", syntax.name.text));
      }
      return;
    }
    Value value = check_expression(body_, *syntax.body.result, Want{&type, true});
    finish_result(std::move(value), type, true);
  }

  void finish_result(Value value, const Type& type, bool may_fill) {
    if (value.failed()) return;
    if (!convert_to(body_, value, type, may_fill, "the result")) return;
    check_reads_beside_changes(body_, *value.tree);
    body_.function->body.result = std::move(value.tree);
  }

  void check_statements(const syntax::Function& syntax) {
    const Type type = signature_.result_type();
    const bool has_return = syntax.body.result != nullptr;
    if (!has_return) declare_results(syntax);
    for (const syntax::StatementPtr& statement : syntax.body.statements) {
      if (!has_return && statement == syntax.body.statements.back() && forgets_return(syntax, *statement))
        return;
      check_statement(body_, *statement, body_.function->body);
    }
    if (has_return) {
      if (type.kind == Type::Kind::nothing) {
        report(body_, diagnostics::return_and_results, syntax.body.result->span,
               fmt::format("`{}` has no result", syntax.name.text))
            .help = "write `-> T` behind the parameters";
        return;
      }
      return finish_result(check_expression(body_, *syntax.body.result, Want{&type, false}), type, true);
    }
    for (const syntax::Result& result : syntax.results) {
      if (!result.name.present()) {
        report(body_, diagnostics::result_not_assigned, result.span,
               fmt::format("`{}` ends without `return`", syntax.name.text))
            .help = "end the body with `return …`, or name the results and assign them";
        return;
      }
      const std::string& name = result.name.text;
      if (body_.assigned_results.count(name) || is_told_of(body_, result.name.span, name)) continue;
      Diagnostic& diagnostic =
          report(body_, diagnostics::result_not_assigned, result.name.span,
                 fmt::format("the result `{}` has no value at the end of `{}`", name, syntax.name.text));
      label_uncertain_value(body_, diagnostic, name);
      if (const Entity* entity = body_.scope.find(name); entity != nullptr && !diagnostic.labels.empty())
        offer_first_value(body_, diagnostic, name, entity->type);
    }
  }

  /// A body that should give an unnamed result ends in a call that has one.
  bool forgets_return(const syntax::Function& syntax, const syntax::Statement& last) {
    const auto* statement = syntax::if_is<syntax::CallStatement>(last);
    if (statement == nullptr || syntax.results.empty() || syntax.results[0].name.present()) return false;
    const Value value = check_expression(body_, *statement->call);
    if (value.type.kind == Type::Kind::nothing) return false;
    if (!value.failed()) {
      report(body_, diagnostics::return_missing, statement->span, "`return` is missing before this")
          .fix({statement->span.file, statement->span.begin, statement->span.begin}, "return ",
               "a function ends in `return …`, or names its results and assigns them");
    }
    return true;
  }

  void declare_results(const syntax::Function& syntax) {
    for (size_t i = 0; i < syntax.results.size(); ++i) {
      const syntax::Name& name = syntax.results[i].name;
      if (!name.present()) continue;
      if (const Entity* taken = body_.scope.find(name.text)) report_taken(name, *taken);
      const Slot slot = new_slot(body_, name.text, signature_.results[i]);
      Entity& entity =
          define_variable(body_, name, signature_.results[i], whole_place(body_, slot, name.span));
      entity.is_mutable = true;
      entity.is_result = true;
      body_.function->results.push_back(slot);
    }
  }

  Body& body_;
  const Signature& signature_;
  const std::set<std::string>& defaulted_;
  std::vector<dim::Condition> needed_at_run_time_;
};

}  // namespace

void check_function(Body& body, const Signature& signature, const std::set<std::string>& defaulted,
                    std::vector<dim::Condition> needed_at_run_time) {
  FunctionCheck(body, signature, defaulted, std::move(needed_at_run_time)).check();
}

void check_rule_body(Body& body, const Signature& signature, const RuleBody& rule,
                     std::vector<dim::Condition> needed_at_run_time) {
  FunctionCheck(body, signature, {}, std::move(needed_at_run_time)).check(rule);
}

}  // namespace kiln::sema
