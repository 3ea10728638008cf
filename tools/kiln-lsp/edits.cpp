#include "edits.h"

#include "uri.h"

namespace kiln::lsp {

Json workspace_edit(Server& server, const FileEdits& edits) {
  Json changes = Json::object(), documents = Json::array();
  for (const auto& [path, list] : edits) {
    const Document* document = server.workspace().document(path);
    const std::string uri = document != nullptr ? document->uri : uri_of(path);
    changes[uri] = list;
    const Json version = document != nullptr ? Json(document->version) : Json();
    documents.push_back({{"textDocument", {{"uri", uri}, {"version", version}}}, {"edits", list}});
  }
  if (server.settings().has_versioned_edits) return {{"documentChanges", std::move(documents)}};
  return {{"changes", std::move(changes)}};
}

}  // namespace kiln::lsp
