#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/conversions.h"
#include "sema/evaluate.h"
#include "sema/fixes.h"
#include "sema/indices.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/report.h"
#include "sema/subscripts.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

class SubscriptChecker {
 public:
  SubscriptChecker(Body& body, const std::string& tensor, bool is_guarded)
      : body_(body), tensor_(tensor), is_guarded_(is_guarded) {}

  std::optional<CheckedSubscripts> check(const Shape& shape, const std::vector<syntax::SubscriptItem>& items,
                                         Span brackets) {
    size_t explicit_items = 0;
    bool has_pack = false;
    for (const syntax::SubscriptItem& item : items) {
      if (item.kind == syntax::SubscriptKind::pack)
        has_pack = true;
      else
        ++explicit_items;
    }
    if (explicit_items > shape.size()) {
      const std::string name = tensor_.empty() ? "this" : fmt::format("`{}`", tensor_);
      Diagnostic& diagnostic =
          report(body_, diagnostics::subscript_count, brackets,
                 shape.empty() ? fmt::format("{} has no axes", name)
                               : fmt::format("{} subscript{} for {} ax{}", explicit_items,
                                             explicit_items == 1 ? "" : "s", shape.size(),
                                             shape.size() == 1 ? "is" : "es"));
      diagnostic.label = shape.empty() ? "one number has no subscripts"
                                       : fmt::format("{} has the shape {}", name, to_string(shape));
      for (const syntax::SubscriptItem& item : items) {
        if (body_.session.files.text_of(item.span) == "None")
          diagnostic.help =
              "a new axis is an index of the left side: `y[i, 0] = x[i]`, or `for[i, j: 1] x[i]`";
      }
      return std::nullopt;
    }
    const size_t run = has_pack ? shape.size() - explicit_items : 0;
    size_t axis = 0;
    for (const syntax::SubscriptItem& item : items) {
      if (item.kind == syntax::SubscriptKind::pack) {
        if (!take_pack(item, shape, axis, run)) return std::nullopt;
        axis += run;
      } else if (!take(item, resolved(shape[axis++]))) {
        return std::nullopt;
      }
    }
    for (; axis < shape.size(); ++axis) take_whole(resolved(shape[axis]), brackets);
    return std::move(result_);
  }

 private:
  /// The next axis, where its extent depends on those before.
  Axis resolved(const Axis& axis) { return resolved_axis(body_.session, axis, open_, result_.shape.size()); }

  void take_point(const dim::Dim& at) { open_.push_back({at, 0, 0}); }

  void take_slice_axis(const Axis& axis, const dim::Dim& low) {
    open_.push_back({std::nullopt, result_.shape.size(), low});
    result_.shape.push_back(axis);
  }

  void take_whole(const Axis& axis, Span span) {
    take_slice_axis(axis, 0);
    if (axis.is_pack()) return;
    TypedSubscript subscript;
    subscript.is_slice = true;
    subscript.extent = axis.extent;
    subscript.span = span;
    result_.subscripts.push_back(std::move(subscript));
  }

  bool take_pack(const syntax::SubscriptItem& item, const Shape& shape, size_t first, size_t run) {
    const Entity* entity = item.name.present() ? body_.scope.find(item.name.text) : nullptr;
    if (!item.name.present()) {
      for (size_t i = first; i < first + run; ++i) take_whole(resolved(shape[i]), item.span);
      return true;
    }
    if (entity == nullptr || entity->kind != Entity::Kind::pack_index) {
      report(body_, diagnostics::bad_subscript, item.span,
             fmt::format("`...{}` is no index of several axes", item.name.text));
      return false;
    }
    const Index& index = body_.indices[entity->index];
    if (!index.has_range) {
      if (body_.is_muted) return true;
      report(body_, diagnostics::range_unknown, item.span,
             fmt::format("nothing gives the range of `...{}`", index.name));
      return false;
    }
    const Shape axes(shape.begin() + static_cast<std::ptrdiff_t>(first),
                     shape.begin() + static_cast<std::ptrdiff_t>(first + run));
    if (!same_shape(axes, index.pack, same_dims(body_))) {
      report(body_, diagnostics::ranges_differ, item.span,
             fmt::format("`...{}` runs over {}, but here stand {}", index.name, to_string(index.pack),
                         to_string(axes)));
      return false;
    }
    for (size_t i = 0; i < index.members.size(); ++i) {
      take_point(dim::Dim::symbol(body_.indices[index.members[i]].symbol));
      if (index.pack[i].is_pack()) continue;
      add_point(index_value(body_, item.span, index.members[i]), item.span, false);
    }
    return true;
  }

