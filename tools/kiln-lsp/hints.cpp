#include <array>
#include <cstring>

#include "query/describe.h"
#include "query/words.h"
#include "requests.h"
#include "symbol_kinds.h"

namespace kiln::lsp {

namespace {

constexpr std::array token_types = {"namespace", "type",     "class",    "typeParameter",
                                    "parameter", "variable", "property", "function",
                                    "method",    "index",    "static"};
constexpr std::array token_modifiers = {"declaration", "modification", "defaultLibrary", "documentation"};
enum : int { declaration = 1, modification = 2, default_library = 4 };

int number_of(const char* type) {
  for (size_t i = 0; i < token_types.size(); ++i) {
    if (std::strcmp(token_types[i], type) == 0) return static_cast<int>(i);
  }
  return 0;
}

/// The part of a file that the parameters ask for; all of it if they do not say.
std::pair<uint32_t, uint32_t> wanted_part(const Positions& positions, const query::Analysis& analysis,
                                          const Json& parameters) {
  const Json* start = find(parameters, {"range", "start"});
  const Json* end = find(parameters, {"range", "end"});
  if (start == nullptr || end == nullptr) return {0, static_cast<uint32_t>(analysis.text().size())};
  return {positions.offset(*start), positions.offset(*end)};
}

}  // namespace

Reply inlay_hints(Server& server, const Json& parameters) {
  const auto analysis = server.file(parameters);
  if (analysis == nullptr) return {};
  const Positions positions = server.positions(*analysis, analysis->root);
  const auto [begin, end] = wanted_part(positions, *analysis, parameters);
  const Settings& settings = server.settings();
  Json list = Json::array();
  for (const query::Hint& hint : query::hints_of(*analysis, begin, end)) {
    if (hint.is_range ? !settings.shows_ranges : !settings.shows_types) continue;
    list.push_back({{"position", positions.position(hint.at)},
                    {"label", hint.text},
                    {"kind", 1},
                    {"paddingLeft", false}});
  }
  return list;
}

Json semantic_legend() { return {{"tokenTypes", token_types}, {"tokenModifiers", token_modifiers}}; }

Reply semantic_tokens(Server& server, const Json& parameters) {
  return semantic_tokens_in_range(server, parameters);
}

Reply semantic_tokens_in_range(Server& server, const Json& parameters) {
  const auto analysis = server.file(parameters);
  if (analysis == nullptr) return {};
  const Positions positions = server.positions(*analysis, analysis->root);
  const auto [begin, end] = wanted_part(positions, *analysis, parameters);
  Json data = Json::array();
  int64_t line = 0, character = 0;
  for (const query::Occurrence& occurrence : analysis->occurrences) {
    if (occurrence.span.end < begin || occurrence.span.begin > end) continue;
    const query::Symbol& symbol = analysis->symbol(occurrence.symbol);
    const bool is_builtin = symbol.kind == query::SymbolKind::builtin;
    const char* type = is_builtin && query::is_type_name(symbol.name) ? "type" : names_of(symbol.kind).token;
    const Json range = positions.range(occurrence.span);
    const int64_t at = find_number(range, {"start", "line"}).value_or(0);
    const int64_t from = find_number(range, {"start", "character"}).value_or(0);
    const int64_t to = find_number(range, {"end", "character"}).value_or(0);
    if (find_number(range, {"end", "line"}) != at || to <= from) continue;  // a name is on one line
    const int modifiers = (occurrence.is_declaration ? declaration : 0) |
                          (occurrence.is_write ? modification : 0) | (is_builtin ? default_library : 0);
    for (const int64_t number : {at - line, at == line ? from - character : from, to - from,
                                 static_cast<int64_t>(number_of(type)), static_cast<int64_t>(modifiers)})
      data.push_back(number);
    line = at;
    character = from;
  }
  return Json{{"data", std::move(data)}};
}

}  // namespace kiln::lsp
