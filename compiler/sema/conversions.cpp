#include "sema/conversions.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/enclosing.h"
#include "sema/fixes.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/ragged_advice.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

Value constant_value(Constant constant, Span span) {
  Value value(Type::tensor(Element::of_kind(constant.is_integer ? Element::Kind::constant_integer
                                                                : Element::Kind::constant_real)),
              span);
  if (constant.is_integer && constant.integer <= INT64_MAX && constant.integer >= INT64_MIN) {
    value.integer = dim::Dim(static_cast<int64_t>(constant.integer));
    value.is_static = true;
  }
  value.constants.push_back(constant);
  return value;
}

Value dim_static_value(const dim::Dim& dim, Span span) {
  Value value(Type::tensor(Element::of_kind(Element::Kind::loose)), span, dim_value(span, dim));
  value.integer = dim;
  value.is_static = true;
  return value;
}

Value boolean_value(bool known, Span span) {
  Value value(Type::scalar(ElementType::boolean), span,
              literal(span, ElementType::boolean, Scalar::of_integer(known ? 1 : 0)));
  value.known = known;
  value.is_static = true;
  return value;
}

namespace {

ElementType stored(const Element& element) {
  return element.kind == Element::Kind::variable ? ElementType::f32 : element.type;
}

/// The constant as it stands in the program, if it is one number: `4.0` rather than 4.
std::string written(const Body& body, Span span, const Constant& constant) {
  const std::string_view text = body.session.files.text_of(span);
  const bool is_number = !text.empty() &&
                         text.find_first_not_of("0123456789._eExXabcdefABCDEF") == text.npos &&
                         text[0] >= '0' && text[0] <= '9';
  return is_number ? std::string(text) : to_string(constant);
}

bool convert_constants(Body& body, Value& value, const Element& target) {
  std::vector<Scalar> scalars;
  for (const Constant& constant : value.constants) {
    if (target.kind == Element::Kind::variable) {
      if (!constant.is_integer && !is_floating(target)) {
        report(body, diagnostics::constant_does_not_fit, value.span,
               fmt::format("`{}` has a fraction, but `{}` may be an integer type", to_string(constant),
                           to_string(target)));
        return false;
      }
      scalars.push_back(*represent(Constant::of_real(constant.value()), ElementType::f32));
      continue;
    }
    const auto scalar = represent(constant, target.type);
    const bool is_lost = scalar && is_floating(target) &&
                         !std::isinf(static_cast<double>(constant.value())) && std::isinf(scalar->real);
    if (!scalar || is_lost) {
      const bool is_number = is_integer(target.type);
      Diagnostic& diagnostic =
          report(body, diagnostics::constant_does_not_fit, value.span,
                 fmt::format("{} cannot hold {}", to_string(target), written(body, value.span, constant)));
      if (is_lost) {
        diagnostic.label = "it would become inf";
      } else if (is_number && constant.is_integer) {
        diagnostic.label = fmt::format("outside the range of {}", to_string(target));
      } else if (is_number) {
        diagnostic.label = "written as a number with a fraction";
      }
      return false;
    }
    scalars.push_back(*scalar);
  }
  const Type type = Type::tensor(target, value.type.shape);
  if (value.type.shape.empty()) {
    value.tree = literal(value.span, stored(target), scalars[0]);
  } else {
    auto node = make_node<VectorLiteral>(body, value.span, type);
    node->elements = std::move(scalars);
    value.tree = std::move(node);
  }
  value.type = type;
  value.constants.clear();
  return true;
}

}  // namespace

