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

std::optional<IndexId> declare_index(Body& body, const syntax::Name& name, bool is_pack) {
  if (const Entity* taken = body.scope.find(name.text)) {
    Diagnostic& diagnostic =
        report(body, diagnostics::index_hides, name.span,
               fmt::format("the index `{}` has the name of something in scope", name.text));
    diagnostic.labels.push_back({taken->span, "declared here"});
    diagnostic.help = "each name means one thing at each place: choose another name for the index";
    if (!body.is_muted) return std::nullopt;
  }
  const auto id = static_cast<IndexId>(body.indices.size());
  Index index;
  index.name = name.text;
  index.symbol = fmt::format("{}#{}", name.text, body.next_symbol++);
  body.session.data_symbols.insert(index.symbol);
  index.span = name.span;
  index.is_pack = is_pack;
  Entity entity;
  entity.kind = is_pack ? Entity::Kind::pack_index : Entity::Kind::index;
  entity.span = name.span;
  entity.type = Type::tensor(Element::of_kind(Element::Kind::loose));
  entity.integer = dim::Dim::symbol(index.symbol);
  entity.index = id;
  body.scope.define(name.text, std::move(entity));
  body.indices.push_back(std::move(index));
  return id;
}

namespace {

/// The range that a binder states. False after a report.
bool take_range(Body& body, const syntax::Binder& binder, IndexId id, IndexSet& set, bool may_be_data) {
  Value low =
      binder.low ? check_expression(body, *binder.low) : constant_value(Constant::of_integer(0), binder.span);
  Value high = check_expression(body, *binder.high);
  if (low.failed() || high.failed()) return false;
  for (const Value* bound : {&low, &high}) {
    const bool is_integer_value = bound->type.is_scalar() && is_integral(bound->type.element) &&
                                  bound->type.element.kind != Element::Kind::constant_real;
    if (is_integer_value &&
        (bound->is_static || may_be_data ||
         (bound->integer && !bound->may_wrap && is_known_extent(body.session, *bound->integer))))
      continue;
    Diagnostic& diagnostic =
        report(body, diagnostics::static_needed, bound->span,
               fmt::format("the range of `{}` is not known at compile time", binder.name.text));
    diagnostic.help =
        "ranges are made of dims and numbers; only reducers may range over data, `sum[k: 0..j]`";
    return false;
  }
  const bool is_extent = !may_be_data && low.is_static && high.integer;  // data that an axis can have
  if (low.is_static && (high.is_static || is_extent)) {
    const dim::Dim extent = *high.integer - *low.integer;
    dim::Verdict verdict;
    if (prove(body, dim::Condition::less_equal(0, extent), verdict) == Proof::failed) {
      report(body, diagnostics::negative_extent, binder.span,
             fmt::format("the range of `{}` may end before it begins", binder.name.text))
          .label = counterexample_text(verdict);
      return false;
    }
    body.indices[id].low = *low.integer;
    body.indices[id].extent = extent;
    body.indices[id].has_range = true;
    return true;
  }
  set.data.push_back({id, std::move(low), std::move(high), binder.span});
  return true;
}

bool declare(Body& body, const syntax::Binder& binder, IndexSet& set, bool may_be_data,
             DeclaredBinder& declared) {
  declared.syntax = &binder;
  if (binder.kind == syntax::BinderKind::joined) {
    bool good = true;
    for (const syntax::Binder& part : binder.parts) {
      declared.parts.emplace_back();
      good = declare(body, part, set, may_be_data, declared.parts.back()) && good;
    }
    return good;
  }
  // The range is evaluated before the name exists.
  const bool is_pack = binder.kind == syntax::BinderKind::pack;
  const auto id = declare_index(body, binder.name, is_pack);
  if (!id) return false;
  declared.index = *id;
  set.all.push_back(*id);
  return !binder.high || take_range(body, binder, *id, set, may_be_data);
}

}  // namespace

std::optional<IndexSet> declare_binders(Body& body, const std::vector<syntax::Binder>& binders,
                                        bool may_be_data) {
  IndexSet set;
  bool good = true;
  for (const syntax::Binder& binder : binders) {
    set.binders.emplace_back();
    good = declare(body, binder, set, may_be_data, set.binders.back()) && good;
  }
  if (!good) return std::nullopt;
  return set;
}

