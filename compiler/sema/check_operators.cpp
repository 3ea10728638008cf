#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/conversions.h"
#include "sema/exact.h"
#include "sema/fixes.h"
#include "sema/list_types.h"
#include "sema/proofs.h"
#include "sema/reducer_reach.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

using syntax::BinaryOperator;

namespace {

bool is_comparison(BinaryOperator op) {
  return op >= BinaryOperator::equal && op <= BinaryOperator::greater_equal;
}

bool is_logic(BinaryOperator op) {
  return op == BinaryOperator::logical_and || op == BinaryOperator::logical_or;
}

/// Whether casting to `other` keeps more than casting the other way.
bool loses_less(const Element& element, const Element& other) {
  if (is_floating(element) != is_floating(other)) return is_floating(other);
  if (element.kind != Element::Kind::known || other.kind != Element::Kind::known) return false;
  return row_of(element.type).bits < row_of(other.type).bits;
}

void report_mixed(Body& body, const Value& a, const Value& b, Span span) {
  Diagnostic& diagnostic =
      report(body, diagnostics::mixed_elements, span,
             fmt::format("{} and {} do not mix", to_string(a.type.element), to_string(b.type.element)));
  diagnostic.labels.push_back({a.span, described(a.type)});
  diagnostic.labels.push_back({b.span, described(b.type)});
  const bool casts_a = loses_less(a.type.element, b.type.element);
  const Value &cast = casts_a ? a : b, &kept = casts_a ? b : a;
  offer_list_type(body, diagnostic, cast, to_string(kept.type.element));
  fix_by_cast(body, diagnostic, cast.span, to_string(kept.type.element));
}

void report_loose_float(Body& body, const Value& loose, const Element& other) {
  const Element target = other.is_constant() ? Element::of(ElementType::f32) : other;
  Diagnostic& diagnostic = report(
      body, diagnostics::index_as_float, loose.span,
      fmt::format("an integer made of indices and dims does not become {} by itself", to_string(target)));
  fix_by_cast(body, diagnostic, loose.span, to_string(target));
}

/// The element two operands meet at; nothing after a report.
std::optional<Element> join(Body& body, const Value& a, const Value& b, Span span) {
  const Element& x = a.type.element;
  const Element& y = b.type.element;
  if (x.is_constant() && y.is_constant()) return x.kind == Element::Kind::constant_real ? x : y;
  if (x.is_loose() && y.is_loose()) return x;
  const bool float_meets_loose =
      (x.is_loose() && (is_floating(y) && y.kind != Element::Kind::constant_integer)) ||
      (y.is_loose() && (is_floating(x) && x.kind != Element::Kind::constant_integer));
  if (float_meets_loose) {
    report_loose_float(body, x.is_loose() ? a : b, x.is_loose() ? y : x);
    return std::nullopt;
  }
  if (x.is_constant() || x.is_loose()) return y.is_constant() ? x : y;
  if (y.is_constant() || y.is_loose()) return x;
  if (x == y) return x;
  report_mixed(body, a, b, span);
  return std::nullopt;
}

}  // namespace

std::optional<Element> unify_elements(Body& body, std::vector<Value*> operands, Span span) {
  Value* joined = operands[0];
  std::optional<Element> element = operands[0]->type.element;
  for (size_t i = 1; i < operands.size(); ++i) {
    element = join(body, *joined, *operands[i], span);
    if (!element) return std::nullopt;
    if (*element == operands[i]->type.element) joined = operands[i];
  }
  if (element->is_constant()) element = settled(*element);
  for (Value* operand : operands) {
    if (!convert_element(body, *operand, *element)) return std::nullopt;
  }
  return element;
}

