#include <fmt/format.h>

#include "query/complete.h"
#include "requests.h"
#include "symbol_kinds.h"

namespace kiln::lsp {

Reply completion(Server& server, const Json& parameters) {
  const auto place = server.place(parameters);
  if (!place) return {};
  const auto former = server.workspace().last_good(place->path);
  const query::Completion found =
      query::complete(*place->analysis, place->offset, server.workspace().settings(), former.get());
  const Json range = server.positions(*place->analysis, place->analysis->root).range(found.replaced);
  Json items = Json::array();
  for (const query::Candidate& candidate : found.candidates) {
    Json item = {{"label", candidate.name},
                 {"kind", completion_kind(candidate.kind)},
                 {"sortText", fmt::format("{}{}", candidate.rank, candidate.name)},
                 {"textEdit", {{"range", range}, {"newText", candidate.insert}}}};
    if (!candidate.detail.empty()) item["detail"] = candidate.detail;
    if (!candidate.doc.empty()) item["data"] = {{"doc", candidate.doc}};
    items.push_back(std::move(item));
  }
  return Json{{"isIncomplete", false}, {"items", std::move(items)}};
}

/// The documentation is sent for the one that is looked at.
Reply resolve_completion(Server&, const Json& parameters) {
  Json item = parameters;
  if (!item.is_object()) return Reply::failed(ErrorCode::invalid_params, "this is no completion");
  if (const auto doc = find_text(item, {"data", "doc"}))
    item["documentation"] = {{"kind", "markdown"}, {"value", *doc}};
  return item;
}

Reply signature_help(Server& server, const Json& parameters) {
  const auto place = server.place(parameters);
  if (!place) return {};
  const auto found = query::signature_at(*place->analysis, place->offset);
  if (!found) return {};
  const Positions label(found->label, server.settings().encoding);
  const auto character = [&](uint32_t offset) {
    return find_number(label.position(offset), {"character"}).value_or(0);
  };
  Json list = Json::array();
  for (size_t i = 0; i < found->parameters.size(); ++i) {
    const auto [begin, end] = found->parameters[i];
    Json parameter = {{"label", {character(begin), character(end)}}};
    if (!found->parameter_docs[i].empty())
      parameter["documentation"] = {{"kind", "markdown"}, {"value", found->parameter_docs[i]}};
    list.push_back(std::move(parameter));
  }
  Json signature = {{"label", found->label}, {"parameters", std::move(list)}};
  if (!found->doc.empty()) signature["documentation"] = {{"kind", "markdown"}, {"value", found->doc}};
  Json result = {{"signatures", Json::array({signature})}, {"activeSignature", 0}};
  // A place behind the last parameter is none of them: protocols before 3.18 say so by a number that is too
  // large.
  result["activeParameter"] = found->active.value_or(found->parameters.size());
  return result;
}

}  // namespace kiln::lsp