  void add_point(TypedExprPtr at, Span span, bool needs_check) {
    TypedSubscript subscript;
    subscript.at = std::move(at);
    subscript.span = span;
    subscript.needs_check = needs_check;
    result_.subscripts.push_back(std::move(subscript));
  }

  /// Whether a point is inside; `needs_check` if only the run can tell.
  bool prove_point(const dim::Dim& at, const dim::Dim& extent, Span span, bool& needs_check) {
    if (is_guarded_) return true;
    dim::Verdict verdict;
    switch (prove_inside(body_, at, extent, verdict)) {
      case Proof::proved: return true;
      case Proof::at_run_time: needs_check = true; return !report_surely_outside(at, extent, span);
      case Proof::failed: report_outside(body_, at, extent, span, verdict, tensor_); return false;
    }
    return false;
  }

  /// Only the run can tell, but some point of a range of data is outside whenever there is one: the
  /// neighbour of the last, the one before the first.
  bool report_surely_outside(const dim::Dim& at, const dim::Dim& extent, Span span) {
    if (body_.is_conditional || body_.is_muted || body_.is_trusted) return false;
    const auto is_outside = [&](const dim::Facts& facts, const dim::Dim& place) {
      return dim::proves(facts, dim::Condition::less_equal(extent, place)) ||
             dim::proves(facts, dim::Condition::less(place, 0));
    };
    std::string where;
    if (is_data(extent) && is_outside(body_.facts, at)) where = "always";
    for (const Index& index : body_.indices) {
      if (!where.empty() || !at.symbols().count(index.symbol)) continue;
      if (!index.has_range || index.is_pack || !is_data(*index.extent)) continue;
      dim::Facts facts = body_.facts;
      facts.add(dim::Condition::less_equal(1, *index.extent));
      const dim::Dim last = *index.low + *index.extent - dim::Dim(1);
      if (is_outside(facts, replaced(body_.session, at, {{index.symbol, last}})))
        where = fmt::format("at the last `{}`", index.name);
      else if (is_outside(facts, replaced(body_.session, at, {{index.symbol, *index.low}})))
        where = fmt::format("at the first `{}`", index.name);
    }
    if (where.empty()) return false;
    Diagnostic& diagnostic =
        report(body_, diagnostics::out_of_bounds, span,
               fmt::format("the subscript `{}` is outside of 0..{}", to_string(at), to_string(extent)));
    diagnostic.label = where;
    diagnostic.help = "make the range smaller, or read a default outside";
    fix_by_default(body_, diagnostic, span);
    return true;
  }

  std::optional<Value> point(const syntax::Expression& expression) {
    Value value = check_index_expression(body_, expression);
    if (value.failed()) return std::nullopt;
    return value;
  }

  bool take(const syntax::SubscriptItem& item, const Axis& axis) {
    if (axis.is_pack() && item.kind != syntax::SubscriptKind::whole) {
      report(body_, diagnostics::subscript_count, item.span, "how many axes stand here is not known").help =
          "subscripts from the front need known axes: write `...s` or `...` first";
      return false;
    }
    switch (item.kind) {
      case syntax::SubscriptKind::point: {
        auto value = point(*item.first);
        if (!value) return false;
        bool needs_check = false;
        if (!prove_point(*value->integer, axis.extent, item.span, needs_check)) return false;
        result_.points.push_back(*value->integer);
        take_point(*value->integer);
        add_point(as_index(body_, *value), item.span, needs_check);
        return true;
      }
      case syntax::SubscriptKind::whole: take_whole(axis, item.span); return true;
      case syntax::SubscriptKind::slice: return take_slice(item, axis);
      case syntax::SubscriptKind::joined: return take_split(item, axis);
      case syntax::SubscriptKind::binder:
        if (const Entity* entity = body_.scope.find(item.name.text);
            entity && entity->kind == Entity::Kind::index) {
          bool needs_check = false;
          if (!prove_point(*entity->integer, axis.extent, item.span, needs_check)) return false;
          take_point(*entity->integer);
          add_point(index_value(body_, item.span, entity->index), item.span, needs_check);
          return true;
        }
        [[fallthrough]];
      default:
        report(body_, diagnostics::bad_subscript, item.span, "a range is stated where the index is bound");
        return false;
    }
  }

