#include "sema/indices.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/conversions.h"
#include "sema/exact.h"
#include "sema/fixes.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

/// Calculates a bound in i64.
void widen_bound(Body& body, Value& bound) {
  if (bound.type.element.is_constant()) convert_element(body, bound, Element::of_kind(Element::Kind::loose));
  if (bound.is_static) return;
  Widened wide = widen(body, std::move(bound.tree));
  bound.tree = std::move(wide.tree);
  if (!wide.is_exact || !bound.integer) bound.integer = new_runtime(body, "bound");
  bound.type.element = Element::of_kind(Element::Kind::loose);
  bound.may_wrap = false;
}

/// The bound in a variable, where it is read more than once.
TypedExprPtr shared(Body& body, Value& bound, std::vector<TypedStatementPtr>& before) {
  if (bound.is_static) return dim_value(bound.span, *bound.integer);
  if (bound.tree->kind != ExprKind::local) {
    const Slot slot = new_slot(body, "bound", Type::scalar(ElementType::i64));
    before.push_back(bind_statement(bound.span, {slot}, std::move(bound.tree)));
    bound.tree =
        place_value(body, bound.span, whole_place(body, slot, bound.span), Type::scalar(ElementType::i64));
  }
  return place_value(body, bound.span, whole_place(body, static_cast<Local&>(*bound.tree).slot, bound.span),
                     Type::scalar(ElementType::i64));
}

void assert_inside(Body& body, DataRange& range, const dim::Dim& extent,
                   std::vector<TypedStatementPtr>& before) {
  const Span span = range.span;
  TypedExprPtr inside =
      apply(span, ScalarFunction::less_equal, shared(body, range.high, before), dim_value(span, extent));
  if (!range.low.is_static || !range.low.integer->is_constant(0)) {
    inside = conjunction(
        span, std::move(inside),
        apply(span, ScalarFunction::less_equal, integer_literal(span, 0), shared(body, range.low, before)));
    TypedExprPtr empty = apply(span, ScalarFunction::less_equal, shared(body, range.high, before),
                               shared(body, range.low, before));
    inside = apply(span, ScalarFunction::logical_or, std::move(empty), std::move(inside));
  }
  auto assertion = std::make_unique<AssertStatement>();
  assertion->span = span;
  assertion->condition = std::move(inside);
  assertion->message = fmt::format("the range of `{}` leaves its axis of {} elements",
                                   body.indices[range.index].name, to_string(extent));
  before.push_back(std::move(assertion));
}

/// Whether a bound reads an index of the same brackets.
bool reads_own_index(const Body& body, const IndexSet& set, const dim::Dim& bound) {
  const std::set<std::string> symbols = bound.symbols();
  return std::any_of(set.all.begin(), set.all.end(),
                     [&](IndexId id) { return symbols.count(body.indices[id].symbol) > 0; });
}

bool check_data_range(Body& body, const IndexSet& set, DataRange& range,
                      std::vector<TypedStatementPtr>& before) {
  const dim::Dim& extent = *body.indices[range.index].extent;
  const dim::Dim &low = *range.low.integer, &high = *range.high.integer;
  const dim::Condition inside =
      dim::Condition::both_of({dim::Condition::less_equal(0, low), dim::Condition::less_equal(high, extent)});
  if (dim::proves(body.facts, inside)) return true;
  dim::Verdict verdict;
  const Proof proof =
      prove(body, dim::Condition::either_of({dim::Condition::less_equal(high, low), inside}), verdict);
  if (proof == Proof::proved) return true;
  if (proof == Proof::at_run_time) {
    if (!reads_own_index(body, set, low) && !reads_own_index(body, set, high)) {
      assert_inside(body, range, extent, before);
      return true;
    }
    report_limit(body, range.span, "a range of data that depends on an index of the same brackets").help =
        "put one reduction into the other: `sum[i] sum[j: 0..i]`";
    return false;
  }
  Diagnostic& diagnostic = report(
      body, diagnostics::out_of_bounds, range.span,
      fmt::format("the range of `{}` may leave 0..{}", body.indices[range.index].name, to_string(extent)));
  diagnostic.label = counterexample_text(verdict);
  diagnostic.notes.push_back(fmt::format("where `{}` stands alone in brackets, the axis has {} elements",
                                         body.indices[range.index].name, to_string(extent)));
  if (!verdict.missing.empty()) fix_by_where(body, diagnostic, diagnostic.span, verdict.missing);
  return false;
}

}  // namespace

bool check_data_ranges(Body& body, IndexSet& set, std::vector<TypedStatementPtr>& before) {
  if (set.data.empty()) return true;
  for (DataRange& range : set.data) {
    widen_bound(body, range.low);
    widen_bound(body, range.high);
  }
  if (body.is_muted) return true;
  const dim::Facts outside = body.facts;
  // A bound may read an index that stands before it in the same brackets.
  for (const IndexId id : set.all) {
    const Index& index = body.indices[id];
    const bool is_data = std::any_of(set.data.begin(), set.data.end(),
                                     [&](const DataRange& range) { return range.index == id; });
    if (index.has_range && !index.is_pack && !is_data)
      body.facts.add_index(index.symbol, *index.low, *index.low + *index.extent);
  }
  bool good = true;
  for (DataRange& range : set.data) good = good && check_data_range(body, set, range, before);
  body.facts = outside;
  return good;
}

TypedExprPtr assume_ranges(Body& body, IndexSet& set) {
  for (const IndexId id : set.all) {
    if (body.indices[id].is_pack) {
      if (!body.indices[id].members.empty()) continue;
      std::vector<IndexId> members;
      std::vector<OpenAxis> before;
      const Shape pack = body.indices[id].pack;
      for (size_t i = 0; i < pack.size(); ++i) {
        const auto member = static_cast<IndexId>(body.indices.size());
        Index index;
        index.name = fmt::format("{}{}", body.indices[id].name, i);
        index.symbol = fmt::format("{}#{}", index.name, body.next_symbol++);
        body.session.data_symbols.insert(index.symbol);
        index.span = body.indices[id].span;
        index.low = dim::Dim(0);
        index.extent =
            pack[i].is_pack() ? dim::Dim(1) : resolved_axis(body.session, pack[i], before, i).extent;
        before.push_back({dim::Dim::symbol(index.symbol), 0, 0});
        index.has_range = true;
        assume_extent(body, *index.extent);
        body.facts.add_index(index.symbol, 0, *index.extent);
        body.indices.push_back(std::move(index));
        members.push_back(member);
      }
      body.indices[id].members = std::move(members);
      continue;
    }
    const Index& index = body.indices[id];
    if (index.has_range) assume_extent(body, *index.extent);
    if (index.has_range) body.facts.add_index(index.symbol, *index.low, *index.low + *index.extent);
  }
  TypedExprPtr condition;
  for (DataRange& range : set.data) {
    const dim::Dim self = dim::Dim::symbol(body.indices[range.index].symbol);
    const auto add = [&](ScalarFunction function, TypedExprPtr a, TypedExprPtr b) {
      condition = conjunction(range.span, std::move(condition),
                              apply(range.span, function, std::move(a), std::move(b)));
    };
    if (!range.low.is_static || !range.low.integer->is_constant(0)) {
      body.facts.add(dim::Condition::less_equal(*range.low.integer, self));
      add(ScalarFunction::less_equal, as_index(body, range.low), index_value(body, range.span, range.index));
    }
    body.facts.add(dim::Condition::less(self, *range.high.integer));
    add(ScalarFunction::less, index_value(body, range.span, range.index), as_index(body, range.high));
  }
  return condition;
}

}  // namespace kiln::sema
