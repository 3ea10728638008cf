#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/conversions.h"
#include "sema/exact.h"
#include "sema/fixes.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/report.h"
#include "sema/subscripts.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

/// Calculates in i64, so that nothing leaves the range of an i32 on the way; forgets what the number is where
/// even that may not suffice.
void widen_subscript(Body& body, Value& value) {
  if (!value.tree || value.is_static) return;
  Widened wide = widen(body, std::move(value.tree));
  value.tree = std::move(wide.tree);
  if (!wide.is_congruent && !body.is_muted) value.integer = new_runtime(body, "value");
  value.may_wrap = false;
}

}  // namespace

Value check_index_expression(Body& body, const syntax::Expression& expression) {
  if (const auto* binary = syntax::if_is<syntax::Binary>(expression)) {
    if (binary->op <= syntax::BinaryOperator::modulo) {
      Value left = check_index_expression(body, *binary->left);
      Value right = check_index_expression(body, *binary->right);
      if (left.failed() || right.failed()) return Value::error(expression.span);
      Value value =
          combine(body, binary->op, binary->op_span, expression.span, std::move(left), std::move(right));
      if (!value.failed() && !value.integer) value.integer = new_runtime(body, "value");
      const bool divides =
          binary->op == syntax::BinaryOperator::divide || binary->op == syntax::BinaryOperator::modulo;
      if (!value.failed() && divides && !value.type.element.is_constant()) widen_subscript(body, value);
      return value;
    }
  }
  if (is_unknown(body, expression)) {
    report_unknown_index(body, syntax::as<syntax::NameExpression>(expression).name);
    return Value::error(expression.span);
  }
  Value value = check_expression(body, expression);
  if (value.failed()) return value;
  const bool is_integer_value = value.type.is_scalar() && is_integral(value.type.element) &&
                                value.type.element.kind != Element::Kind::constant_real;
  if (!is_integer_value) {
    Diagnostic& diagnostic =
        report(body, diagnostics::bad_subscript, expression.span, "a subscript is one integer");
    diagnostic.label = this_is(value.type);
    if (value.type.is_tensor() && !value.type.shape.empty()) {
      diagnostic.help =
          is_boolean(value.type.element)
              ? "write a condition: `y[i where x[i] < 0] = 0` on the left, `sum[i where mask[i]] "
                "x[i]` in a sum, else `if`"
              : "write the indices of the subscript too: `table[rows[i], j]`";
    } else if (value.type.is_tensor() && is_floating(value.type.element)) {
      fix_by_cast(body, diagnostic, expression.span, "i32", false);
    } else if (value.type.is_tensor() && is_boolean(value.type.element)) {
      diagnostic.help =
          "what a mask lets through is chosen by a filter: `sum[i where mask[i]] x[i]`, or by `if`";
    }
    return Value::error(expression.span);
  }
  if (!value.integer) {
    const auto* name = syntax::if_is<syntax::NameExpression>(expression);
    value.integer = new_runtime(body, name ? name->name.text : "value");
  }
  if (value.type.element.is_settled()) {
    if (value.type.element.kind == Element::Kind::known) {
      widen_subscript(body, value);
    } else if (value.may_wrap) {
      value.integer = new_runtime(body, "value");
    }
    value.type.element = Element::of_kind(Element::Kind::loose);
  } else if (value.type.element.is_constant()) {
    convert_element(body, value, Element::of_kind(Element::Kind::loose));
  }
  return value;
}

