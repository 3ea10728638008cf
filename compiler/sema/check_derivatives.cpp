#include <algorithm>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/conversions.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/report.h"
#include "sema/slot_uses.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

struct Variable {
  Place place;
  Type type;
  Type gradient;
};

/// Numbers without a slope, by the kind of what holds them: what to do instead.
std::string instead_of(const Type& type) {
  if (type.kind == Type::Kind::rng)
    return "draw from it, and differentiate with respect to what is made of the draws";
  if (type.kind == Type::Kind::model) return "a model is differentiated with respect to its `param`s";
  if (!type.is_tensor()) return "derivatives are with respect to floats: `f16`, `bf16`, `f32`, `f64`";
  if (is_boolean(type.element)) return "choices have no slope: weight both sides by a float between 0 and 1";
  if (is_integral(type.element))
    return "integers have no slope: if the numbers are meant, bind them as floats before: `let x = f32(…)`";
  return fmt::format("{} only stores numbers: bind them as floats before: `let x = f32(…)`",
                     to_string(type.element));
}

bool holds_model(const Type& type) {
  if (type.kind == Type::Kind::gradient) return false;  // its params alone
  return type.kind == Type::Kind::model || std::any_of(type.items.begin(), type.items.end(), holds_model);
}

/// The same for the value of a block.
std::string instead_of_value(const Type& type) {
  if (holds_model(type)) return "give a tensor, a tuple or a gradient made from it";
  if (type.is_tensor() && (is_boolean(type.element) || is_integral(type.element)))
    return "choices and counts have no slope: differentiate what they are made of, such as the scores, and "
           "give "
           "them as a further part: `value_and_grad(…) { … return (loss, this) }`";
  if (type.is_tensor() && !belongs_to(type.element, ElementClass::number))
    return fmt::format("{} only stores numbers: `f32(…)` computes with them", to_string(type.element));
  return "";
}

class DerivativeCheck {
 public:
  DerivativeCheck(Body& body, const syntax::Derivative& derivative) : body_(body), derivative_(derivative) {}

  Value check() {
    auto node = std::make_unique<DerivativeValue>();
    node->span = derivative_.span;
    bool good = true;
    for (const syntax::DerivativeVariable& variable : derivative_.variables)
      good = take_variable(variable) && good;
    const bool is_jvp = derivative_.derivative == syntax::DerivativeKind::jvp;
    const bool is_vjp = derivative_.derivative == syntax::DerivativeKind::vjp;
    if (good && is_jvp) good = take_tangents(*node);
    const size_t told = body_.session.diagnostics.all().size();
    Value value = check_block(body_, derivative_.block, Want{}, node->block);
    if (!good || value.failed()) return failed();
    settle(body_, value);
    if (value.failed() || !(is_jvp || is_vjp ? check_value(value) : check_loss(value))) return failed();
    // A statement with a mistake is not in the tree, nor is what it used.
    const bool is_whole = body_.session.diagnostics.all().size() == told;
    if (is_whole && !check_uses(*node, *value.tree)) return failed();
    return finish(std::move(node), std::move(value));
  }

 private:
  Value failed() const { return Value::error(derivative_.span); }

  bool take_variable(const syntax::DerivativeVariable& variable) {
    Value value = check_expression(body_, *variable.place);
    if (value.failed()) return false;
    if (!value.place) {
      Diagnostic& diagnostic = report(body_, diagnostics::not_differentiable, variable.span,
                                      "a derivative is with respect to a variable or a part of one");
      const bool is_constant = value.type.is_tensor() && value.type.element.is_constant();
      if (is_constant) {
        diagnostic.label = "this is a constant without a type";
        diagnostic.help = fmt::format("bind it with its type: `let {}: f32 = …`",
                                      body_.session.files.text_of(variable.place->span));
      } else if (value.type.is_scalar() && value.integer) {
        diagnostic.label = "this counts, and has no slope";
        diagnostic.help = "bind what is meant as a float before: `let x = f32(…)`";
      } else {
        diagnostic.help = "bind it before: `let x = …`";
      }
      return false;
    }
    const Type gradient = gradient_type(body_.session, value.type);
    if (gradient.failed()) {
      Diagnostic& diagnostic = report(body_, diagnostics::not_differentiable, variable.span,
                                      "there is no derivative with respect to this");
      diagnostic.label = fmt::format("{} has no floats", described(value.type));
      diagnostic.help = instead_of(value.type);
      return false;
    }
    variables_.push_back({*value.place, value.type, gradient});
    return true;
  }

  bool take_tangents(DerivativeValue& node) {
    for (size_t i = 0; i < variables_.size(); ++i) {
      const syntax::Expression& expression = *derivative_.variables[i].tangent;
      Value tangent = check_expression(body_, expression, Want{&variables_[i].gradient, false});
      if (tangent.failed()) return false;
      const Type& wanted = variables_[i].gradient;
      if (tangent.type.is_tensor() && tangent.type.element.is_settled() && wanted.is_tensor() &&
          !same_type(tangent.type, wanted, same_dims(body_))) {
        report(body_, diagnostics::tangent_type, tangent.span,
               fmt::format("the tangent of `{}` is {}, but this is {}",
                           body_.session.files.text_of(derivative_.variables[i].place->span),
                           to_string(wanted), described(tangent.type)))
            .label = described(tangent.type);
        return false;
      }
      if (!convert_to(body_, tangent, wanted, true, "the tangent")) return false;
      node.tangents.push_back(std::move(tangent.tree));
    }
    return true;
  }

