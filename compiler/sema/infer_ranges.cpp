#include <algorithm>
#include <memory>
#include <numeric>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/enclosing.h"
#include "sema/evaluate.h"
#include "sema/indices.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/report.h"
#include "sema/subscripts.h"

namespace kiln::sema {

namespace {

/// Brackets with nothing but names in them, for advice on their order.
struct Brackets {
  const syntax::Subscript* subscript = nullptr;
  Type type;  // of what they stand behind
  std::vector<IndexId> indices;
};

/// Where an index stands bare on an axis: it ranges over the axis.
struct BareSite {
  IndexId index;
  Shape axes;  // one, or those of a pack
  Span span;
  std::shared_ptr<const Brackets> brackets;  // null: a part of a split, or not all of it are bare indices
};

struct Component {
  std::optional<IndexId> index;
  std::optional<dim::Dim> extent;
  Span span;
  bool gives_range = false;  // the extent was stated here, or follows from the other components
};

/// An axis that a subscript splits, `x[b, (n: Heads, d)]`.
struct SplitSite {
  dim::Dim axis;
  std::vector<Component> components;
};

/// Walks the bodies under the names that hold there and collects the sites of the wanted indices. Types of
/// bases are found by checking them muted.
class SiteFinder {
 public:
  SiteFinder(Body& body, const std::vector<IndexId>& wanted) : body_(body), wanted_(wanted) {}

  std::vector<BareSite> bare;
  std::vector<SplitSite> splits;
  bool met_mistake = false;  // a base has a mistake of its own: what is missing may stem from it

  void visit(const syntax::Expression& expression);

 private:
  void visit_all(const std::vector<syntax::ExpressionPtr>& expressions) {
    for (const auto& expression : expressions) visit(*expression);
  }
  void visit_optional(const syntax::ExpressionPtr& expression) {
    if (expression) visit(*expression);
  }
  void visit_binders(const syntax::Binders& binders, const syntax::Expression& body) {
    BlockScope scope(body_);
    for (const syntax::Binder& binder : binders.list) visit_binder(binder);
    IndexSet ignored;
    declare_binders(body_, binders.list, true);
    visit_optional(binders.where);
    visit(body);
  }
  void visit_binder(const syntax::Binder& binder) {
    visit_optional(binder.low);
    visit_optional(binder.high);
    for (const syntax::Binder& part : binder.parts) visit_binder(part);
  }
  void visit_block(const syntax::Block& block) {
    BlockScope scope(body_);
    for (const syntax::StatementPtr& statement : block.statements) visit_statement(*statement);
    visit_optional(block.result);
  }
  void visit_statement(const syntax::Statement& statement);
  void visit_item(const syntax::SubscriptItem& item);
  void visit_subscript(const syntax::Subscript& subscript);
  void take_sites(const syntax::Subscript& subscript, const Type& base);
  void take_item(const std::shared_ptr<const Brackets>& brackets, const syntax::SubscriptItem& item,
                 const Axis& axis);
  std::shared_ptr<const Brackets> brackets_of(const syntax::Subscript& subscript, const Type& base) const;
  std::optional<Type> type_of_base(const syntax::Expression& base);
  std::optional<IndexId> wanted_index(const syntax::Expression& expression) const;
  void take_components(const syntax::SubscriptItem& item, SplitSite& split);
  OpenAxis point_of(const syntax::SubscriptItem& item);
  OpenAxis point_of_pack(const syntax::SubscriptItem& item, size_t member) const;