namespace {

/// `experts[which]`, known only when it runs: one of the models, leaf by leaf. It is a value and no place, so
/// it cannot be changed.
Value chosen_of_array(Body& body, const syntax::Subscript& subscript, Value base, Value at,
                      bool needs_check) {
  const auto length = static_cast<uint32_t>(*base.type.count.constant());
  const Type type = base.type.items[0];
  const uint32_t leaves = leaf_count(body.session, type);
  const Span span = subscript.span;
  TypedBlock block;
  const Type integer = Type::scalar(ElementType::i64);
  const Slot models = new_slot(body, "models", base.type);
  const Slot which = new_slot(body, "which", integer);
  block.statements.push_back(bind_statement(span, {models}, std::move(base.tree)));

  auto places = make_node<VectorLiteral>(  // read at `at`: this checks the subscript where it is not proved
      body, span, Type::tensor(Element::of(ElementType::i64), {{static_cast<int64_t>(length), {}}}));
  for (uint32_t i = 0; i < length; ++i) places->elements.emplace_back(static_cast<int64_t>(i));
  auto read = make_node<Access>(body, span, integer);
  TypedSubscript point;
  point.at = as_index(body, at);
  point.needs_check = needs_check;
  point.span = subscript.items[0].span;
  read->base = std::move(places);
  read->subscripts.push_back(std::move(point));
  read->tensor_name = std::string(body.session.files.text_of(subscript.base->span));
  block.statements.push_back(bind_statement(span, {which}, std::move(read)));

  TypedExprPtr chosen;
  for (uint32_t i = length; i-- > 0;) {
    TypedExprPtr model = place_value(body, span, Place{models, i * leaves, leaves, span}, type);
    if (!chosen) {
      chosen = std::move(model);
      continue;
    }
    auto node = make_node<ConditionalValue>(body, span, type);
    node->condition =
        apply(span, ScalarFunction::equal, place_value(body, span, whole_place(body, which, span), integer),
              integer_literal(span, static_cast<int64_t>(i)));
    node->then_block.result = std::move(model);
    node->else_block.result = std::move(chosen);
    chosen = std::move(node);
  }
  return block_as_value(body, span, Value(type, span, std::move(chosen)), std::move(block));
}

Value element_of_array(Body& body, const syntax::Subscript& subscript, Value base) {
  const auto& items = subscript.items;
  if (items.size() != 1 || items[0].kind != syntax::SubscriptKind::point) {
    report(body, diagnostics::bad_subscript, subscript.brackets, "an array of models has one subscript");
    return Value::error(subscript.span);
  }
  Value at = check_index_expression(body, *items[0].first);
  if (at.failed()) return Value::error(subscript.span);
  dim::Verdict verdict;
  const Proof proof = prove_inside(body, *at.integer, base.type.count, verdict);
  if (proof == Proof::failed) {
    report_outside(body, *at.integer, base.type.count, items[0].span, verdict, "");
    return Value::error(subscript.span);
  }
  const auto constant = at.integer->constant();
  if (!constant && !body.root.is_generic) {
    if (base.type.count.is_constant(0)) {
      report_outside(body, *at.integer, base.type.count, items[0].span, verdict, "");
      return Value::error(subscript.span);
    }
    return chosen_of_array(body, subscript, std::move(base), std::move(at), proof == Proof::at_run_time);
  }
  const Type type = base.type.items[0];
  const uint32_t count = leaf_count(body.session, type);
  const auto first = static_cast<uint32_t>(body.root.is_generic ? 0 : *constant) * count;
  Value value(type, subscript.span);
  if (base.place) {
    value.place = Place{base.place->slot, base.place->first_leaf + first, count, subscript.span};
    value.is_mutable = base.is_mutable;
    value.root = base.root;
    value.tree = place_value(body, subscript.span, *value.place, type);
  } else {
    value.tree = part_of(body, subscript.span, std::move(base.tree), first, type);
  }
  return value;
}

/// The symbol of an element: the same for each read of it until the variable changes, so that what a
/// condition says of `tokens[b]` is known where it is read again.
dim::Dim read_integer(Body& body, const Place& place, const std::vector<dim::Dim>& points,
                      const std::string& name) {
  std::string key = fmt::format("{}.{}", place.slot, place.first_leaf);
  for (const dim::Dim& point : points) key += "," + point.to_string();
  const auto found = body.reads.find(key);
  if (found != body.reads.end()) return found->second;
  return body.reads.emplace(std::move(key), new_runtime(body, name)).first->second;
}

/// One of the trees that a comprehension made: `gs[b]`.
Value element_of_tree(Body& body, const syntax::Subscript& subscript, Value base) {
  if (subscript.otherwise) {
    report(body, diagnostics::misplaced_index_clause, subscript.otherwise->span, "`else` is for tensors");
    return Value::error(subscript.span);
  }
  const std::string name = tensor_name(body, *subscript.base);
  auto checked = check_subscripts(body, base.type.axes, subscript.items, subscript.brackets, name, false);
  if (!checked) return Value::error(subscript.span);
  Type type = base.type;
  type.axes = std::move(checked->shape);
  auto node = make_node<Access>(body, subscript.span, type);
  node->base = std::move(base.tree);
  node->subscripts = std::move(checked->subscripts);
  node->tensor_name = name;
  return {type, subscript.span, std::move(node)};
}

}  // namespace