namespace {

/// `a + b` as the prover sees it; nothing where it cannot say.
std::optional<dim::Dim> sum_or_product(BinaryOperator op, const Value& a, const Value& b) {
  if (!a.integer || !b.integer) return std::nullopt;
  switch (op) {
    case BinaryOperator::add: return *a.integer + *b.integer;
    case BinaryOperator::subtract: return *a.integer - *b.integer;
    case BinaryOperator::multiply: return *a.integer * *b.integer;
    default: return std::nullopt;
  }
}

/// The same for `/` and `%`, whose divisor of indices and dims has to be positive. With run-time integers it
/// only has to differ from 0; `needs_check` if that is not known.
std::optional<dim::Dim> quotient_or_remainder(Body& body, BinaryOperator op, const Value& a, const Value& b,
                                              bool is_loose, bool& needs_check) {
  const std::optional<dim::Dim> divisor = stored_integer(body, b, b.type.element);
  if (divisor && divisor->constant()) needs_check = divisor->is_constant(0);
  if (!a.integer || !divisor) return std::nullopt;
  const dim::Condition positive = dim::Condition::less_equal(1, *divisor);
  dim::Verdict verdict;
  if (is_loose || (a.is_static && b.is_static)) {
    const Proof proof = prove(body, positive, verdict);
    if (proof == Proof::failed) {
      Diagnostic& diagnostic = report(body, diagnostics::divisor_not_positive, b.span,
                                      fmt::format("`{}` may be less than 1", to_string(*b.integer)));
      diagnostic.label = counterexample_text(verdict);
      if (!verdict.missing.empty()) fix_by_where(body, diagnostic, diagnostic.span, verdict.missing);
      body.facts.add(positive);  // reported once
    }
    if (proof == Proof::at_run_time) return std::nullopt;
  } else if (!body.is_muted && !dim::proves(body.facts, positive)) {
    return std::nullopt;
  }
  needs_check = false;
  return op == BinaryOperator::divide ? *a.integer / *divisor : *a.integer % *divisor;
}

dim::Condition condition_of(BinaryOperator op, const dim::Dim& a, const dim::Dim& b) {
  switch (op) {
    case BinaryOperator::equal: return dim::Condition::equal(a, b);
    case BinaryOperator::not_equal: return dim::Condition::not_equal(a, b);
    case BinaryOperator::less: return dim::Condition::less(a, b);
    case BinaryOperator::less_equal: return dim::Condition::less_equal(a, b);
    case BinaryOperator::greater: return dim::Condition::less(b, a);
    default: return dim::Condition::less_equal(b, a);
  }
}

/// Signed numbers are compared as the numbers that they would be without wrapping: true if both are those.
bool widen_operands(const Body& body, const Element& element, std::vector<TypedExprPtr>& operands) {
  if (element.kind == Element::Kind::variable) return false;
  if (is_plain(body, *operands[0]) && is_plain(body, *operands[1])) return true;
  const ElementType type = element_of(*operands[0]);
  if (!is_integer(type) || row_of(type).kind != ElementKind::signed_integer) return false;
  bool exact = true;
  for (TypedExprPtr& operand : operands) {
    Widened wide = widen(body, std::move(operand));
    exact = exact && wide.is_exact;
    operand = std::move(wide.tree);
  }
  return exact;
}

TypedExprPtr comparison_tree(Span span, BinaryOperator op, std::vector<TypedExprPtr> operands) {
  if (op == BinaryOperator::greater || op == BinaryOperator::greater_equal)
    std::swap(operands[0], operands[1]);
  const ScalarFunction function = op == BinaryOperator::equal       ? ScalarFunction::equal
                                  : op == BinaryOperator::not_equal ? ScalarFunction::not_equal
                                  : op == BinaryOperator::less || op == BinaryOperator::greater
                                      ? ScalarFunction::less
                                      : ScalarFunction::less_equal;
  return apply(span, function, std::move(operands));
}

Value compare_values(Body& body, BinaryOperator op, Span op_span, Span span, Value left, Value right) {
  if (left.type.is_scalar() && right.type.is_scalar() && left.type.element.is_constant() &&
      right.type.element.is_constant()) {
    return boolean_value(*compare(op, left.constants[0], right.constants[0]), span);
  }
  const bool is_static = left.is_static && right.is_static;
  auto a = left.integer, b = right.integer;
  const auto element = unify_elements(body, {&left, &right}, op_span);
  if (!element) return Value::error(span);
  const auto stored_a = is_static ? a : stored_integer(body, left, *element);
  const auto stored_b = is_static ? b : stored_integer(body, right, *element);
  const bool is_equality = op == BinaryOperator::equal || op == BinaryOperator::not_equal;
  if (!is_equality && !belongs_to(*element, ElementClass::number)) {
    report(body, diagnostics::wrong_element, op_span, fmt::format("`{}` compares numbers", symbol_of(op)))
        .label = fmt::format("of {}", to_string(*element));
    return Value::error(span);
  }
  std::vector<Value> operands;
  operands.push_back(std::move(left));
  operands.push_back(std::move(right));
  bool exact = true;
  Value value = lift(body, span, std::move(operands), Element::of(ElementType::boolean),
                     [&](std::vector<TypedExprPtr> trees) {
                       if (is_integral(*element)) exact = widen_operands(body, *element, trees);
                       return comparison_tree(span, op, std::move(trees));
                     });
  if (!exact && !is_static && !body.is_muted) {
    a = stored_a;
    b = stored_b;
  }
  if (value.type.is_scalar() && a && b) {
    value.condition = condition_of(op, *a, *b);
    value.refutation = value.condition->negated();
    value.is_static = is_static;
    if (is_static) value.known = value.condition->evaluate({});
    if (value.known)
      value.tree = literal(span, ElementType::boolean, Scalar::of_integer(*value.known ? 1 : 0));
  }
  return value;
}

/// What trees can do: `+ -` between two of one type or a model and its gradient, `* /` by a number.
Value combine_trees(Body& body, BinaryOperator op, Span op_span, Span span, Value left, Value right) {
  settle(body, left);
  settle(body, right);
  if (left.failed() || right.failed()) return Value::error(span);
  const bool is_sum = op == BinaryOperator::add || op == BinaryOperator::subtract;
  const SameDim same = same_dims(body);
  const bool left_tree = left.type.is_tree(), right_tree = right.type.is_tree();
  Type differentiated = right.type.kind == Type::Kind::gradient ? right.type.items[0] : Type::error();
  differentiated.axes = right.type.axes;
  const bool model_and_gradient = is_sum && right.type.kind == Type::Kind::gradient &&
                                  right.type.pattern == "*" && left_tree &&
                                  same_type(left.type, differentiated, same);
  const bool fits = is_sum ? model_and_gradient || (left_tree && same_type(left.type, right.type, same))
                    : op == BinaryOperator::multiply
                        ? (left_tree && right.type.is_scalar()) || (right_tree && left.type.is_scalar())
                        : op == BinaryOperator::divide && left_tree && right.type.is_scalar();
  const auto is_number_or_tree = [](const Value& v) {
    return v.type.is_tree() || is_floating(v.type.element);
  };
  if (!fits || !is_number_or_tree(left) || !is_number_or_tree(right)) {
    Diagnostic& diagnostic = report(body, diagnostics::not_a_number, op_span,
                                    fmt::format("`{}` is not defined for {} and {}", symbol_of(op),
                                                described(left.type), described(right.type)));
    diagnostic.labels.push_back({left.span, described(left.type)});
    diagnostic.labels.push_back({right.span, described(right.type)});
    diagnostic.help = "trees of one type have `+` and `-`, and `*` and `/` by one float";
    return Value::error(span);
  }
  const Type type = left_tree ? left.type : right.type;
  auto node = make_node<Leafwise>(body, span, type);
  node->function = op == BinaryOperator::add        ? ScalarFunction::add
                   : op == BinaryOperator::subtract ? ScalarFunction::subtract
                   : op == BinaryOperator::multiply ? ScalarFunction::multiply
                                                    : ScalarFunction::divide;
  node->operands.push_back(std::move(left.tree));
  node->operands.push_back(std::move(right.tree));
  return {type, span, std::move(node)};
}

ScalarFunction arithmetic_function(BinaryOperator op, const Element& element) {
  switch (op) {
    case BinaryOperator::add: return ScalarFunction::add;
    case BinaryOperator::subtract: return ScalarFunction::subtract;
    case BinaryOperator::multiply: return ScalarFunction::multiply;
    case BinaryOperator::divide:
      return is_floating(element) && !is_integral(element) ? ScalarFunction::divide
                                                           : ScalarFunction::quotient;
    default: return ScalarFunction::remainder;
  }
}

/// What is made of dims alone is a dim itself, unless it has an element in which it may wrap.
void keep_static(const Body& body, Value& value, bool is_static) {
  value.is_static = false;
  if (!is_static || !value.integer) return;
  const Element& element = value.type.element;
  value.is_static = element.is_loose() || stored_integer(body, value, element).has_value();
}

Value calculate_values(Body& body, BinaryOperator op, Span op_span, Span span, Value left, Value right) {
  if (left.type.is_scalar() && right.type.is_scalar() && left.type.element.is_constant() &&
      right.type.element.is_constant()) {
    if (const auto result = calculate(op, left.constants[0], right.constants[0]))
      return constant_value(*result, span);
    report(body, diagnostics::constant_does_not_fit, op_span, "this cannot be calculated exactly").label =
        fmt::format("{} {} {}", to_string(left.constants[0]), symbol_of(op), to_string(right.constants[0]));
    return Value::error(span);
  }
  const bool is_static = left.is_static && right.is_static;
  const auto element = unify_elements(body, {&left, &right}, op_span);
  if (!element) return Value::error(span);
  const ElementClass needed = op == BinaryOperator::modulo ? ElementClass::integer : ElementClass::number;
  if (!belongs_to(*element, needed)) {
    Diagnostic& diagnostic =
        report(body, diagnostics::wrong_element, op_span,
               fmt::format("`{}` is not defined for {}", symbol_of(op), to_string(*element)));
    if (is_boolean(*element))
      diagnostic.help = "write `and`, `or`, `not`, or count with `i32(…)`";
    else if (element->kind == Element::Kind::known && row_of(element->type).storage_only) {
      diagnostic.help = "this type is for storage; cast it first: `f32(…)`";
    }
    return Value::error(span);
  }
  const ScalarFunction function = arithmetic_function(op, *element);
  const bool divides = function == ScalarFunction::quotient || function == ScalarFunction::remainder;
  bool needs_check = divides;
  std::optional<dim::Dim> integer;
  if (left.type.is_scalar() && right.type.is_scalar()) {
    integer = divides ? quotient_or_remainder(body, op, left, right, element->is_loose(), needs_check)
                      : sum_or_product(op, left, right);
  }
  // The tree of a dim is made from the whole dim, not from those of its parts.
  if (is_static && element->is_loose() && integer) return dim_static_value(*integer, span);
  std::vector<Value> operands;
  operands.push_back(std::move(left));
  operands.push_back(std::move(right));
  Value value = lift(body, span, std::move(operands), *element, [&](std::vector<TypedExprPtr> trees) {
    TypedExprPtr tree = apply(span, function, std::move(trees));
    static_cast<Apply&>(*tree).needs_check = needs_check;
    return tree;
  });
  if (value.failed()) return value;
  value.integer = integer;
  value.may_wrap = !element->is_loose();
  if (element->is_loose() && value.type.is_scalar() && !value.integer)
    value.integer = new_runtime(body, "value");
  keep_static(body, value, is_static);
  return value;
}

}  // namespace

