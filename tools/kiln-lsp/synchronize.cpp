#include "requests.h"
#include "uri.h"

namespace kiln::lsp {

namespace {

/// One change: of a range, or of the whole text.
void apply(std::string& text, const Json& change, Encoding encoding) {
  const auto now = find_text(change, {"text"});
  if (!now) return;
  const Json* start = find(change, {"range", "start"});
  const Json* end = find(change, {"range", "end"});
  if (start == nullptr || end == nullptr) {
    text = *now;
    return;
  }
  const Positions positions(text, encoding);
  const uint32_t first = positions.offset(*start), last = std::max(first, positions.offset(*end));
  text.replace(first, last - first, *now);
}

}  // namespace

void opened(Server& server, const Json& parameters) {
  const auto uri = find_text(parameters, {"textDocument", "uri"});
  auto text = find_text(parameters, {"textDocument", "text"});
  if (!uri || !text) return;
  const int64_t version = find_number(parameters, {"textDocument", "version"}).value_or(0);
  server.workspace().open(path_of(*uri), {*uri, version, std::move(*text)});
  server.diagnose_later();
}

void changed(Server& server, const Json& parameters) {
  const auto uri = find_text(parameters, {"textDocument", "uri"});
  const Json* changes = find(parameters, {"contentChanges"});
  if (!uri || changes == nullptr || !changes->is_array()) return;
  const std::string path = path_of(*uri);
  const Document* document = server.workspace().document(path);
  if (document == nullptr) return;
  std::string text = document->text;
  for (const Json& change : *changes) apply(text, change, server.settings().encoding);
  const int64_t version =
      find_number(parameters, {"textDocument", "version"}).value_or(document->version + 1);
  server.workspace().change(path, version, std::move(text));
  server.diagnose_later();
}

void saved(Server& server, const Json&) { server.diagnose_later(); }

void closed(Server& server, const Json& parameters) {
  if (const auto uri = find_text(parameters, {"textDocument", "uri"}))
    server.workspace().close(path_of(*uri));
  server.diagnose_later();
}

/// The stamps of the files tell which analyses are old.
void changed_files(Server& server, const Json&) {
  server.workspace().touch();
  server.diagnose_later();
}

}  // namespace kiln::lsp