bool convert_element(Body& body, Value& value, const Element& target) {
  if (value.failed()) return false;
  if (!value.type.is_tensor()) {
    report(body, diagnostics::type_mismatch, value.span, fmt::format("a number is needed here")).label =
        this_is(value.type);
    return false;
  }
  const Element& element = value.type.element;
  if (element == target) return true;
  if (element.is_constant() && target.is_settled() && !is_boolean(target))
    return convert_constants(body, value, target);
  if (element.is_constant() && target.is_loose() && value.integer) {
    value.tree = dim_value(value.span, *value.integer);
    value.type.element = target;
    value.constants.clear();
    return true;
  }
  if (element.is_loose() && target.kind == Element::Kind::known &&
      (target.type == ElementType::i32 || target.type == ElementType::i64)) {
    value.tree = converted(std::move(value.tree), target.type);
    value.type.element = target;
    value.may_wrap = !value.is_static || target.type != ElementType::i64;
    return true;
  }
  if (element.is_loose() && is_floating(target)) {
    Diagnostic& diagnostic = report(
        body, diagnostics::index_as_float, value.span,
        fmt::format("an integer made of indices and dims does not become {} by itself", to_string(target)));
    fix_by_cast(body, diagnostic, value.span, to_string(target));
    return false;
  }
  Diagnostic& diagnostic =
      report(body, diagnostics::mixed_elements, value.span,
             fmt::format("{} does not become {} by itself", to_string(element), to_string(target)));
  if (target.kind == Element::Kind::known && element.is_settled()) {
    fix_by_cast(body, diagnostic, value.span, to_string(target), is_floating(target));
  }
  return false;
}

void settle(Body& body, Value& value) {
  if (value.failed()) return;
  if (value.type.is_tensor() && !value.type.element.is_settled()) {
    if (!convert_element(body, value, settled(value.type.element))) value.type = Type::error();
    return;
  }
  if (value.type.kind == Type::Kind::tuple && !value.fields.empty()) {
    std::vector<TypedExprPtr> trees;
    for (size_t i = 0; i < value.fields.size(); ++i) {
      settle(body, value.fields[i]);
      if (value.fields[i].type.kind == Type::Kind::function) {
        report(body, diagnostics::not_a_value, value.span, "a function is not a value that can stand here")
            .help = "take it apart by `let`: `let (y, back) = …`";
        value.fields[i].type = Type::error();
      }
      if (value.fields[i].failed()) {
        value.type = Type::error();
        return;
      }
      value.type.items[i] = value.fields[i].type;
      trees.push_back(std::move(value.fields[i].tree));
    }
    value.tree = tuple_of(body, value.span, std::move(trees), value.type);
    value.fields.clear();
  }
}