Value combine(Body& body, BinaryOperator op, Span op_span, Span span, Value left, Value right) {
  if (left.failed() || right.failed()) return Value::error(span);
  if (left.type.is_tree() || right.type.is_tree()) {
    return combine_trees(body, op, op_span, span, std::move(left), std::move(right));
  }
  for (const Value* operand : {&left, &right}) {
    if (operand->type.is_tensor() && !operand->is_type()) continue;
    report(body, diagnostics::not_a_number, operand->span,
           fmt::format("`{}` is not defined for this", symbol_of(op)))
        .label = operand->is_type() ? "a type" : this_is(operand->type);
    return Value::error(span);
  }
  if (is_comparison(op)) return compare_values(body, op, op_span, span, std::move(left), std::move(right));
  return calculate_values(body, op, op_span, span, std::move(left), std::move(right));
}

namespace {

bool is_conditional(const syntax::Expression& expression) {
  return expression.kind == syntax::ExpressionKind::conditional;
}

}  // namespace

Value check_binary(Body& body, const syntax::Binary& binary, Want want) {
  if (is_logic(binary.op)) return check_logic(body, binary);
  if (reports_short_reducer(body, binary)) return Value::error(binary.span);
  const Want numbers = is_comparison(binary.op) ? Want{} : Want{want.type, false};
  // A conditional of constants takes the type of the other operand.
  if (is_conditional(*binary.left) && !is_conditional(*binary.right)) {
    Value right = check_expression(body, *binary.right, numbers);
    const Type hint = right.type.is_tensor() ? Type::tensor(right.type.element) : right.type;
    Value left = check_expression(body, *binary.left, Want{&hint, false});
    return combine(body, binary.op, binary.op_span, binary.span, std::move(left), std::move(right));
  }
  Value left = check_expression(body, *binary.left, numbers);
  const Type hint = left.type.is_tensor() ? Type::tensor(left.type.element) : left.type;
  Value right =
      check_expression(body, *binary.right, is_conditional(*binary.right) ? Want{&hint, false} : numbers);
  return combine(body, binary.op, binary.op_span, binary.span, std::move(left), std::move(right));
}