  Body& body_;
  const std::vector<IndexId>& wanted_;
};

std::optional<IndexId> SiteFinder::wanted_index(const syntax::Expression& expression) const {
  const auto* name = syntax::if_is<syntax::NameExpression>(expression);
  if (name == nullptr) return std::nullopt;
  const Entity* entity = body_.scope.find(name->name.text);
  if (entity == nullptr || entity->kind != Entity::Kind::index) return std::nullopt;
  return entity->index;
}

std::optional<Type> SiteFinder::type_of_base(const syntax::Expression& base) {
  if (const auto* name = syntax::if_is<syntax::NameExpression>(base)) {
    const Entity* entity = body_.scope.find(name->name.text);
    if (entity != nullptr && entity->kind == Entity::Kind::variable) {
      met_mistake = met_mistake || entity->type.failed();
      if (entity->type.is_tensor() || !entity->type.axes.empty()) return entity->type;
      return std::nullopt;
    }
  }
  const Value value = check_expression(body_, base);
  met_mistake = met_mistake || value.failed();
  if (value.failed() || value.type.subscripted().empty()) return std::nullopt;
  return value.type;
}

std::shared_ptr<const Brackets> SiteFinder::brackets_of(const syntax::Subscript& subscript,
                                                        const Type& base) const {
  auto brackets = std::make_shared<Brackets>(Brackets{&subscript, base, {}});
  for (const syntax::SubscriptItem& item : subscript.items) {
    if (item.kind != syntax::SubscriptKind::point) return nullptr;
    const auto index = wanted_index(*item.first);
    if (!index) return nullptr;
    brackets->indices.push_back(*index);
  }
  return brackets->indices.size() == base.subscripted().size() ? brackets : nullptr;
}

void SiteFinder::take_components(const syntax::SubscriptItem& item, SplitSite& split) {
  for (const syntax::SubscriptItem& part : item.parts) {
    Component component{std::nullopt, std::nullopt, part.span, false};
    if (part.kind == syntax::SubscriptKind::joined) {
      take_components(part, split);
      continue;
    }
    if (part.kind == syntax::SubscriptKind::binder) {
      if (const Entity* entity = body_.scope.find(part.name.text);
          entity != nullptr && entity->kind == Entity::Kind::index) {
        component.index = entity->index;
      }
      const auto high = part.last ? evaluate_dim(body_, *part.last) : std::nullopt;
      const auto low = part.first ? evaluate_dim(body_, *part.first) : dim::Dim(0);
      if (high && low) component.extent = *high - *low;
      component.gives_range = component.extent.has_value();
    } else if (part.kind == syntax::SubscriptKind::point) {
      component.index = wanted_index(*part.first);
      if (component.index && body_.indices[*component.index].has_range) {
        component.extent = body_.indices[*component.index].extent;
      }
    }
    split.components.push_back(std::move(component));
  }
}

void SiteFinder::take_item(const std::shared_ptr<const Brackets>& brackets, const syntax::SubscriptItem& item,
                           const Axis& axis) {
  if (axis.is_pack()) return;
  if (item.kind == syntax::SubscriptKind::point) {
    const auto index = wanted_index(*item.first);
    if (index && std::find(wanted_.begin(), wanted_.end(), *index) != wanted_.end()) {
      bare.push_back({*index, {axis}, item.span, brackets});
    }
  } else if (item.kind == syntax::SubscriptKind::joined) {
    SplitSite split{axis.extent, {}};
    take_components(item, split);
    splits.push_back(std::move(split));
  }
}

/// What the extents of the axes behind may speak of: where this axis is read, if one point is.
OpenAxis SiteFinder::point_of(const syntax::SubscriptItem& item) {
  if (item.kind != syntax::SubscriptKind::point) return {std::nullopt, 0, 0};
  const Value value = check_index_expression(body_, *item.first);
  return {value.integer, 0, 0};
}

OpenAxis SiteFinder::point_of_pack(const syntax::SubscriptItem& item, size_t member) const {
  const Entity* entity = item.name.present() ? body_.scope.find(item.name.text) : nullptr;
  if (entity == nullptr || entity->kind != Entity::Kind::pack_index) return {std::nullopt, 0, 0};
  const std::vector<IndexId>& members = body_.indices[entity->index].members;
  if (member >= members.size()) return {std::nullopt, 0, 0};
  return {dim::Dim::symbol(body_.indices[members[member]].symbol), 0, 0};
}

void SiteFinder::take_sites(const syntax::Subscript& subscript, const Type& base) {
  const Shape& shape = base.subscripted();
  const auto brackets = brackets_of(subscript, base);
  size_t explicit_items = 0, pack_at = subscript.items.size();
  for (size_t i = 0; i < subscript.items.size(); ++i) {
    if (subscript.items[i].kind == syntax::SubscriptKind::pack)
      pack_at = i;
    else
      ++explicit_items;
  }
  if (explicit_items > shape.size()) return;
  const bool is_ragged =
      std::any_of(shape.begin(), shape.end(), [](const Axis& part) { return part.is_ragged; });
  const size_t run = pack_at < subscript.items.size() ? shape.size() - explicit_items : 0;
  size_t axis = 0;
  std::vector<OpenAxis> before;
  for (size_t i = 0; i < subscript.items.size(); ++i) {
    const syntax::SubscriptItem& item = subscript.items[i];
    if (i != pack_at) {
      const Axis resolved = resolved_axis(body_.session, shape[axis++], before, before.size());
      take_item(brackets, item, resolved);
      if (is_ragged) before.push_back(point_of(item));
      continue;
    }
    if (is_ragged) {
      for (size_t k = 0; k < run; ++k) before.push_back(point_of_pack(item, k));
    }
    const Entity* entity = item.name.present() ? body_.scope.find(item.name.text) : nullptr;
    if (entity != nullptr && entity->kind == Entity::Kind::pack_index &&
        std::find(wanted_.begin(), wanted_.end(), entity->index) != wanted_.end()) {
      const auto begin = shape.begin() + static_cast<std::ptrdiff_t>(axis);
      bare.push_back(
          {entity->index, Shape(begin, begin + static_cast<std::ptrdiff_t>(run)), item.span, nullptr});
    }
    axis += run;
  }
}

void SiteFinder::visit_item(const syntax::SubscriptItem& item) {
  visit_optional(item.first);
  visit_optional(item.last);
  for (const syntax::SubscriptItem& part : item.parts) visit_item(part);
}

void SiteFinder::visit_subscript(const syntax::Subscript& subscript) {
  visit(*subscript.base);
  for (const syntax::SubscriptItem& item : subscript.items) visit_item(item);
  visit_optional(subscript.otherwise);
  visit_optional(subscript.where);
  if (subscript.otherwise) return;
  if (const auto base = type_of_base(*subscript.base)) take_sites(subscript, *base);
}

void SiteFinder::visit_statement(const syntax::Statement& statement) {
  if (const auto* bind = syntax::if_is<syntax::Bind>(statement)) {
    if (bind->pattern.has_binders) {
      visit_binders(bind->pattern.binders, *bind->value);
    } else {
      visit(*bind->value);
    }
  } else if (const auto* assign = syntax::if_is<syntax::Assign>(statement)) {
    visit(*assign->value);
  } else if (const auto* assertion = syntax::if_is<syntax::Assertion>(statement)) {
    visit(*assertion->condition);
  }
  TypedBlock dropped;
  check_statement(body_, statement, dropped);
}

void SiteFinder::visit(const syntax::Expression& expression) {
  switch (expression.kind) {
    case syntax::ExpressionKind::tuple:
      for (const auto& field : syntax::as<syntax::Tuple>(expression).fields) visit(*field.value);
      return;
    case syntax::ExpressionKind::vector: return visit_all(syntax::as<syntax::Vector>(expression).elements);
    case syntax::ExpressionKind::unary: return visit(*syntax::as<syntax::Unary>(expression).operand);
    case syntax::ExpressionKind::binary:
      visit(*syntax::as<syntax::Binary>(expression).left);
      return visit(*syntax::as<syntax::Binary>(expression).right);
    case syntax::ExpressionKind::member: return visit(*syntax::as<syntax::Member>(expression).base);
    case syntax::ExpressionKind::subscript: return visit_subscript(syntax::as<syntax::Subscript>(expression));
    case syntax::ExpressionKind::call:
      visit(*syntax::as<syntax::Call>(expression).callee);
      for (const auto& argument : syntax::as<syntax::Call>(expression).arguments) visit(*argument.value);
      return;
    case syntax::ExpressionKind::reduction: {
      const auto& reduction = syntax::as<syntax::Reduction>(expression);
      return visit_binders(reduction.binders, *reduction.body);
    }
    case syntax::ExpressionKind::comprehension: {
      const auto& comprehension = syntax::as<syntax::Comprehension>(expression);
      return visit_binders(comprehension.binders, *comprehension.body);
    }
    case syntax::ExpressionKind::conditional: {
      const auto& conditional = syntax::as<syntax::Conditional>(expression);
      visit(*conditional.condition);
      visit_block(conditional.then_block);
      return visit_block(conditional.else_block);
    }
    case syntax::ExpressionKind::derivative:
      return visit_block(syntax::as<syntax::Derivative>(expression).block);
    case syntax::ExpressionKind::checkpoint:
      return visit_block(syntax::as<syntax::Checkpoint>(expression).block);
    case syntax::ExpressionKind::value_block:
      return visit_block(syntax::as<syntax::ValueBlock>(expression).block);
    default: return;
  }
}

/// Gives each split its one missing extent, and each index what is found; true if something new was found.
bool solve_once(Body& body, SiteFinder& sites, std::vector<BareSite>& found) {
  bool changed = false;
  for (const BareSite& site : sites.bare) {
    Index& index = body.indices[site.index];
    if (index.has_range) continue;
    if (index.is_pack) {
      index.pack = site.axes;
    } else {
      index.low = dim::Dim(0);
      index.extent = site.axes[0].extent;
    }
    index.has_range = changed = true;
  }
  for (SplitSite& split : sites.splits) {
    Component* open = nullptr;
    size_t count = 0;
    dim::Dim product = 1;
    for (Component& component : split.components) {
      if (!component.extent && component.index && body.indices[*component.index].has_range) {
        component.extent = body.indices[*component.index].extent;
        changed = true;
      }
      if (component.extent) {
        product = product * *component.extent;
      } else {
        open = &component;
        ++count;
      }
    }
    if (count == 1) {
      open->extent = dim::simplify(body.facts, split.axis / product);
      open->gives_range = changed = true;
    }
    for (Component& component : split.components) {
      if (!component.gives_range || !component.index) continue;
      component.gives_range = false;
      found.push_back({*component.index, {{*component.extent, {}}}, component.span, nullptr});
      Index& index = body.indices[*component.index];
      if (index.has_range) continue;
      index.low = dim::Dim(0);
      index.extent = *component.extent;
      index.has_range = changed = true;
    }
  }
  return changed;
}

std::string text_of(const BareSite& site) {
  return site.axes.size() == 1 ? to_string(site.axes[0].extent) : to_string(site.axes);
}

/// What an index runs over where it does not stand in these brackets; nothing if only they say it.
std::optional<dim::Dim> extent_elsewhere(const Body& body, IndexId id, const Brackets& brackets,
                                         const std::vector<BareSite>& sites) {
  bool is_here = false;
  for (const BareSite& site : sites) {
    if (site.index != id || site.axes.size() != 1) continue;
    if (site.brackets.get() != &brackets) return site.axes[0].extent;
    is_here = true;
  }
  return is_here || body.indices[id].only_site == brackets.subscript ? std::nullopt : body.indices[id].extent;
}

/// The brackets with their names in another order, if exactly one order suits all other places.
struct Reordered {
  std::string items;  // empty: there is no better order, or several
  Span place;         // what they take the place of
};

Reordered reordered(const Body& body, const BareSite& site, const std::vector<BareSite>& sites) {
  if (!site.brackets || site.brackets->indices.size() > 4) return {};
  const Brackets& brackets = *site.brackets;
  const size_t count = brackets.indices.size();
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::vector<std::vector<size_t>> fitting;
  while (std::next_permutation(order.begin(), order.end())) {
    bool fits = true;
    for (size_t axis = 0; axis < count && fits; ++axis) {
      const auto extent = extent_elsewhere(body, brackets.indices[order[axis]], brackets, sites);
      fits = !extent || same_dim(body, *extent, brackets.type.subscripted()[axis].extent);
    }
    if (fits) fitting.push_back(order);
  }
  if (fitting.size() != 1) return {};
  std::string names;
  for (const size_t at : fitting[0]) {
    names += (names.empty() ? "" : ", ") +
             std::string(body.session.files.text_of(brackets.subscript->items[at].span));
  }
  const auto& items = brackets.subscript->items;
  if (names == body.session.files.text_of(cover(items.front().span, items.back().span))) return {};
  return {names, cover(items.front().span, items.back().span)};
}

/// Whether one of the indices in brackets is not on the left side: then it is summed, and its place in the
/// other factors says which order is meant.
bool is_contracted(const Body& body, const Brackets& brackets) {
  if (body.assignment == nullptr) return false;
  const auto* left = syntax::if_is<syntax::Subscript>(*body.assignment->place);
  if (left == nullptr) return false;
  return std::any_of(brackets.subscript->items.begin(), brackets.subscript->items.end(),
                     [&](const auto& item) {
                       const std::string_view text = body.session.files.text_of(item.span);
                       return std::none_of(left->items.begin(), left->items.end(), [&](const auto& other) {
                         return body.session.files.text_of(other.span).substr(0, text.size()) == text;
                       });
                     });
}

/// Advice on two places that disagree.
void help_with(Body& body, const BareSite& first, const BareSite& site, const std::vector<BareSite>& sites,
               Diagnostic& diagnostic) {
  for (const BareSite* at : {&site, &first}) {
    const Reordered better = reordered(body, *at, sites);
    if (better.items.empty()) continue;
    const std::string_view base = body.session.files.text_of(at->brackets->subscript->base->span);
    const std::string title = fmt::format("`{0}` is {1}; did you mean `{0}[{2}]`?", base,
                                          to_string(at->brackets->type), better.items);
    diagnostic.fixes.push_back({title, {{better.place, better.items}}, is_contracted(body, *at->brackets)});
    return;
  }
  for (const BareSite* at : {&first, &site}) {
    if (at->brackets) {
      diagnostic.notes.push_back(fmt::format("`{}` is {}",
                                             body.session.files.text_of(at->brackets->subscript->base->span),
                                             to_string(at->brackets->type)));
    }
  }
  if (first.axes.size() != 1 || site.axes.size() != 1) return;
  const dim::Dim &a = first.axes[0].extent, &b = site.axes[0].extent;
  const bool a_is_less = dim::proves(body.facts, dim::Condition::less_equal(a, b));
  if (!a_is_less && !dim::proves(body.facts, dim::Condition::less_equal(b, a))) return;
  diagnostic.help =
      fmt::format("if `{0}` is to run over a part, state its range where it is bound: `{0}: {1}`",
                  body.indices[site.index].name, to_string(a_is_less ? a : b));
}

bool check_equal(Body& body, IndexId id, const std::vector<BareSite>& sites) {
  const BareSite* first = nullptr;
  for (const BareSite& site : sites) {
    if (site.index != id) continue;
    if (first == nullptr) {
      first = &site;
      continue;
    }
    if (body.is_trusted || same_shape(first->axes, site.axes, same_dims(body))) continue;
    Diagnostic& diagnostic =
        report(body, diagnostics::ranges_differ, site.span,
               fmt::format("index `{}` ranges over two different sizes", body.indices[id].name));
    diagnostic.label = fmt::format("here `{}` runs over {}", body.indices[id].name, text_of(site));
    diagnostic.labels.push_back(
        {first->span, fmt::format("here `{}` runs over {}", body.indices[id].name, text_of(*first))});
    note_origins(body, diagnostic, first->axes, site.axes);
    help_with(body, *first, site, sites, diagnostic);
    return false;
  }
  return true;
}

/// Says what is wrong in the bodies of indices whose range is not known: they are not checked again.
void report_mistakes(Body& body, const std::vector<const syntax::Expression*>& bodies) {
  if (body.is_muted) return;
  const BlockScope scope(body);
  for (const syntax::Expression* expression : bodies) {
    const bool is_left = body.assignment != nullptr && expression == body.assignment->place.get();
    if (expression != nullptr && !is_left) check_expression(body, *expression);
  }
}

/// The index of an axis whose extent is data comes after those that the extent speaks of.
bool come_in_order(Body& body, const std::vector<IndexId>& indices) {
  if (body.is_muted) return true;
  for (size_t i = 0; i < indices.size(); ++i) {
    const Index& index = body.indices[indices[i]];
    if (index.is_pack || !index.extent || !is_data(*index.extent)) continue;
    const std::set<std::string> symbols = symbols_within(body.session, *index.extent);
    for (size_t later = i; later < indices.size(); ++later) {
      const Index& other = body.indices[indices[later]];
      if (other.is_pack || !symbols.count(other.symbol)) continue;
      Diagnostic& diagnostic = report(body, diagnostics::range_unknown, index.span,
                                      fmt::format("`{}` ranges over {}, so it must come after `{}`",
                                                  index.name, to_string(*index.extent), other.name));
      diagnostic.labels.push_back({other.span, "bound here"});
      diagnostic.help = fmt::format("bind `{}` first", other.name);
      return false;
    }
  }
  return true;
}

}  // namespace

bool infer_ranges(Body& body, const std::vector<IndexId>& indices,
                  const std::vector<const syntax::Expression*>& bodies) {
  std::vector<IndexId> open;
  for (const IndexId id : indices) {
    if (!body.indices[id].has_range) open.push_back(id);
  }
  if (open.empty()) return come_in_order(body, indices);
  SiteFinder sites(body, open);
  {
    const Muted muted(body);
    std::map<const syntax::Binders*, Type> types;
    const bool is_outermost = body.muted_types == nullptr;
    if (is_outermost) body.muted_types = &types;
    for (const syntax::Expression* expression : bodies) {
      if (expression != nullptr) sites.visit(*expression);
    }
    if (is_outermost) body.muted_types = nullptr;
  }
  std::vector<BareSite> found = sites.bare;
  for (int round = 0; round < 8 && solve_once(body, sites, found); ++round) {
  }
  for (const BareSite& site : sites.bare) {
    const auto others = std::count_if(found.begin(), found.end(),
                                      [&](const BareSite& other) { return other.index == site.index; });
    if (others == 1 && site.brackets) body.indices[site.index].only_site = site.brackets->subscript;
  }
  bool good = true;
  const bool all_known =
      std::all_of(open.begin(), open.end(), [&](IndexId id) { return body.indices[id].has_range; });
  if (sites.met_mistake && !all_known) report_mistakes(body, bodies);
  for (const IndexId id : open) {
    const Index& index = body.indices[id];
    if (!index.has_range && sites.met_mistake && (body.is_muted || body.session.diagnostics.has_errors())) {
      good = false;
    } else if (!index.has_range) {
      Diagnostic& diagnostic = report(body, diagnostics::range_unknown, index.span,
                                      fmt::format("nothing gives the range of the index `{}`", index.name));
      diagnostic.help = fmt::format(
          "an index ranges over the axes where it stands alone in brackets; else state it: `{}: N`",
          index.name);
      good = false;
    } else if (!check_equal(body, id, found)) {
      good = false;
    }
  }
  return good && come_in_order(body, indices);
}

}  // namespace kiln::sema
