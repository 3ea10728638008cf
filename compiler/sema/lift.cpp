#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/conversions.h"
#include "sema/enclosing.h"
#include "sema/product_advice.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/ragged_advice.h"
#include "sema/report.h"
#include "sema/slot_uses.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

bool fits_at(Body& body, const Shape& whole, const Shape& part, size_t at) {
  const Shape run(whole.begin() + static_cast<std::ptrdiff_t>(at),
                  whole.begin() + static_cast<std::ptrdiff_t>(at + part.size()));
  return same_shape(run, part, same_dims(body));
}

/// `for[i, j] x[i, j] - mu[i]`: with indices, the shorter operand at the axes `at`; general where the
/// operands are more than names.
std::string with_indices(const Body& body, const Value& longest, const Value& part, size_t at) {
  const size_t rank = longest.type.shape.size();
  if (rank > 4) return "";
  const auto name_of = [&](const Value& value, const char* otherwise) {
    const std::string text(body.session.files.text_of(value.span));
    const bool is_name =
        !text.empty() &&
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") ==
            std::string::npos;
    return is_name ? text : std::string(otherwise);
  };
  const auto indices = [](size_t first, size_t count) {
    std::string text;
    for (size_t i = first; i < first + count; ++i)
      text += (text.empty() ? "" : ", ") + std::string(1, "ijkl"[i]);
    return text;
  };
  const std::string whole = fmt::format("{}[{}]", name_of(longest, "a"), indices(0, rank));
  const std::string piece = fmt::format("{}[{}]", name_of(part, "b"), indices(at, part.type.shape.size()));
  const bool is_first = part.span.begin < longest.span.begin;
  const Span between{longest.span.file, is_first ? part.span.end : longest.span.end,
                     is_first ? longest.span.begin : part.span.begin};
  std::string op = between.begin < between.end ? std::string(body.session.files.text_of(between)) : "";
  if (op.empty() || op.size() > 4) op = " - ";
  return fmt::format("for[{}] {}{}{}", indices(0, rank), is_first ? piece : whole, op,
                     is_first ? whole : piece);
}

/// Judgement 6: each shape is rank 0, the longest, or a suffix of it that fits nowhere else.
bool shapes_suit(Body& body, const std::vector<Value>& operands, const Value& longest, Span span) {
  const Shape& whole = longest.type.shape;
  const auto text_of = [&](const Value& value) { return body.session.files.text_of(value.span); };
  for (const Value& operand : operands) {
    const Shape& part = operand.type.shape;
    if (part.empty() || &operand == &longest) continue;
    const size_t last = whole.size() - part.size();
    if (!fits_at(body, whole, part, last)) {
      Diagnostic& diagnostic = report(
          body, diagnostics::shape_mismatch, span,
          fmt::format("the shapes {} and {} do not agree", to_string(longest.type.shape), to_string(part)));
      diagnostic.labels.push_back({longest.span, described(longest.type)});
      diagnostic.labels.push_back({operand.span, described(operand.type)});
      diagnostic.help = "shapes are equal, or one is the end of the other; else write the indices";
      for (size_t at = 0; at < last; ++at) {
        if (!fits_at(body, whole, part, at)) continue;
        const std::string example = with_indices(body, longest, operand, at);
        if (!example.empty()) diagnostic.help = fmt::format("write the indices: `{}`", example);
        if (example.find(text_of(longest)) != std::string::npos &&
            example.find(text_of(operand)) != std::string::npos)
          diagnostic.offer(span, fmt::format("({})", example));
        break;
      }
      if (const std::string advice = advice_on_ragged(longest.type, operand.type, text_of(operand));
          !advice.empty() && diagnostic.fixes.empty())
        diagnostic.help = advice;
      if (diagnostic.fixes.empty() && part.size() == 1 && part[0].extent.is_constant(1)) {
        const std::string text(text_of(operand));
        diagnostic.help = fmt::format("one number has no axis: declare it `{}`, or read `{}[0]`",
                                      to_string(operand.type.element), text);
        if (text.find_first_of(" \n(") == std::string::npos) diagnostic.offer(operand.span, text + "[0]");
      }
      if (operands.size() == 2) advise_on_product(body, operands[0], operands[1], span, diagnostic);
      if (whole.size() == part.size()) note_origins(body, diagnostic, whole, part);
      return false;
    }
    for (size_t at = 0; at < last; ++at) {
      if (!fits_at(body, whole, part, at)) continue;
      Diagnostic& diagnostic =
          report(body, diagnostics::ambiguous_suffix, span,
                 fmt::format("{} fits into {} at more than one place", to_string(part), to_string(whole)));
      diagnostic.labels.push_back({longest.span, described(longest.type)});
      diagnostic.labels.push_back({operand.span, described(operand.type)});
      const std::string example = with_indices(body, longest, operand, last);
      diagnostic.help = example.empty() ? "write the indices"
                                        : fmt::format("write the indices, for instance `{}`", example);
      if (example.find(text_of(longest)) != std::string::npos &&
          example.find(text_of(operand)) != std::string::npos)
        diagnostic.offer(span, fmt::format("({})", example), "the same for each row");
      return false;
    }
  }
  return true;
}

