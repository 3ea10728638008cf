#include "query/rename.h"

#include <fmt/format.h>

#include "edits.h"
#include "requests.h"
#include "uri.h"

namespace kiln::lsp {

namespace {

using query::Occurrence;

Reply refused(std::string why) { return Reply::failed(ErrorCode::request_failed, std::move(why)); }

/// What is to be renamed; an answer that refuses if it cannot be.
struct Target {
  const Occurrence* occurrence = nullptr;
  std::string why_not;
};

Target target_at(Server& server, const Place& place) {
  const Occurrence* occurrence = place.analysis->occurrence_at(place.offset);
  if (occurrence == nullptr) return {nullptr, "there is no name here"};
  const query::Symbol& symbol = place.analysis->symbol(occurrence->symbol);
  std::string why = query::why_not_renamed(symbol);
  if (why.empty() &&
      server.workspace().is_in_library(query::key_of(*place.analysis, occurrence->symbol).path))
    why = fmt::format("`{}` belongs to the library", symbol.name);
  if (!why.empty()) return {nullptr, why};
  // An import under another name speaks of its file: what is written there is not the name that is declared.
  if (place.analysis->files.text_of(occurrence->span) != symbol.name)
    return {nullptr, "there is no name here"};
  return {occurrence, ""};
}

}  // namespace

Reply prepare_rename(Server& server, const Json& parameters) {
  const auto place = server.place(parameters);
  if (!place) return {};
  const Target target = target_at(server, *place);
  if (target.occurrence == nullptr) return refused(target.why_not);
  return Json{
      {"range", server.positions(*place->analysis, place->analysis->root).range(target.occurrence->span)},
      {"placeholder", place->analysis->symbol(target.occurrence->symbol).name}};
}

/// The names are changed in texts of our own first: only if every name of every file still stands for what it
/// stood for is that told.
Reply rename(Server& server, const Json& parameters) {
  const auto place = server.place(parameters);
  const auto new_name = find_text(parameters, {"newName"});
  if (!place || !new_name)
    return Reply::failed(ErrorCode::invalid_params, "a file, a position and a name are needed");
  const Target target = target_at(server, *place);
  if (target.occurrence == nullptr) return refused(target.why_not);
  if (const std::string why = query::why_no_name(*new_name); !why.empty()) return refused(why);
  const query::SymbolId symbol = target.occurrence->symbol;
  const query::SymbolKey key = query::key_of(*place->analysis, symbol);
  std::vector<std::string> files{place->path};
  if (!query::row_of(place->analysis->symbol(symbol).kind).is_local) files = server.workspace().files();

  std::map<std::string, std::vector<Occurrence>> places;
  std::map<std::string, std::string> texts;
  std::vector<std::shared_ptr<const query::Analysis>> before;
  for (const std::string& path : files) {
    if (server.is_cancelled()) return Reply::failed(ErrorCode::request_cancelled, "cancelled");
    const auto analysis = server.workspace().analysis(path);
    if (analysis == nullptr) continue;
    std::vector<Occurrence> found = query::occurrences_of(*analysis, key);
    if (found.empty()) continue;
    if (!analysis->module().file.is_complete)
      return refused(fmt::format("{} has mistakes of syntax: names in what is broken would be missed", path));
    texts[path] = query::with_new_name(analysis->text(), found, *new_name);
    places[path] = std::move(found);
    before.push_back(analysis);
  }
  for (const auto& analysis : before) {
    const auto after = server.workspace().analysis_with(analysis->path(), texts);
    if (after == nullptr || !query::has_same_meaning(*analysis, *after, places, *new_name))
      return refused(fmt::format("`{}` would mean something else: the name is in use in {}", *new_name,
                                 analysis->path()));
  }
  FileEdits edits;
  for (const auto& analysis : before) {
    const Positions positions = server.positions(*analysis, analysis->root);
    for (const Occurrence& occurrence : places[analysis->path()])
      edits[analysis->path()].push_back(
          {{"range", positions.range(occurrence.span)}, {"newText", *new_name}});
  }
  return workspace_edit(server, edits);
}

}  // namespace kiln::lsp
