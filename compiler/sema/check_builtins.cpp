#include <fmt/format.h>

#include "base/internal_check.h"
#include "sema/calls.h"
#include "sema/check_expressions.h"
#include "sema/comprehensions.h"
#include "sema/conversions.h"
#include "sema/fixes.h"
#include "sema/models.h"
#include "sema/prelude.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

bool check_arguments(Body& body, const syntax::Call& call, std::vector<Value>& values) {
  bool good = true;
  for (const syntax::Argument& argument : call.arguments) {
    values.push_back(check_expression(body, *argument.value));
    good = good && !values.back().failed();
    if (!values.back().failed() && values.back().is_type()) {
      report(body, diagnostics::not_a_value, values.back().span, "a value is needed here, not a type");
      good = false;
    }
  }
  return good;
}

bool require_tensor(Body& body, const Value& value, std::string_view what) {
  if (value.type.is_tensor()) return true;
  report(body, diagnostics::argument_type, value.span, fmt::format("`{}` takes tensors", what)).label =
      this_is(value.type);
  return false;
}

namespace {

/// `sum(x)`: over all elements.
Value reduce_all(Body& body, const syntax::Call& call, syntax::Reducer reducer) {
  if (!plain_arguments(body, call, 1, 1)) return Value::error(call.span);
  Value value = check_expression(body, *call.arguments[0].value);
  if (value.failed() || !require_tensor(body, value, name_of(reducer))) return Value::error(call.span);
  settle(body, value);
  if (value.failed()) return value;
  const Element element = value.type.element;
  auto access = make_node<Access>(body, value.span, Type::tensor(element));
  std::vector<TypedBinder> binders;
  for (const IndexId index : open_axes(body, value.type.shape, value.span)) {
    binders.push_back(binder_of(body, index));
    TypedSubscript subscript;
    subscript.at = index_value(body, value.span, index);
    subscript.span = value.span;
    access->subscripts.push_back(std::move(subscript));
  }
  Value body_value(Type::tensor(element), value.span);
  if (value.type.shape.empty()) {
    body_value.tree = std::move(value.tree);
  } else {
    access->base = std::move(value.tree);
    body_value.tree = std::move(access);
  }
  return reduce(body, call.span, reducer, call.callee->span, std::move(binders), nullptr,
                std::move(body_value));
}

Value call_rng(Body& body, const syntax::Call& call) {
  if (!plain_arguments(body, call, 1, 1)) return Value::error(call.span);
  Value seed = check_expression(body, *call.arguments[0].value);
  if (seed.failed()) return seed;
  if (seed.type.is_scalar() && is_integral(seed.type.element) &&
      seed.type.element.kind == Element::Kind::known) {
    seed.tree = converted(std::move(seed.tree), ElementType::u64);
  } else if (seed.type.is_scalar() && seed.type.element.is_loose()) {
    seed.tree = converted(std::move(seed.tree), ElementType::u64);
  } else if (!convert_to(body, seed, Type::scalar(ElementType::u64), false, "a seed")) {
    return Value::error(call.span);
  }
  const Type type = Type::of(Type::Kind::rng);
  auto node = make_node<Intrinsic>(body, call.span, type);
  node->intrinsic = IntrinsicKind::rng_new;
  node->operands.push_back(std::move(seed.tree));
  return {type, call.span, std::move(node)};
}

Value call_size(Body& body, const syntax::Call& call) {
  if (!plain_arguments(body, call, 1, 2)) return Value::error(call.span);
  std::vector<Value> values;
  if (!check_arguments(body, call, values) || !require_tensor(body, values[0], "size"))
    return Value::error(call.span);
  const std::vector<dim::Dim> extents = extents_of(values[0].type.shape);
  if (extents.size() != values[0].type.shape.size()) {
    if (values.size() == 2) {
      report_limit(body, call.span, "an axis of a tensor of any rank");
      return Value::error(call.span);
    }
    // Of a pack: known where the function is used.
    Value value(Type::tensor(Element::of_kind(Element::Kind::loose)), call.span,
                integer_literal(call.span, 0));
    value.integer = new_runtime(body, "size");
    return value;
  }
  for (const dim::Dim& extent : extents) {
    if (!has_axis_reference(extent)) continue;
    report(body, diagnostics::static_needed, call.span, "a ragged axis has no single extent")
        .labels.push_back({values[0].span, described(values[0].type)});
    return Value::error(call.span);
  }
  if (values.size() == 2) {
    const auto axis = values[1].integer ? values[1].integer->constant() : std::nullopt;
    if (!axis || *axis < 0 || *axis >= static_cast<int64_t>(extents.size())) {
      report(body, diagnostics::out_of_bounds, values[1].span, "the axis is a number from 0 to the rank");
      return Value::error(call.span);
    }
    return dim_static_value(extents[static_cast<size_t>(*axis)], call.span);
  }
  dim::Dim product = 1;
  for (const dim::Dim& extent : extents) product = product * extent;
  return dim_static_value(product, call.span);
}

Value call_rank(Body& body, const syntax::Call& call) {
  if (!plain_arguments(body, call, 1, 1)) return Value::error(call.span);
  const Value value = check_expression(body, *call.arguments[0].value);
  if (value.failed() || !require_tensor(body, value, "rank")) return Value::error(call.span);
  return dim_static_value(static_cast<int64_t>(value.type.shape.size()), call.span);
}

/// `like(x)`: zeros of its type, `like(x, v)`: filled with v.
Value call_like(Body& body, const syntax::Call& call) {
  if (!plain_arguments(body, call, 1, 2)) return Value::error(call.span);
  std::vector<Value> values;
  if (!check_arguments(body, call, values)) return Value::error(call.span);
  settle(body, values[0]);
  if (values[0].failed()) return Value::error(call.span);
  Value filled =
      values.size() == 2 ? std::move(values[1]) : constant_value(Constant::of_integer(0), call.span);
  if (!convert_to(body, filled, values[0].type, true, "the value")) return Value::error(call.span);
  filled.span = call.span;
  return filled;
}

Value call_stop_gradient(Body& body, const syntax::Call& call, Want want) {
  if (!plain_arguments(body, call, 1, 1)) return Value::error(call.span);
  Value value = check_expression(body, *call.arguments[0].value, {want.type, false});
  settle(body, value);
  if (value.failed()) return value;
  auto node = make_node<Intrinsic>(body, call.span, value.type);
  node->intrinsic = IntrinsicKind::stop_gradient;
  node->operands.push_back(std::move(value.tree));
  return {value.type, call.span, std::move(node)};
}

/// `sort(x)`, `top_k(x, K)`: values and their places along the last axis.
Value call_sort(Body& body, const syntax::Call& call, bool is_top_k) {
  if (!plain_arguments(body, call, is_top_k ? 2 : 1, is_top_k ? 2 : 1)) return Value::error(call.span);
  std::vector<Value> values;
  if (!check_arguments(body, call, values) || !require_tensor(body, values[0], is_top_k ? "top_k" : "sort")) {
    return Value::error(call.span);
  }
  settle(body, values[0]);
  if (values[0].failed()) return Value::error(call.span);
  Shape shape = values[0].type.shape;
  if (shape.empty() || shape.back().is_pack() || !belongs_to(values[0].type.element, ElementClass::number)) {
    report(body, diagnostics::argument_type, values[0].span, "numbers along an axis are needed here").label =
        this_is(values[0].type);
    return Value::error(call.span);
  }
  if (is_top_k) {
    if (!values[1].integer || !values[1].is_static) {
      report(body, diagnostics::static_needed, values[1].span,
             "how many are taken has to be known at compile time");
      return Value::error(call.span);
    }
    dim::Verdict verdict;
    const dim::Condition goal = dim::Condition::less_equal(*values[1].integer, shape.back().extent);
    if (prove(body, goal, verdict) == Proof::failed) {
      Diagnostic& diagnostic = report(body, diagnostics::where_not_met, call.span,
                                      fmt::format("`top_k` needs `{}`", to_string(goal)));
      diagnostic.label = counterexample_text(verdict);
      if (!verdict.missing.empty()) fix_by_where(body, diagnostic, diagnostic.span, verdict.missing);
      return Value::error(call.span);
    }
    shape.back().extent = *values[1].integer;
  }
  const Type type = Type::tuple(
      {Type::tensor(values[0].type.element, shape), Type::tensor(Element::of(ElementType::i32), shape)});
  auto node = make_node<Intrinsic>(body, call.span, type);
  node->intrinsic = is_top_k ? IntrinsicKind::top_k : IntrinsicKind::sort;
  node->operands.push_back(std::move(values[0].tree));
  return {type, call.span, std::move(node)};
}

Value call_path_matches(Body& body, const syntax::Call& call) {
  if (!plain_arguments(body, call, 2, 2)) return Value::error(call.span);
  std::vector<Value> values;
  if (!check_arguments(body, call, values)) return Value::error(call.span);
  if (values[0].path.empty() || !values[1].fixed || values[1].fixed->kind != StaticValue::Kind::string) {
    report(body, diagnostics::argument_type, call.span,
           "`path_matches` takes a leaf of a walk, `for p in m.params`, and a string");
    return Value::error(call.span);
  }
  return boolean_value(path_matches(values[0].path, values[1].fixed->text), call.span);
}

Value subtract_or_add(Body& body, const syntax::Call& call, syntax::BinaryOperator op, Value a, Value b) {
  return combine(body, op, call.callee->span, call.span, std::move(a), std::move(b));
}

/// `lerp(a, b, t)` is `a + t * (b - a)`.
Value call_lerp(Body& body, const syntax::Call& call) {
  if (!plain_arguments(body, call, 3, 3)) return Value::error(call.span);
  std::vector<Value> values;
  if (!check_arguments(body, call, values)) return Value::error(call.span);
  TypedBlock block;
  if (values[0].tree && !values[0].place) {  // read twice, made once
    settle(body, values[0]);
    if (values[0].failed()) return Value::error(call.span);
    const Slot slot = new_slot(body, "first", values[0].type);
    block.statements.push_back(bind_statement(values[0].span, {slot}, std::move(values[0].tree)));
    const Place place = whole_place(body, slot, values[0].span);
    values[0] =
        Value(values[0].type, values[0].span, place_value(body, values[0].span, place, values[0].type));
    values[0].place = place;
  }
  Value again(values[0].type, values[0].span);
  if (values[0].place) {
    again.tree = place_value(body, values[0].span, *values[0].place, values[0].type);
  } else {
    again = check_expression(body, *call.arguments[0].value);  // a constant
  }
  if (values[2].type.element.is_constant() && values[0].type.is_tree()) {
    if (!convert_element(body, values[2], Element::of(ElementType::f32))) return Value::error(call.span);
  }
  Value difference =
      subtract_or_add(body, call, syntax::BinaryOperator::subtract, std::move(values[1]), std::move(again));
  Value scaled = subtract_or_add(body, call, syntax::BinaryOperator::multiply, std::move(values[2]),
                                 std::move(difference));
  Value value =
      subtract_or_add(body, call, syntax::BinaryOperator::add, std::move(values[0]), std::move(scaled));
  return block_as_value(body, call.span, std::move(value), std::move(block));
}

/// Values one below the other, each under the string that stands before it, or its own text.
Value call_print(Body& body, const syntax::Call& call, bool is_dump) {
  const size_t most = is_dump ? 2 : call.arguments.size();
  if (!plain_arguments(body, call, is_dump ? 2 : 1, most)) return Value::error(call.span);
  std::vector<Value> values;
  if (!check_arguments(body, call, values)) return Value::error(call.span);
  const Type nothing = Type::of(Type::Kind::nothing);
  TypedBlock block;
  std::string text;
  for (size_t i = 0; i < values.size(); ++i) {
    Value& value = values[i];
    if (value.type.kind == Type::Kind::string) {
      if (value.fixed) text += (text.empty() ? "" : " ") + value.fixed->text;
      if (i + 1 < values.size()) continue;
      report(body, diagnostics::argument_type, value.span, "nothing stands behind this text").help =
          "a text is the title of the value behind it: `print(\"loss\", loss)`";
      return Value::error(call.span);
    }
    settle(body, value);
    if (value.failed()) return Value::error(call.span);
    auto node = make_node<Intrinsic>(body, call.span, nothing);
    node->intrinsic = IntrinsicKind::print;
    node->text = text.empty() ? std::string(body.session.files.text_of(call.arguments[i].value->span)) : text;
    node->operands.push_back(std::move(value.tree));
    text.clear();
    if (i + 1 == values.size() && block.statements.empty()) return {nothing, call.span, std::move(node)};
    auto statement = std::make_unique<CallOnly>();
    statement->span = call.span;
    statement->call = std::move(node);
    block.statements.push_back(std::move(statement));
  }
  auto node = make_node<BlockValue>(body, call.span, nothing);
  node->block = std::move(block);
  return {nothing, call.span, std::move(node)};
}

}  // namespace