namespace {

/// The division of integers that an expression is, or null.
const Apply* division_in(const TypedExpr* tree) {
  if (tree != nullptr && tree->kind == ExprKind::comprehension)
    tree = static_cast<const Comprehension*>(tree)->body.get();
  const bool is_division = tree != nullptr && tree->kind == ExprKind::apply &&
                           static_cast<const Apply*>(tree)->function == ScalarFunction::quotient;
  return is_division ? static_cast<const Apply*>(tree) : nullptr;
}

/// `f32(a) / f32(b)`.
void offer_float_division(const Body& body, Diagnostic& diagnostic, const Apply& division,
                          const std::string& element) {
  std::vector<Edit> edits;
  for (const auto& side : division.operands) {
    if (side->span == division.span || body.session.files.text_of(side->span).empty()) return;
    edits.push_back({side->span, fmt::format("{}({})", element, body.session.files.text_of(side->span))});
  }
  diagnostic.offer(std::move(edits), fmt::format("`/` of integers floors: cast its sides to {}", element));
}

/// `max(x)` folds all axes: where an axis is wanted, the index that stays is written. Empty for other texts.
std::string advice_on_fold(std::string_view text, size_t rank) {
  static constexpr std::string_view reducers[] = {"sum", "prod", "mean", "max", "min"};
  const size_t open = text.find('(');
  if (open == text.npos || text.back() != ')' || rank > 3) return "";
  const std::string_view reducer = text.substr(0, open), x = text.substr(open + 1, text.size() - open - 2);
  if (std::find(std::begin(reducers), std::end(reducers), reducer) == std::end(reducers) || x.empty() ||
      x.find_first_of(" (),[]") != x.npos)
    return "";
  std::string kept;
  for (size_t i = 0; i < rank; ++i) kept += (i ? ", " : "") + std::string(1, "ijk"[i]);
  const char folded = "ijkl"[rank];
  return fmt::format(
      "`{0}(…)` folds all axes; one axis is folded by its index: `for[{1}] {0}[{2}] {3}[{1}, {2}]`", reducer,
      kept, folded, x);
}

bool report_mismatch(Body& body, const Value& value, const Type& target, std::string_view what) {
  const bool same_element =
      value.type.is_tensor() && target.is_tensor() && value.type.element == target.element;
  Diagnostic& diagnostic =
      report(body, same_element ? diagnostics::shape_mismatch : diagnostics::type_mismatch, value.span,
             fmt::format("{} is {}, but this is {}", what, to_string(target), described(value.type)));
  diagnostic.label = described(value.type);
  if (!value.type.is_tensor() || !target.is_tensor()) return false;
  if (same_element) note_origins(body, diagnostic, target.shape, value.type.shape);
  diagnostic.help = advice_on_ragged(target, value.type, body.session.files.text_of(value.span));
  if (!diagnostic.help.empty() && same_element) return false;
  const bool same_rank = value.type.shape.size() == target.shape.size();
  const std::string element = to_string(target.element);
  const std::string text(body.session.files.text_of(value.span));
  if (same_rank && is_integral(value.type.element) && is_floating(target.element)) {
    if (const Apply* division = division_in(value.tree.get()))
      offer_float_division(body, diagnostic, *division, element);
    else
      fix_by_cast(body, diagnostic, value.span, element);
  } else if (same_rank && !same_element && target.element.kind == Element::Kind::known &&
             value.type.element.kind == Element::Kind::known && !is_boolean(target.element)) {
    fix_by_cast(body, diagnostic, value.span, element, false);
  } else if (target.shape.empty() && !value.type.shape.empty() && is_floating(value.type.element)) {
    diagnostic.help = "fold it, for instance with `mean(…)` or `sum(…)`";
    const bool is_short = text.size() <= 60 && text.find('\n') == std::string::npos;
    if (is_short) diagnostic.offer(value.span, fmt::format("mean({})", text));
  } else if (same_element && target.shape.size() == 2 && value.type.shape.size() == 2 &&
             same_shape({value.type.shape[1], value.type.shape[0]}, target.shape, same_dims(body)) &&
             text.find_first_of(" \n") == std::string::npos) {
    diagnostic.help = "its axes stand the other way round; to exchange them, write the indices";
    diagnostic.offer(value.span, fmt::format("for[i, j] {}[j, i]", text));
  } else if (same_element && target.shape.size() == value.type.shape.size() + 1) {
    diagnostic.help = "an axis is missing; if each of its points is to hold the same, write the indices";
    if (const std::string advice = advice_on_fold(text, target.shape.size());
        !advice.empty() && value.type.shape.empty())
      diagnostic.help = advice;
  } else if (same_element && value.type.shape.size() == target.shape.size() + 1 &&
             same_shape(Shape(value.type.shape.begin(), value.type.shape.end() - 1), target.shape,
                        same_dims(body))) {
    diagnostic.help = "an axis is too many: fold it, for instance `y[i] = sum[j] e[i, j]`";
  }
  return false;
}

bool convert_tuple(Body& body, Value& value, const Type& target, bool may_fill, std::string_view what) {
  if (value.fields.size() != target.items.size()) return report_mismatch(body, value, target, what);
  std::vector<TypedExprPtr> trees;
  for (size_t i = 0; i < value.fields.size(); ++i) {
    const std::string& name = value.type.names[i];
    if (!name.empty() && name != target.names[i]) return report_mismatch(body, value, target, what);
    if (!convert_to(body, value.fields[i], target.items[i], may_fill, what)) return false;
    trees.push_back(std::move(value.fields[i].tree));
  }
  value.type = target;
  value.tree = tuple_of(body, value.span, std::move(trees), target);
  value.fields.clear();
  return true;
}

bool fill(Body& body, Value& value, const Type& target) {
  const bool is_tensor = target.is_tensor();
  if (is_tensor && is_boolean(target.element) && is_boolean(value.type.element)) {
    settle(body, value);
  } else if (!convert_element(body, value, is_tensor ? target.element : Element::of(ElementType::f32))) {
    return false;
  }
  auto node = make_node<Fill>(body, value.span, target);
  node->value = std::move(value.tree);
  value.tree = std::move(node);
  value.type = target;
  value.integer.reset();
  return true;
}

/// `let g: M.grad("*.lora_*") = grad(m) { … }`: of all gradients those that the pattern chooses. The others
/// are never read, so they are never computed. False where some that are wanted are not there.
bool choose_leaves(Body& body, Value& value, const Type& target) {
  const LeafList all = leaves_of(body.session, value.type), wanted = leaves_of(body.session, target);
  std::vector<uint32_t> places;
  for (uint32_t i = 0; i < all.size() && places.size() < wanted.size(); ++i)
    if (all[i].path == wanted[places.size()].path) places.push_back(i);
  if (places.size() != wanted.size()) return false;
  TypedBlock block;
  Place place;
  if (value.place) {
    place = *value.place;
  } else {
    place = whole_place(body, new_slot(body, "gradient", value.type), value.span);
    block.statements.push_back(bind_statement(value.span, {place.slot}, std::move(value.tree)));
  }
  std::vector<TypedExprPtr> fields;
  for (const uint32_t at : places) {
    const Type item = Type::tensor(Element::of(all[at].type.element), shape_of(all[at].type.shape));
    fields.push_back(
        place_value(body, value.span, Place{place.slot, place.first_leaf + at, 1, value.span}, item));
  }
  const Span span = value.span;
  Value chosen(target, span, tuple_of(body, span, std::move(fields), target));
  value = block_as_value(body, span, std::move(chosen), std::move(block));
  return true;
}

}  // namespace