  /// Any value with floats, which all have a tangent or cotangent; of a model it is not clear which are
  /// meant.
  bool check_value(const Value& value) {
    if (value.type.is_tensor() && is_floating(value.type.element)) return true;
    const bool is_tree = !value.is_type() && !value.type.is_tensor() && !holds_model(value.type);
    if (is_tree && !gradient_type(body_.session, value.type).failed()) return true;
    Diagnostic& diagnostic =
        report(body_, diagnostics::not_differentiable, value.span, "there is no derivative of this");
    diagnostic.label = this_is(value.type);
    diagnostic.help = instead_of_value(value.type);
    return false;
  }

  /// The loss is the value, or the first part of it.
  bool check_loss(const Value& value) {
    const bool may_be_tuple = derivative_.derivative == syntax::DerivativeKind::value_and_grad;
    const Type& loss =
        may_be_tuple && value.type.kind == Type::Kind::tuple ? value.type.items[0] : value.type;
    if (loss.is_scalar() && is_floating(loss.element)) return true;
    Diagnostic& diagnostic =
        report(body_, diagnostics::loss_not_scalar, value.span, "a gradient is that of one float");
    diagnostic.label = this_is(loss);
    if (loss.is_tensor() && is_floating(loss.element))
      diagnostic.help = "fold it first, for instance with `mean(…)`";
    else
      diagnostic.help = instead_of_value(loss);
    return false;
  }

  bool check_uses(const DerivativeValue& node, const TypedExpr& result) {
    if (body_.is_muted) return true;
    bool good = true;
    for (size_t i = 0; i < variables_.size(); ++i) {
      if (uses_slot(node.block, variables_[i].place.slot) || uses_slot(result, variables_[i].place.slot))
        continue;
      Diagnostic& diagnostic =
          report(body_, diagnostics::unused_variable_of_grad, derivative_.variables[i].span,
                 fmt::format("the block does not use `{}`",
                             body_.session.files.text_of(derivative_.variables[i].place->span)));
      diagnostic.help = "what was computed before the block is constant in it: compute it inside";
      good = false;
    }
    return good;
  }

  Type gradients_type() const {
    if (variables_.size() == 1) return variables_[0].gradient;
    std::vector<Type> items;
    for (const Variable& variable : variables_) items.push_back(variable.gradient);
    return Type::tuple(std::move(items));
  }

  Value finish(std::unique_ptr<DerivativeValue> node, Value value) {
    for (const Variable& variable : variables_) {
      node->variables.push_back(variable.place);
      std::vector<uint32_t> leaves;
      const std::vector<bool> chosen = differentiable_leaves(body_.session, variable.type);
      for (uint32_t i = 0; i < chosen.size(); ++i) {
        if (chosen[i]) leaves.push_back(i);
      }
      node->differentiated.push_back(std::move(leaves));
    }
    Type type;
    switch (derivative_.derivative) {
      case syntax::DerivativeKind::grad:
        node->derivative = TypedDerivativeKind::grad;
        type = gradients_type();
        break;
      case syntax::DerivativeKind::value_and_grad:
        node->derivative = TypedDerivativeKind::value_and_grad;
        type = Type::tuple({value.type, gradients_type()});
        break;
      case syntax::DerivativeKind::vjp: return with_back(std::move(node), std::move(value));
      case syntax::DerivativeKind::jvp:
        node->derivative = TypedDerivativeKind::jvp;
        type = Type::tuple({value.type, gradient_type(body_.session, value.type)});
        break;
    }
    node->type = value_type(body_.session, type);
    node->block.result = std::move(value.tree);
    return {type, derivative_.span, std::move(node)};
  }

  /// `(y, back)`, to be taken apart by `let`: functions are no values.
  Value with_back(std::unique_ptr<DerivativeValue> node, Value value) {
    node->derivative = TypedDerivativeKind::vjp;
    Type function = Type::of(Type::Kind::function);
    function.items = {gradient_type(body_.session, value.type), gradients_type()};
    auto back = std::make_shared<StaticFunction>();
    back->type = function;
    back->slot = new_slot(body_, "back", function);
    node->back = back->slot;
    node->type = value_type(body_.session, value.type);
    node->block.result = std::move(value.tree);
    Value pair(Type::tuple({value.type, function}), derivative_.span);
    pair.fields.emplace_back(value.type, derivative_.span, std::move(node));
    pair.fields.emplace_back(function, derivative_.span);
    pair.fields.back().fixed = StaticValue::of_function(std::move(back));
    return pair;
  }

  Body& body_;
  const syntax::Derivative& derivative_;
  std::vector<Variable> variables_;
};

}  // namespace

Value check_derivative(Body& body, const syntax::Derivative& derivative, Want) {
  return DerivativeCheck(body, derivative).check();
}

}  // namespace kiln::sema
