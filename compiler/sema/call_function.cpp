#include <fmt/format.h>

#include "sema/calls.h"
#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/conversions.h"
#include "sema/instances.h"
#include "sema/match_dims.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/report.h"
#include "sema/subscripts.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

/// One call, judgement 2: place the arguments, match their types, solve what is open, prove the `where`s,
/// make the node.
class FunctionCall {
 public:
  FunctionCall(Body& body, const FunctionReference& function, const syntax::Call& call, Want want)
      : body_(body),
        function_(function),
        call_(call),
        want_(want),
        callee_(body.session, body.root, *function.module) {
    callee_.is_open = true;
    callee_.is_muted = true;  // its own check reports what is wrong with it
  }

  Value check(std::optional<Value> receiver) {
    signature_ = make_signature(callee_, function_, SignatureMode::open, {});
    receiver_ = std::move(receiver);
    values_.resize(signature_.parameters.size());
    has_value_.resize(signature_.parameters.size(), false);
    if (signature_.failed) {
      check_arguments_only();
      return failed();
    }
    if (!place_arguments() || !check_statics() || !check_values() || !match_all()) return failed();
    if (!solve_rest() || !prove_where() || !convert_arguments() || !check_changes()) return failed();
    return make();
  }

 private:
  Value failed() const { return Value::error(call_.span); }
  std::string name() const { return function_.syntax->name.text; }

  void check_arguments_only() {
    for (const syntax::Argument& argument : call_.arguments) check_expression(body_, *argument.value);
  }

