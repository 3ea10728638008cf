#include <fmt/format.h>

#include "query/describe.h"
#include "query/rename.h"
#include "requests.h"
#include "uri.h"

namespace kiln::lsp {

namespace {

using query::Occurrence;

std::string markdown_of(const query::Hover& hover) {
  std::string text = fmt::format("```kiln\n{}\n```", hover.code);
  if (!hover.doc.empty()) text += "\n\n" + hover.doc;
  for (const std::string& note : hover.notes) text += "\n\n*" + note + "*";
  return text;
}

/// The symbol that is named at a place.
std::optional<query::SymbolId> named_at(const Place& place) {
  const Occurrence* occurrence = place.analysis->occurrence_at(place.offset);
  if (occurrence == nullptr) return std::nullopt;
  return occurrence->symbol;
}

}  // namespace

Reply hover(Server& server, const Json& parameters) {
  const auto place = server.place(parameters);
  if (!place) return {};
  const auto found = query::hover_at(*place->analysis, place->offset);
  if (!found) return {};
  return Json{{"contents", {{"kind", "markdown"}, {"value", markdown_of(*found)}}},
              {"range", server.positions(*place->analysis, place->analysis->root).range(found->span)}};
}

Reply definition(Server& server, const Json& parameters) {
  const auto place = server.place(parameters);
  const auto symbol = place ? named_at(*place) : std::nullopt;
  if (!symbol) return {};
  const Span span = place->analysis->symbol(*symbol).span;
  if (!span.known()) return {};
  return server.location(*place->analysis, span);
}

Reply references(Server& server, const Json& parameters) {
  const auto place = server.place(parameters);
  const auto symbol = place ? named_at(*place) : std::nullopt;
  if (!symbol) return {};
  const bool with_declaration = find_bool(parameters, {"context", "includeDeclaration"});
  const query::SymbolKey key = query::key_of(*place->analysis, *symbol);
  std::vector<std::string> files{place->path};
  if (!query::row_of(place->analysis->symbol(*symbol).kind).is_local) files = server.workspace().files();
  Json list = Json::array();
  for (const std::string& path : files) {
    if (server.is_cancelled()) return Reply::failed(ErrorCode::request_cancelled, "cancelled");
    const auto analysis = server.workspace().analysis(path);
    if (analysis == nullptr) continue;
    const Positions positions = server.positions(*analysis, analysis->root);
    for (const Occurrence& occurrence : query::occurrences_of(*analysis, key)) {
      if (occurrence.is_declaration && !with_declaration) continue;
      list.push_back({{"uri", uri_of(path)}, {"range", positions.range(occurrence.span)}});
    }
  }
  return list;
}

Reply highlights(Server& server, const Json& parameters) {
  const auto place = server.place(parameters);
  const auto symbol = place ? named_at(*place) : std::nullopt;
  if (!symbol) return {};
  const Positions positions = server.positions(*place->analysis, place->analysis->root);
  Json list = Json::array();
  for (const Occurrence& occurrence : place->analysis->occurrences) {
    if (occurrence.symbol != *symbol) continue;
    const bool writes = occurrence.is_write || occurrence.is_declaration;
    list.push_back({{"range", positions.range(occurrence.span)}, {"kind", writes ? 3 : 2}});
  }
  return list;
}

}  // namespace kiln::lsp
