#include <algorithm>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/enclosing.h"
#include "sema/indices.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/range_advice.h"
#include "sema/range_sites.h"
#include "sema/report.h"

namespace kiln::sema {

namespace {

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
    advise_on_ranges(body, *first, site, sites, diagnostic);
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

/// An index with a range of data that stands alone on no axis runs from 0 to its end; what is before its
/// begin is left out by a condition. Lengths are at least 0, which is checked; what is made of them may be
/// less, then there is no point.
void take_stated_range(Body& body, Index& index) {
  const dim::Dim end = *index.stated_end;
  const bool is_length =
      end.bare_symbol().has_value() || dim::proves(body.facts, dim::Condition::less_equal(0, end));
  index.low = dim::Dim(0);
  index.extent = is_length ? end : max(end, dim::Dim(0));
  index.has_range = true;
}

/// Whether a range stands behind the name of the index.
bool states_range(const Body& body, const Index& index) {
  const std::string& text = body.session.files[index.span.file].text();
  const size_t next = text.find_first_not_of(' ', index.span.end);
  return next != std::string::npos && text[next] == ':';
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
  for (const IndexId id : open) {
    Index& index = body.indices[id];
    if (!index.has_range && index.stated_end) take_stated_range(body, index);
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
      const bool is_stated = states_range(body, index);
      Diagnostic& diagnostic = report(
          body, diagnostics::range_unknown, index.span,
          is_stated
              ? fmt::format("the range of `{}` is data, and nothing says what it is at most", index.name)
              : fmt::format("nothing gives the range of the index `{}`", index.name));
      diagnostic.help =
          is_stated
              ? fmt::format(
                    "an index with such a range also stands alone in brackets, or runs from 0 (or what is "
                    "surely not less, `where n >= 0`) to a length that is an argument; else write dims "
                    "and a condition, `{0}: N where {0} < n`, or a loop",
                    index.name)
              : fmt::format(
                    "an index ranges over the axes where it stands alone in brackets; else state it: "
                    "`{}: N`",
                    index.name);
      good = false;
    } else if (!check_equal(body, id, found)) {
      good = false;
    }
  }
  return good && come_in_order(body, indices);
}

}  // namespace kiln::sema