  bool place_arguments() {
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
      if (!argument.name.present()) {
        message = fmt::format("`{}` takes {} argument{}", name(), parameters.size(),
                              parameters.size() == 1 ? "" : "s");
      } else if (at < parameters.size()) {
        message = fmt::format("`{}` is given twice", argument.name.text);
      } else {
        message = fmt::format("`{}` has no parameter `{}`", name(), argument.name.text);
      }
      report(body_, diagnostics::argument_names, argument.span, message)
          .labels.push_back({function_.syntax->name.span, "declared here"});
      return false;
    }
    for (size_t i = 0; i < parameters.size(); ++i) {
      if (placed_[i] != nullptr || parameters[i].syntax->default_value) continue;
      report(body_, diagnostics::argument_missing, call_.parentheses,
             fmt::format("`{}` needs an argument for `{}`", name(), parameters[i].syntax->name.text))
          .labels.push_back({parameters[i].syntax->span, "the parameter"});
      return false;
    }
    return true;
  }

  bool is_inout(const syntax::Parameter& parameter) const {
    if (!parameter.is_inout) return false;
    if (!parameter.condition.present()) return true;
    const auto found = bindings_.dims.find(open_name(parameter.condition.text));
    return found == bindings_.dims.end() || !found->second.is_constant(0);
  }
  /// `inout x if Train` while `Train` is open: neither demanded nor refused.
  bool is_inout_open(const syntax::Parameter& parameter) const {
    if (!parameter.is_inout || !parameter.condition.present()) return false;
    const auto found = bindings_.dims.find(open_name(parameter.condition.text));
    return found == bindings_.dims.end() || !found->second.constant();
  }

  bool check_statics() {
    for (size_t i = 0; i < signature_.parameters.size(); ++i) {
      const SignatureParameter& parameter = signature_.parameters[i];
      if (parameter.kind == ParameterKind::value) continue;
      const std::string& parameter_name = parameter.syntax->name.text;
      if (placed_[i] == nullptr) {
        auto value = evaluate_static(callee_, parameter.kind, *parameter.syntax->default_value);
        if (!value) return false;
        bind_static(parameter_name, substitute(*value, bindings_));
        continue;
      }
      if (parameter.kind == ParameterKind::function &&
          placed_[i]->value->kind == syntax::ExpressionKind::lambda) {
        report_limit(body_, placed_[i]->value->span, "a function written as an argument");
        return false;
      }
      auto value = evaluate_static(body_, parameter.kind, *placed_[i]->value);
      if (!value) return false;
      bind_static(parameter_name, std::move(*value));
    }
    return true;
  }

  void bind_static(const std::string& parameter, StaticValue value) {
    if (value.kind == StaticValue::Kind::dim || value.kind == StaticValue::Kind::boolean) {
      bindings_.dims.emplace(open_name(parameter), value.dim);
    } else {
      bindings_.others.emplace(parameter, std::move(value));
    }
  }

  bool check_values() {
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
        values_[i] = check_expression(callee_, *parameter.syntax->default_value);
        if (!values_[i].failed() && values_[i].constants.empty() && !values_[i].known) {
          report_limit(
              body_, call_.span,
              fmt::format("the default of `{}`, which is no constant,", parameter.syntax->name.text));
          return false;
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

  /// `&c.k[l]`: the slice is copied to a variable of its own, which the call changes, and written back after
  /// it.
  bool take_slice(size_t at) {
    const auto* subscript = syntax::if_is<syntax::Subscript>(*placed_[at]->value);
    Value& value = values_[at];
    if (subscript == nullptr || value.failed() || value.place || !value.type.is_tensor()) return true;
    Value base = check_expression(body_, *subscript->base);
    const std::string text(body_.session.files.text_of(subscript->base->span));
    if (!base.place) return may_change(body_, nullptr, false, value.span, text);
    if (!may_change(body_, base.root, base.is_mutable, subscript->base->span, text)) return false;
    auto checked =
        check_subscripts(body_, base.type.shape, subscript->items, subscript->brackets, text, false);
    if (!checked) return false;
    const Slot slot = new_slot(body_, "slice", value.type);
    before_.push_back(bind_statement(value.span, {slot}, std::move(value.tree)));
    auto back = std::make_unique<AssignPoints>();
    back->span = value.span;
    back->place = *base.place;
    back->subscripts = std::move(checked->subscripts);
    back->value = place_value(body_, value.span, whole_place(body_, slot, value.span), value.type);
    back->tensor_name = text;
    after_.push_back(std::move(back));
    value.place = whole_place(body_, slot, value.span);
    value.tree = place_value(body_, value.span, *value.place, value.type);
    value.root = base.root;
    value.is_mutable = true;
    return true;
  }

  /// The call between the copies of the slices it changes and their writing back.
  Value with_slices(Value value) {
    if (before_.empty()) return value;
    auto block = make_node<BlockValue>(body_, call_.span, value.type);
    block->block.statements = std::move(before_);
    if (value.type.kind == Type::Kind::nothing) {
      auto only = std::make_unique<CallOnly>();
      only->span = call_.span;
      only->call = std::move(value.tree);
      block->block.statements.push_back(std::move(only));
    } else {
      const Slot slot = new_slot(body_, "changed", value.type);
      block->block.statements.push_back(bind_statement(call_.span, {slot}, std::move(value.tree)));
      block->block.result = place_value(body_, call_.span, whole_place(body_, slot, call_.span), value.type);
    }
    for (TypedStatementPtr& statement : after_) block->block.statements.push_back(std::move(statement));
    value.tree = std::move(block);
    return value;
  }

  /// A function of rank-0 tensors applies to tensors element by element.
  bool finds_lift() const {
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

  bool match_all() {
    Matcher matcher(bindings_);
    is_lifted_ = finds_lift();
    for (size_t i = 0; i < signature_.parameters.size(); ++i) {
      if (!has_value_[i]) continue;
      Value& value = values_[i];
      if (value.type.kind == Type::Kind::tuple && !value.fields.empty()) settle(body_, value);
      if (value.failed()) return false;
      Type actual = value.type;
      if (is_lifted_) actual.shape.clear();
      if (!matcher.match(signature_.parameters[i].type, actual)) return report_argument(i);
      if (!matcher.agrees(same_dims(body_))) return report_argument(i);
    }
    return true;
  }

  bool report_argument(size_t at) {
    const SignatureParameter& parameter = signature_.parameters[at];
    const Type expected = substitute(parameter.type, bindings_);
    const Value& value = values_[at];
    const bool same_element =
        value.type.is_tensor() && expected.is_tensor() && value.type.element == expected.element;
    Diagnostic& diagnostic =
        report(body_, same_element ? diagnostics::shape_mismatch : diagnostics::argument_type, value.span,
               fmt::format("`{}` of `{}` is {}, but this is {}", parameter.syntax->name.text, name(),
                           to_string(expected), to_string(value.type)));
    diagnostic.label = to_string(value.type);
    diagnostic.labels.push_back(
        {parameter.syntax->span, fmt::format("declared as {}", to_string(parameter.type))});
    if (expected.is_tensor() && value.type.is_tensor() && !same_element && expected.shape.empty() &&
        value.type.shape.empty()) {
      diagnostic.help =
          fmt::format("write `{}({})`", to_string(expected.element), body_.session.files.text_of(value.span));
    }
    return false;
  }

  bool solve_rest() {
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

  /// Integers that the callee's `where` may speak of.
  std::map<std::string, dim::Dim> integer_arguments() {
    std::map<std::string, dim::Dim> integers = bindings_.dims;
    for (size_t i = 0; i < signature_.parameters.size(); ++i) {
      const Type& type = signature_.parameters[i].type;
      if (!has_value_[i] || !type.is_scalar() || !is_integral(type.element)) continue;
      const std::string& parameter = signature_.parameters[i].syntax->name.text;
      const auto known = values_[i].integer;
      integers.emplace(open_name(parameter), known ? *known : new_runtime(body_, parameter));
    }
    return integers;
  }

  bool prove_clause(const dim::Condition& condition, const std::string& text, Span place) {
    dim::Verdict verdict;
    if (prove(body_, condition, verdict) != Proof::failed) return true;
    Diagnostic& diagnostic =
        report(body_, diagnostics::where_not_met, call_.span, fmt::format("`{}` needs `{}`", name(), text));
    diagnostic.label = counterexample_text(verdict);
    if (diagnostic.label.empty())
      diagnostic.label = fmt::format("`{}` cannot be shown", to_string(condition));
    diagnostic.labels.push_back({place, "the condition"});
    if (!verdict.missing.empty())
      diagnostic.help = fmt::format("add `where {}`", clauses_text(verdict.missing));
    return false;
  }

  bool prove_where() {
    define_value_parameters(callee_, signature_);
    const auto integers = integer_arguments();
    bool good = true;
    for (const syntax::ExpressionPtr& clause : function_.syntax->where) {
      const auto condition = evaluate_condition(callee_, *clause);
      if (!condition) continue;
      good = prove_clause(condition->substitute(integers),
                          std::string(body_.session.files.text_of(clause->span)), clause->span) &&
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
      good =
          prove_clause(condition.substitute(own), to_string(condition), function_.syntax->name.span) && good;
    }
    return good;
  }

  static void define_value_parameters(Body& callee, const Signature& signature) {
    for (const SignatureParameter& parameter : signature.parameters) {
      if (parameter.kind != ParameterKind::value) continue;
      const syntax::Name& name = parameter.syntax->name;
      const Slot slot = new_slot(callee, name.text, parameter.type);
      Entity& entity = define_variable(callee, name, parameter.type, whole_place(callee, slot, name.span));
      if (entity.integer) entity.integer = dim::Dim::symbol(open_name(name.text));
    }
  }

  bool convert_arguments() {
    for (size_t i = 0; i < signature_.parameters.size(); ++i) {
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

  bool check_changes() {
    std::vector<const Place*> changed;
    bool good = true;
    const auto add = [&](const Value& value, Span span) {
      if (!value.place || !may_change(body_, value.root, value.is_mutable, span,
                                      std::string(body_.session.files.text_of(span)))) {
        if (!value.place) may_change(body_, nullptr, false, span, "");
        good = false;
        return;
      }
      for (const Place* other : changed) {
        if (other->slot != value.place->slot ||
            other->first_leaf >= value.place->first_leaf + value.place->leaf_count ||
            value.place->first_leaf >= other->first_leaf + other->leaf_count) {
          continue;
        }
        report(body_, diagnostics::overlapping_changes, span, "one call changes the same variable twice")
            .labels.push_back({other->span, "changed here too"});
        good = false;
      }
      changed.push_back(&*value.place);
    };
    if (receiver_ && signature_.self && is_inout(*signature_.self) && !is_inout_open(*signature_.self)) {
      add(*receiver_, receiver_->span);
    }
    for (size_t i = 0; i < signature_.parameters.size(); ++i) {
      const syntax::Parameter& parameter = *signature_.parameters[i].syntax;
      if (!has_value_[i] || placed_[i] == nullptr) continue;
      const bool wanted = is_inout(parameter);
      const bool marked = placed_[i]->is_changed;
      if (marked && !parameter.is_inout) {
        report(body_, diagnostics::mark_unwanted, placed_[i]->span,
               fmt::format("`{}` of `{}` is not changed", parameter.name.text, name()))
            .labels.push_back({parameter.span, "not `inout`"});
        good = false;
      } else if (wanted && !marked && !is_inout_open(parameter)) {
        Diagnostic& diagnostic = report(body_, diagnostics::mark_missing, placed_[i]->span,
                                        fmt::format("`{}` changes `{}`", name(), parameter.name.text));
        diagnostic.labels.push_back({parameter.span, "`inout`"});
        const std::string text = fmt::format("&{}", body_.session.files.text_of(placed_[i]->value->span));
        diagnostic.help = fmt::format("mark it: `{}`", text);
        diagnostic.fixes.push_back({placed_[i]->value->span, text});
        good = false;
      } else if (wanted && marked) {
        add(values_[i], placed_[i]->value->span);
      }
    }
    return good;
  }

  std::shared_ptr<const TypedFunction> instance() {
    if (body_.is_muted || body_.root.is_generic) return nullptr;
    return instantiate(body_.session, body_.root, function_, bindings_, call_.span);
  }

  Value make() {
    const Type type = substitute(signature_.result_type(), bindings_);
    const auto typed = instance();
    if (!typed && !body_.is_muted && !body_.root.is_generic) return failed();
    if (is_lifted_) return make_lifted(type, typed);
    auto node = make_node<Call>(body_, call_.span, type);
    node->callee = typed;
    if (function_.model != nullptr) {
      node->arguments.push_back(argument(*receiver_, signature_.self && is_inout(*signature_.self)));
    }
    for (size_t i = 0; i < signature_.parameters.size(); ++i) {
      if (!has_value_[i]) continue;
      node->arguments.push_back(argument(values_[i], is_inout(*signature_.parameters[i].syntax)));
    }
    Value value(type, call_.span, std::move(node));
    if (type.is_scalar() && is_integral(type.element)) value.integer = new_runtime(body_, name());
    return with_slices(std::move(value));
  }

  TypedArgument argument(Value& value, bool is_changed) {
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

  Value make_lifted(const Type& type, const std::shared_ptr<const TypedFunction>& typed) {
    std::vector<Value> operands;
    for (size_t i = 0; i < signature_.parameters.size(); ++i) {
      if (has_value_[i]) operands.push_back(std::move(values_[i]));
    }
    return lift(body_, call_.span, std::move(operands), type.element, [&](std::vector<TypedExprPtr> trees) {
      auto node = make_node<Call>(body_, call_.span, type);
      node->callee = typed;
      for (TypedExprPtr& tree : trees) {
        TypedArgument argument;
        argument.value = std::move(tree);
        node->arguments.push_back(std::move(argument));
      }
      return node;
    });
  }

  Body& body_;
  FunctionReference function_;
  const syntax::Call& call_;
  Want want_;
  Body callee_;
  Signature signature_;
  std::optional<Value> receiver_;
  std::vector<const syntax::Argument*> placed_;
  std::vector<Value> values_;
  std::vector<bool> has_value_;
  std::vector<TypedStatementPtr> before_, after_;
  Bindings bindings_;
  bool is_lifted_ = false;
};

}  // namespace

Value call_function(Body& body, const FunctionReference& function, std::optional<Value> receiver,
                    const syntax::Call& call, Want want) {
  return FunctionCall(body, function, call, want).check(std::move(receiver));
}

}  // namespace kiln::sema
