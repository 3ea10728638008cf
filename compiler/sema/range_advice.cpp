#include "sema/range_advice.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "sema/proofs.h"
#include "sema/ragged_advice.h"

namespace kiln::sema {

namespace {

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

}  // namespace

void advise_on_ranges(Body& body, const BareSite& first, const BareSite& site,
                      const std::vector<BareSite>& sites, Diagnostic& diagnostic) {
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
  if (!a_is_less && !dim::proves(body.facts, dim::Condition::less_equal(b, a))) {
    diagnostic.help = advice_on_lengths(a, b, body.indices[site.index].name);
    return;
  }
  diagnostic.help =
      fmt::format("if `{0}` is to run over a part, state its range where it is bound: `{0}: {1}`",
                  body.indices[site.index].name, to_string(a_is_less ? a : b));
}

}  // namespace kiln::sema
