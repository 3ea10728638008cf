#include "query/outline.h"

#include <algorithm>
#include <cctype>

#include "requests.h"
#include "symbol_kinds.h"
#include "uri.h"

namespace kiln::lsp {

namespace {

constexpr int test_symbol = 24;  // an event: tests have no kind of their own

int symbol_kind(const query::OutlineItem& item) {
  return item.is_test ? test_symbol : names_of(item.kind).symbol;
}

Json converted(const Positions& positions, const query::OutlineItem& item) {
  Json json = {{"name", item.name.empty() ? "test" : item.name},
               {"detail", item.detail},
               {"kind", symbol_kind(item)},
               {"range", positions.range(cover(item.whole, item.name_span))},
               {"selectionRange", positions.range(item.name_span)}};
  json["children"] = Json::array();
  for (const query::OutlineItem& child : item.children)
    json["children"].push_back(converted(positions, child));
  return json;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Whether the letters of the query occur in the name, in order.
bool matches(const std::string& query, const std::string& name) {
  size_t at = 0;
  for (const char c : lower(name)) {
    if (at < query.size() && c == query[at]) ++at;
  }
  return at == query.size();
}

}  // namespace

Reply document_symbols(Server& server, const Json& parameters) {
  const auto analysis = server.file(parameters);
  if (analysis == nullptr) return {};
  const Positions positions = server.positions(*analysis, analysis->root);
  Json list = Json::array();
  for (const query::OutlineItem& item : query::outline_of(*analysis))
    list.push_back(converted(positions, item));
  return list;
}

Reply workspace_symbols(Server& server, const Json& parameters) {
  const std::string wanted = lower(find_text(parameters, {"query"}).value_or(""));
  Json list = Json::array();
  for (const std::string& path : server.workspace().files()) {
    if (server.is_cancelled()) return Reply::failed(ErrorCode::request_cancelled, "cancelled");
    const auto analysis = server.workspace().analysis(path);
    if (analysis == nullptr) continue;
    const Positions positions = server.positions(*analysis, analysis->root);
    const auto add = [&](const query::OutlineItem& item, const std::string& container) {
      if (!matches(wanted, item.name)) return;
      list.push_back({{"name", item.name},
                      {"kind", symbol_kind(item)},
                      {"containerName", container},
                      {"location", {{"uri", uri_of(path)}, {"range", positions.range(item.name_span)}}}});
    };
    for (const query::OutlineItem& item : query::outline_of(*analysis)) {
      add(item, analysis->module().name);
      for (const query::OutlineItem& child : item.children) add(child, item.name);
    }
  }
  return list;
}

Reply folding_ranges(Server& server, const Json& parameters) {
  const auto analysis = server.file(parameters);
  if (analysis == nullptr) return {};
  const Positions positions = server.positions(*analysis, analysis->root);
  Json list = Json::array();
  for (const query::Fold& fold : query::folds_of(*analysis)) {
    const int64_t first = find_number(positions.position(fold.begin), {"line"}).value_or(0);
    int64_t last = find_number(positions.position(fold.end), {"line"}).value_or(0);
    if (fold.kind == query::Fold::Kind::code) --last;  // the closing bracket stays in sight
    if (last <= first) continue;
    Json json = {{"startLine", first}, {"endLine", last}};
    if (fold.kind == query::Fold::Kind::comment) json["kind"] = "comment";
    if (fold.kind == query::Fold::Kind::imports) json["kind"] = "imports";
    list.push_back(std::move(json));
  }
  return list;
}

Reply selection_ranges(Server& server, const Json& parameters) {
  const auto analysis = server.file(parameters);
  const Json* wanted = find(parameters, {"positions"});
  if (analysis == nullptr || wanted == nullptr || !wanted->is_array()) return {};
  const Positions positions = server.positions(*analysis, analysis->root);
  Json list = Json::array();
  for (const Json& position : *wanted) {
    const uint32_t offset = positions.offset(position);
    std::vector<Span> spans = query::selections_at(*analysis, offset);
    if (spans.empty()) spans.push_back({analysis->root, offset, offset});
    Json outer;
    for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
      Json inner = {{"range", positions.range(*span)}};
      if (!outer.is_null()) inner["parent"] = std::move(outer);
      outer = std::move(inner);
    }
    list.push_back(std::move(outer));
  }
  return list;
}

}  // namespace kiln::lsp