/// `for[i] e` read at each `i` is `e`: so that an expression of several lifted operators is one
/// comprehension, which also rounds only where its value is bound.
TypedExprPtr inlined(TypedExprPtr& tree, const std::vector<IndexId>& indices) {
  if (tree->kind != ExprKind::comprehension) return nullptr;
  auto& comprehension = static_cast<Comprehension&>(*tree);
  if (comprehension.binders.size() != indices.size() || !comprehension.body->type.is_tensor ||
      !comprehension.body->type.leaves[0].type.shape.empty()) {
    return nullptr;
  }
  std::map<IndexId, IndexId> renamed;
  for (size_t i = 0; i < indices.size(); ++i) {
    if (comprehension.binders[i].low) return nullptr;
    renamed.emplace(comprehension.binders[i].index, indices[i]);
  }
  rename_indices(*comprehension.body, renamed);
  return std::move(comprehension.body);
}

TypedExprPtr element_at(Body& body, Value operand, const std::vector<IndexId>& indices,
                        const Element& element) {
  if (operand.type.shape.empty()) return std::move(operand.tree);
  if (TypedExprPtr body_of_operand = inlined(operand.tree, indices)) return body_of_operand;
  auto access = make_node<Access>(body, operand.span, Type::tensor(element));
  access->base = std::move(operand.tree);
  const size_t skipped = indices.size() - std::min(indices.size(), extents_of(operand.type.shape).size());
  for (size_t i = skipped; i < indices.size(); ++i) {
    TypedSubscript subscript;
    subscript.at = index_value(body, operand.span, indices[i]);
    subscript.span = operand.span;
    access->subscripts.push_back(std::move(subscript));
  }
  return access;
}

}  // namespace

Value lift(Body& body, Span span, std::vector<Value> operands, const Element& result,
           const MakeScalar& make) {
  const Value* longest = &operands[0];
  for (const Value& operand : operands) {
    if (operand.type.shape.size() > longest->type.shape.size()) longest = &operand;
  }
  const Shape shape = longest->type.shape;
  if (!shapes_suit(body, operands, *longest, span)) return Value::error(span);
  const Type type = Type::tensor(result, shape);
  std::vector<TypedExprPtr> trees;
  if (shape.empty()) {
    for (Value& operand : operands) trees.push_back(std::move(operand.tree));
    return {type, span, make(std::move(trees))};
  }
  auto node = make_node<Comprehension>(body, span, type);
  const std::vector<IndexId> indices = open_axes(body, shape, span);
  for (const IndexId index : indices) node->binders.push_back(binder_of(body, index));
  for (Value& operand : operands) {
    const Element element = operand.type.element;
    trees.push_back(element_at(body, std::move(operand), indices, element));
  }
  node->body = make(std::move(trees));
  return {type, span, std::move(node)};
}

Value lift_function(Body& body, Span span, ScalarFunction function, std::vector<Value> operands,
                    const Element& result) {
  return lift(body, span, std::move(operands), result,
              [&](std::vector<TypedExprPtr> trees) { return apply(span, function, std::move(trees)); });
}

}  // namespace kiln::sema