  static bool is_static_dim(const dim::Dim& dim) {
    for (const std::string& symbol : dim.symbols()) {
      if (symbol.find('#') != std::string::npos) return false;
    }
    return true;
  }

  bool take_slice(const syntax::SubscriptItem& item, const Axis& axis) {
    Value first = item.first ? check_index_expression(body_, *item.first) : dim_static_value(0, item.span);
    const Value last =
        item.last ? check_index_expression(body_, *item.last) : dim_static_value(axis.extent, item.span);
    if (first.failed() || last.failed()) return false;
    const std::optional<dim::Dim> low = first.integer, high = last.integer;
    const dim::Dim length = dim::simplify(body_.facts, *high - *low);
    if (!is_static_dim(length) && !body_.is_muted) {
      report(body_, diagnostics::static_needed, item.span,
             "the length of this slice is not known at compile time")
          .help = "begin and end may be data, but their distance is made of dims: `x[t..t + 3]`";
      return false;
    }
    const dim::Condition inside =
        dim::Condition::both_of({dim::Condition::less_equal(0, *low), dim::Condition::less_equal(*low, *high),
                                 dim::Condition::less_equal(*high, axis.extent)});
    dim::Verdict verdict;
    const Proof proof = prove(body_, inside, verdict);
    if (proof == Proof::failed) {
      Diagnostic& diagnostic = report(body_, diagnostics::out_of_bounds, item.span,
                                      fmt::format("the slice {}..{} may reach outside of 0..{}",
                                                  to_string(*low), to_string(*high), to_string(axis.extent)));
      diagnostic.label = counterexample_text(verdict);
      if (!verdict.missing.empty()) fix_by_where(body_, diagnostic, diagnostic.span, verdict.missing);
      return false;
    }
    TypedSubscript subscript;
    subscript.is_slice = true;
    if (!low->is_constant(0)) subscript.at = as_index(body_, first);
    subscript.extent = length;
    subscript.span = item.span;
    subscript.needs_check = proof == Proof::at_run_time;
    take_slice_axis({subscript.extent, {}}, *low);
    result_.subscripts.push_back(std::move(subscript));
    return true;
  }

  struct Component {
    Value value;
    std::optional<dim::Dim> extent;
    Span span;
  };

  bool take_components(const syntax::SubscriptItem& item, std::vector<Component>& components) {
    for (const syntax::SubscriptItem& part : item.parts) {
      if (part.kind == syntax::SubscriptKind::joined) {
        if (!take_components(part, components)) return false;
        continue;
      }
      Component component;
      component.span = part.span;
      if (part.kind == syntax::SubscriptKind::binder) {
        const syntax::Name& name = part.name;
        const Entity* entity = body_.scope.find(name.text);
        if (entity == nullptr) {
          report(body_, diagnostics::unknown_name, name.span,
                 fmt::format("nothing is called `{}` here", name.text));
          return false;
        }
        component.value = value_of_entity(body_, *entity, name.text, name.span);
        const auto high = evaluate_dim(body_, *part.last);
        const auto low = part.first ? evaluate_dim(body_, *part.first) : dim::Dim(0);
        if (component.value.failed() || !high || !low) return false;
        component.extent = *high - *low;
      } else if (part.kind == syntax::SubscriptKind::point) {
        auto value = point(*part.first);
        if (!value) return false;
        component.value = std::move(*value);
        component.extent = range_of(*part.first);
      } else {
        report(body_, diagnostics::bad_subscript, part.span, "only indices and numbers split an axis");
        return false;
      }
      components.push_back(std::move(component));
    }
    return true;
  }