Value check_unary(Body& body, const syntax::Unary& unary, Want want) {
  Value operand = check_expression(body, *unary.operand, {want.type, false});
  if (operand.failed()) return Value::error(unary.span);
  std::vector<Value> operands;
  if (unary.op == syntax::UnaryOperator::logical_not) {
    if (!operand.type.is_tensor() || !is_boolean(operand.type.element)) {
      report(body, diagnostics::condition_not_bool, operand.span, "`not` is for bools").label =
          this_is(operand.type);
      return Value::error(unary.span);
    }
    if (operand.known) return boolean_value(!*operand.known, unary.span);
    const auto condition = operand.refutation, refutation = operand.condition;
    const bool is_static = operand.is_static;
    operands.push_back(std::move(operand));
    Value value = lift_function(body, unary.span, ScalarFunction::logical_not, std::move(operands),
                                Element::of(ElementType::boolean));
    value.condition = condition;
    value.refutation = refutation;
    value.is_static = is_static;
    return value;
  }
  if (operand.type.is_scalar() && operand.type.element.is_constant()) {
    Constant constant = operand.constants[0];
    constant.integer = -constant.integer;
    constant.real = -constant.real;
    return constant_value(constant, unary.span);
  }
  if (operand.type.is_tree()) {
    Value minus = constant_value(Constant::of_integer(-1), unary.op_span);
    convert_element(body, minus, Element::of(ElementType::f32));
    return combine(body, BinaryOperator::multiply, unary.op_span, unary.span, std::move(minus),
                   std::move(operand));
  }
  if (!operand.type.is_tensor() || !belongs_to(operand.type.element, ElementClass::number)) {
    report(body, diagnostics::wrong_element, unary.op_span, "`-` is for numbers").label =
        this_is(operand.type);
    return Value::error(unary.span);
  }
  if (operand.type.element.is_constant()) settle(body, operand);
  const Element element = operand.type.element;
  const auto integer = operand.integer;
  const bool is_static = operand.is_static;
  operands.push_back(std::move(operand));
  Value value = lift_function(body, unary.span, ScalarFunction::negate, std::move(operands), element);
  if (integer) value.integer = dim::Dim(0) - *integer;
  value.may_wrap = !element.is_loose();
  keep_static(body, value, is_static);
  return value;
}

}  // namespace kiln::sema