namespace {

Value call_in_language(Body& body, const syntax::Call& call, const syntax::Name& name, Want want) {
  const Module* prelude = prelude_module(body.session);
  if (prelude == nullptr) {
    report(body, diagnostics::import_not_found, name.span,
           fmt::format("`{}` is declared in `prelude.model`, which cannot be found", name.text))
        .help = "the standard library stands beside kilnc; `--library FOLDER` names another place";
    return Value::error(call.span);
  }
  const syntax::Declaration* declaration = prelude->find(name.text);
  internal_check(declaration != nullptr, "sema: prelude.model does not declare " + name.text);
  return call_function(body, {prelude, &syntax::as<syntax::Function>(*declaration), nullptr, nullptr},
                       std::nullopt, call, want);
}

}  // namespace

Value call_prelude(Body& body, const syntax::Call& call, const syntax::Name& name, Want want) {
  if (const auto element = element_type_named(name.text)) return call_cast(body, call, *element);
  const auto function = scalar_function_named(name.text);
  if (function && row_of(*function).callable) {
    const bool reduces = call.arguments.size() == 1 &&
                         (*function == ScalarFunction::minimum || *function == ScalarFunction::maximum);
    if (!reduces) return call_scalar(body, call, *function, want);
    return reduce_all(body, call,
                      *function == ScalarFunction::minimum ? syntax::Reducer::min : syntax::Reducer::max);
  }
  const BuiltinRow& row = *builtin_named(name.text);
  if (row.is_in_language) return call_in_language(body, call, name, want);
  switch (row.builtin) {
    case Builtin::rng: return call_rng(body, call);
    case Builtin::size: return call_size(body, call);
    case Builtin::rank: return call_rank(body, call);
    case Builtin::like: return call_like(body, call);
    case Builtin::stop_gradient: return call_stop_gradient(body, call, want);
    case Builtin::sort: return call_sort(body, call, false);
    case Builtin::top_k: return call_sort(body, call, true);
    case Builtin::path_matches: return call_path_matches(body, call);
    case Builtin::lerp: return call_lerp(body, call);
    case Builtin::print: return call_print(body, call, false);
    case Builtin::dump: return call_print(body, call, true);
    case Builtin::sum: return reduce_all(body, call, syntax::Reducer::sum);
    case Builtin::prod: return reduce_all(body, call, syntax::Reducer::prod);
    case Builtin::mean: return reduce_all(body, call, syntax::Reducer::mean);
    case Builtin::any: return reduce_all(body, call, syntax::Reducer::any);
    case Builtin::all: return reduce_all(body, call, syntax::Reducer::all);
    case Builtin::argmax: return reduce_all(body, call, syntax::Reducer::argmax);
    case Builtin::argmin: return reduce_all(body, call, syntax::Reducer::argmin);
    case Builtin::search_sorted:
    case Builtin::cumsum:
    case Builtin::scan: break;
  }
  return Value::error(call.span);
}

}  // namespace kiln::sema
