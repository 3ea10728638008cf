#include "sema/indices.h"

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/conversions.h"
#include "sema/evaluate.h"
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
    check_axis_length(body, extent, binder.span);
    body.indices[id].low = *low.integer;
    body.indices[id].extent = extent;
    body.indices[id].has_range = true;
    return true;
  }
  // Whether the end may wrap does not matter: ranges are calculated in 64 bits (check_data_ranges).
  if (high.integer && is_known_extent(body.session, *high.integer) && low.integer &&
      dim::proves(body.facts, dim::Condition::less_equal(0, *low.integer)))
    body.indices[id].stated_end = *high.integer;
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