std::string tensor_name(const Body& body, const syntax::Expression& base) {
  if (base.kind != syntax::ExpressionKind::name && base.kind != syntax::ExpressionKind::member) return "";
  return std::string(body.session.files.text_of(base.span));
}

Value check_subscript(Body& body, const syntax::Subscript& subscript, Want) {
  Value base = check_expression(body, *subscript.base);
  if (base.failed()) return Value::error(subscript.span);
  if (!base.type.axes.empty()) return element_of_tree(body, subscript, std::move(base));
  if (base.type.kind == Type::Kind::array) return element_of_array(body, subscript, std::move(base));
  if (!base.type.is_tensor() || base.is_type()) {
    Diagnostic& diagnostic =
        report(body, diagnostics::subscript_count, subscript.brackets, "only tensors have subscripts");
    if (base.type.kind == Type::Kind::function) {
      diagnostic.labels.push_back({subscript.base->span, "a function"});
      fix_by_brackets(body, diagnostic, subscript.brackets, '(', ')',
                      "arguments stand in round brackets: `( )`");
      return Value::error(subscript.span);
    }
    diagnostic.labels.push_back({subscript.base->span, this_is(base.type)});
    if (base.type.kind == Type::Kind::tuple)
      diagnostic.help = "take the tuple apart: `let (a, b) = …`; `_` drops a part";
    return Value::error(subscript.span);
  }
  const std::string name = tensor_name(body, *subscript.base);
  if (base.type.element.is_constant() || base.type.element.is_loose()) settle(body, base);
  if (base.failed()) return Value::error(subscript.span);
  auto checked = check_subscripts(body, base.type.shape, subscript.items, subscript.brackets, name,
                                  subscript.otherwise != nullptr);
  if (!checked) return Value::error(subscript.span);
  const Type type = Type::tensor(base.type.element, checked->shape);
  auto node = make_node<Access>(body, subscript.span, type);
  node->subscripts = std::move(checked->subscripts);
  node->tensor_name = name;
  if (subscript.otherwise) {
    Value otherwise = check_expression(body, *subscript.otherwise);
    if (!convert_to(body, otherwise, Type::tensor(base.type.element), false, "the value outside")) {
      return Value::error(subscript.span);
    }
    node->otherwise = std::move(otherwise.tree);
  }
  node->base = std::move(base.tree);
  Value value(type, subscript.span, std::move(node));
  if (type.is_scalar() && is_integral(type.element)) {
    const bool is_plain_read = base.place && !subscript.otherwise &&
                               checked->points.size() == base.type.shape.size() && !body.is_muted;
    const bool is_element =
        !base.family.empty() && !subscript.otherwise && checked->points.size() == base.type.shape.size();
    value.integer = is_element      ? element_symbol(body.session, base.family, checked->points)
                    : is_plain_read ? read_integer(body, *base.place, checked->points, name)
                                    : new_runtime(body, name);
  }
  return value;
}

}  // namespace kiln::sema
