#include <algorithm>

#include "diagnostics.h"
#include "edits.h"
#include "requests.h"
#include "source/fix.h"

namespace kiln::lsp {

namespace {

bool wants(const Json& parameters, std::string_view kind) {
  const Json* only = find(parameters, {"context", "only"});
  if (only == nullptr || !only->is_array()) return true;
  return std::any_of(only->begin(), only->end(), [&](const Json& wanted) {
    if (!wanted.is_string()) return false;
    const auto text = wanted.get<std::string>();
    return kind == text ||
           (kind.size() > text.size() && kind.substr(0, text.size()) == text && kind[text.size()] == '.');
  });
}

/// The edits of a fix; nothing if they touch the library.
std::optional<FileEdits> edits_of(Server& server, const query::Analysis& analysis, const Fix& fix) {
  const auto ordered = in_order(fix.edits, analysis.files);
  if (!ordered) return std::nullopt;
  FileEdits edits;
  for (const Edit& edit : *ordered) {
    const std::string path = query::canonical_path(analysis.files[edit.span.file].path());
    if (server.workspace().is_in_library(path)) return std::nullopt;
    edits[path].push_back(
        {{"range", server.positions(analysis, edit.span.file).range(edit.span)}, {"newText", edit.text}});
  }
  return edits;
}

/// All that is certain and lies apart, as one change.
std::optional<Json> fix_all(Server& server, const query::Analysis& analysis,
                            const std::vector<Diagnostic>& said) {
  std::vector<Edit> all;
  for (const Diagnostic& diagnostic : said) {
    if (diagnostic.fixes.empty() || !diagnostic.fixes.front().is_certain) continue;
    std::vector<Edit> with = all;
    with.insert(with.end(), diagnostic.fixes.front().edits.begin(), diagnostic.fixes.front().edits.end());
    if (in_order(with, analysis.files)) all = std::move(with);
  }
  if (all.empty()) return std::nullopt;
  const auto edits = edits_of(server, analysis, Fix{"", std::move(all), true});
  if (!edits) return std::nullopt;
  return Json{{"title", "apply all certain fixes"},
              {"kind", "source.fixAll"},
              {"edit", workspace_edit(server, *edits)}};
}

}  // namespace

Reply code_actions(Server& server, const Json& parameters) {
  const auto analysis = server.file(parameters);
  const Json* start = find(parameters, {"range", "start"});
  const Json* end = find(parameters, {"range", "end"});
  if (analysis == nullptr || start == nullptr || end == nullptr) return {};
  const Positions positions = server.positions(*analysis, analysis->root);
  const uint32_t begin = positions.offset(*start), last = positions.offset(*end);
  Json actions = Json::array();
  std::vector<Diagnostic> said(analysis->diagnostics.all().begin(), analysis->diagnostics.all().end());
  const Diagnostics warnings = warnings_of(*analysis);
  said.insert(said.end(), warnings.all().begin(), warnings.all().end());
  for (const Diagnostic& diagnostic : said) {
    const bool is_here = diagnostic.span.file == analysis->root && diagnostic.span.begin <= last &&
                         begin <= diagnostic.span.end;
    if (!is_here || !wants(parameters, "quickfix")) continue;
    for (const Fix& fix : diagnostic.fixes) {
      const auto edits = edits_of(server, *analysis, fix);
      if (!edits) continue;
      Json action = {{"title", title_of(fix, diagnostic, analysis->files)},
                     {"kind", "quickfix"},
                     {"isPreferred", fix.is_certain && &fix == &diagnostic.fixes.front()},
                     {"edit", workspace_edit(server, *edits)}};
      // The client's own diagnostics that this mends, by their code and place.
      const Json* known = find(parameters, {"context", "diagnostics"});
      Json mended = Json::array();
      if (known != nullptr && known->is_array()) {
        for (const Json& other : *known) {
          const bool is_same = find_text(other, {"code"}) == diagnostic.kind->code &&
                               find(other, {"range"}) != nullptr &&
                               *find(other, {"range"}) == positions.range(diagnostic.span);
          if (is_same) mended.push_back(other);
        }
      }
      if (!mended.empty()) action["diagnostics"] = std::move(mended);
      actions.push_back(std::move(action));
    }
  }
  if (wants(parameters, "source.fixAll")) {
    if (auto all = fix_all(server, *analysis, said)) actions.push_back(std::move(*all));
  }
  return actions;
}

}  // namespace kiln::lsp