bool convert_to(Body& body, Value& value, const Type& target, bool may_fill, std::string_view what) {
  if (value.failed() || target.failed()) return false;
  if (target.kind == Type::Kind::tuple && !value.fields.empty()) {
    return convert_tuple(body, value, target, may_fill, what);
  }
  const bool is_constant = value.type.is_scalar() && (value.type.element.is_constant() || value.known);
  if (may_fill && is_constant && (target.is_tree() || (target.is_tensor() && !target.shape.empty()))) {
    return fill(body, value, target);
  }
  if (target.is_tensor() && value.type.is_tensor()) {
    if (value.type.element.is_constant() && same_shape(value.type.shape, target.shape, same_dims(body))) {
      return convert_element(body, value, target.element);
    }
    if (value.type.element.is_loose() && target.shape.empty() && value.type.shape.empty()) {
      return convert_element(body, value, target.element);
    }
  }
  settle(body, value);
  if (value.failed()) return false;
  const bool is_part = value.type.kind == Type::Kind::gradient && target.kind == Type::Kind::gradient &&
                       value.type.pattern != target.pattern && value.type.axes.empty() &&
                       target.axes.empty() &&
                       same_type(value.type.items[0], target.items[0], same_dims(body));
  if (is_part && choose_leaves(body, value, target)) return true;
  if (!same_type(value.type, target, same_dims(body))) return report_mismatch(body, value, target, what);
  value.type = target;
  return true;
}

TypedExprPtr as_index(Body& body, Value& value) {
  if (value.type.element.is_constant()) {
    if (!convert_element(body, value, Element::of(ElementType::i64))) return integer_literal(value.span, 0);
    return std::move(value.tree);
  }
  return converted(std::move(value.tree), ElementType::i64);
}

}  // namespace kiln::sema