namespace {

TypedExprPtr conjunction(Span span, TypedExprPtr a, TypedExprPtr b) {
  if (!a) return b;
  if (!b) return a;
  return apply(span, ScalarFunction::logical_and, std::move(a), std::move(b));
}

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

namespace {

void collect(const Body& body, const DeclaredBinder& binder, Shape& axes) {
  const auto axis_of = [&](const DeclaredBinder& part, const auto& self) -> dim::Dim {
    if (part.parts.empty()) return body.indices[part.index].extent.value_or(dim::Dim(1));
    dim::Dim product = 1;
    for (const DeclaredBinder& inner : part.parts) product = product * self(inner, self);
    return product;
  };
  if (binder.parts.empty() && body.indices[binder.index].is_pack) {
    const Shape& pack = body.indices[binder.index].pack;
    axes.insert(axes.end(), pack.begin(), pack.end());
    return;
  }
  axes.push_back({axis_of(binder, axis_of), {}});
}

}  // namespace

Shape axes_of(const Body& body, const std::vector<DeclaredBinder>& binders) {
  Shape axes;
  for (const DeclaredBinder& binder : binders) collect(body, binder, axes);
  return axes;
}

bool has_joins(const std::vector<DeclaredBinder>& binders) {
  for (const DeclaredBinder& binder : binders) {
    if (!binder.parts.empty()) return true;
  }
  return false;
}

std::vector<TypedBinder> typed_binders(Body& body, const IndexSet& set) {
  std::vector<TypedBinder> binders;
  const auto add = [&](IndexId id) { binders.push_back(binder_of(body, id)); };
  for (const IndexId id : set.all) {
    if (!body.indices[id].is_pack) {
      add(id);
      continue;
    }
    for (size_t i = 0; i < body.indices[id].members.size(); ++i) {
      if (!body.indices[id].pack[i].is_pack()) add(body.indices[id].members[i]);
    }
  }
  return binders;
}

namespace {

/// The distance of an index from the begin of its range: what counts as its place along an axis.
TypedExprPtr offset_of(Body& body, IndexId id) {
  const Index& index = body.indices[id];
  TypedExprPtr at = index_value(body, index.span, id);
  if (!index.low || index.low->is_constant(0)) return at;
  return apply(index.span, ScalarFunction::subtract, std::move(at), dim_value(index.span, *index.low));
}

TypedExprPtr joined(Body& body, const DeclaredBinder& binder, dim::Dim& extent) {
  if (binder.parts.empty()) {
    extent = body.indices[binder.index].extent.value_or(dim::Dim(1));
    return offset_of(body, binder.index);
  }
  TypedExprPtr at;
  extent = 1;
  for (const DeclaredBinder& part : binder.parts) {
    dim::Dim part_extent;
    TypedExprPtr inner = joined(body, part, part_extent);
    const Span span = binder.syntax->span;
    at = at ? apply(span, ScalarFunction::add,
                    apply(span, ScalarFunction::multiply, std::move(at), dim_value(span, part_extent)),
                    std::move(inner))
            : std::move(inner);
    extent = extent * part_extent;
  }
  return at;
}

}  // namespace

std::vector<TypedSubscript> joined_subscripts(Body& body, const std::vector<DeclaredBinder>& binders) {
  std::vector<TypedSubscript> subscripts;
  const auto add = [&](TypedExprPtr at, Span span) {
    TypedSubscript subscript;
    subscript.at = std::move(at);
    subscript.span = span;
    subscripts.push_back(std::move(subscript));
  };
  for (const DeclaredBinder& binder : binders) {
    if (binder.parts.empty() && body.indices[binder.index].is_pack) {
      for (size_t i = 0; i < body.indices[binder.index].members.size(); ++i) {
        if (body.indices[binder.index].pack[i].is_pack()) continue;
        const IndexId member = body.indices[binder.index].members[i];
        add(index_value(body, binder.syntax->span, member), binder.syntax->span);
      }
      continue;
    }
    dim::Dim extent;
    add(joined(body, binder, extent), binder.syntax->span);
  }
  return subscripts;
}

std::vector<ClosedIndex> closed_indices(const Body& body, const std::vector<DeclaredBinder>& binders) {
  std::vector<ClosedIndex> result;
  size_t place = 0;
  for (const DeclaredBinder& binder : binders) {
    const bool is_single = binder.parts.empty();
    const Index* index = is_single ? &body.indices[binder.index] : nullptr;
    if (index != nullptr && index->is_pack) {
      for (const IndexId member : index->members) {
        result.push_back({body.indices[member].symbol, place++, dim::Dim(0)});
      }
      continue;
    }
    if (index != nullptr) result.push_back({index->symbol, place, index->low.value_or(dim::Dim(0))});
    ++place;
  }
  return result;
}

Type closed_type(Body& body, const Type& type, const Shape& axes, const std::vector<ClosedIndex>& indices) {
  Type result = with_axes(type, axes);
  const auto close = [&](auto& self, Type& part) -> void {
    if (part.is_tensor()) part.shape = closed_shape(body.session, std::move(part.shape), indices);
    part.axes = closed_shape(body.session, std::move(part.axes), indices);
    if (part.kind == Type::Kind::tuple) {
      for (Type& item : part.items) self(self, item);
    }
  };
  close(close, result);
  return result;
}

Type with_axes(const Type& type, const Shape& axes) {
  Type result = type;
  if (axes.empty()) return result;
  if (type.is_tensor()) {
    result.shape.insert(result.shape.begin(), axes.begin(), axes.end());
    return result;
  }
  if (type.kind == Type::Kind::model || type.kind == Type::Kind::array || type.kind == Type::Kind::gradient) {
    result.axes.insert(result.axes.begin(), axes.begin(), axes.end());
    return result;
  }
  if (type.kind != Type::Kind::tuple) return Type::error();
  for (Type& item : result.items) {
    item = with_axes(item, axes);
    if (item.failed()) return Type::error();
  }
  return result;
}

}  // namespace kiln::sema