  /// The extent of an expression that is exactly an index.
  std::optional<dim::Dim> range_of(const syntax::Expression& expression) const {
    const auto* name = syntax::if_is<syntax::NameExpression>(expression);
    if (name == nullptr) return std::nullopt;
    const Entity* entity = body_.scope.find(name->name.text);
    if (entity == nullptr || entity->kind != Entity::Kind::index) return std::nullopt;
    return body_.indices[entity->index].extent;
  }

  bool take_split(const syntax::SubscriptItem& item, const Axis& axis) {
    std::vector<Component> components;
    if (!take_components(item, components)) return false;
    dim::Dim product = 1;
    Component* open = nullptr;
    for (Component& component : components) {
      if (component.extent) {
        product = product * *component.extent;
      } else if (open != nullptr) {
        if (body_.is_muted) return true;
        report(body_, diagnostics::split_axis, item.span, "two parts of this axis have no known extent")
            .help = "state all but one: `(h: Heads, d)`";
        return false;
      } else {
        open = &component;
      }
    }
    if (open != nullptr) open->extent = dim::simplify(body_.facts, axis.extent / product);
    if (open != nullptr) product = product * *open->extent;
    dim::Verdict verdict;
    if (prove(body_, dim::Condition::equal(product, axis.extent), verdict) != Proof::proved) {
      Diagnostic& diagnostic =
          report(body_, diagnostics::split_axis, item.span,
                 fmt::format("the parts do not make the axis of {} elements", to_string(axis.extent)));
      diagnostic.label = product.constant() && axis.extent.constant()
                             ? fmt::format("the parts make {}", to_string(product))
                             : counterexample_text(verdict);
      if (!verdict.missing.empty()) fix_by_where(body_, diagnostic, diagnostic.span, verdict.missing);
      return false;
    }
    bool needs_check = false;
    TypedExprPtr at;
    dim::Dim place = 0;
    for (Component& component : components) {
      if (!component.value.integer) component.value.integer = new_runtime(body_, "value");
      if (!prove_point(*component.value.integer, *component.extent, component.span, needs_check))
        return false;
      place = place * *component.extent + *component.value.integer;
      TypedExprPtr part = as_index(body_, component.value);
      at = at ? apply(item.span, ScalarFunction::add,
                      apply(item.span, ScalarFunction::multiply, std::move(at),
                            dim_value(item.span, *component.extent)),
                      std::move(part))
              : std::move(part);
    }
    take_point(place);
    add_point(std::move(at), item.span, needs_check);
    return true;
  }

  Body& body_;
  const std::string& tensor_;
  bool is_guarded_;
  CheckedSubscripts result_;
  std::vector<OpenAxis> open_;  // one for each axis that is done
};

}  // namespace

std::optional<CheckedSubscripts> check_subscripts(Body& body, const Shape& shape,
                                                  const std::vector<syntax::SubscriptItem>& items,
                                                  Span brackets, const std::string& tensor, bool is_guarded) {
  return SubscriptChecker(body, tensor, is_guarded).check(shape, items, brackets);
}

void report_outside(Body& body, const dim::Dim& at, const dim::Dim& extent, Span span,
                    const dim::Verdict& verdict, const std::string& tensor) {
  Diagnostic& diagnostic =
      report(body, diagnostics::out_of_bounds, span,
             fmt::format("the subscript `{}` may be outside of 0..{}", to_string(at), to_string(extent)));
  diagnostic.label = counterexample_text(verdict);
  if (!tensor.empty())
    diagnostic.notes.push_back(fmt::format("the axis of `{}` has {} elements", tensor, to_string(extent)));
  if (at.constant() && *at.constant() < 0) {
    const std::string last = to_string(extent - dim::Dim(-*at.constant()));
    diagnostic.fix(span, last, fmt::format("there is no counting from the end: write `{}`", last));
    return;
  }
  if (!verdict.missing.empty()) {
    fix_by_where(body, diagnostic, span, verdict.missing, false);
  } else {
    diagnostic.help = "make the range smaller, read a default outside, or add an `assert`";
  }
  fix_by_default(body, diagnostic, span);
}

}  // namespace kiln::sema
