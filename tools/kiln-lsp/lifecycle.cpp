#include "requests.h"
#include "uri.h"

namespace kiln::lsp {

namespace {

/// The encoding of positions: UTF-8 if the client likes it best, else what every client knows.
Encoding encoding_for(const Json& parameters) {
  const Json* offered = find(parameters, {"capabilities", "general", "positionEncodings"});
  const bool likes_utf8 =
      offered != nullptr && offered->is_array() && !offered->empty() && offered->front() == "utf-8";
  return likes_utf8 ? Encoding::utf8 : Encoding::utf16;
}

void add_folders(Server& server, const Json* folders) {
  if (folders == nullptr || !folders->is_array()) return;
  for (const Json& folder : *folders) {
    if (const auto uri = find_text(folder, {"uri"})) server.workspace().add_folder(path_of(*uri));
  }
}

Json capabilities(const Settings& settings) {
  return {
      {"positionEncoding", settings.encoding == Encoding::utf8 ? "utf-8" : "utf-16"},
      {"textDocumentSync", {{"openClose", true}, {"change", 2}, {"save", {{"includeText", false}}}}},
      {"hoverProvider", true},
      {"definitionProvider", true},
      {"referencesProvider", true},
      {"documentHighlightProvider", true},
      {"documentSymbolProvider", true},
      {"workspaceSymbolProvider", true},
      {"foldingRangeProvider", true},
      {"selectionRangeProvider", true},
      {"completionProvider", {{"triggerCharacters", {".", "@", ":"}}, {"resolveProvider", true}}},
      {"signatureHelpProvider", {{"triggerCharacters", {"(", ","}}}},
      {"inlayHintProvider", true},
      {"semanticTokensProvider", {{"legend", semantic_legend()}, {"full", true}, {"range", true}}},
      {"renameProvider", {{"prepareProvider", true}}},
      {"documentFormattingProvider", true},
      {"documentRangeFormattingProvider", true},
      {"codeActionProvider", {{"codeActionKinds", {"quickfix", "source.fixAll"}}}},
      {"workspace", {{"workspaceFolders", {{"supported", true}, {"changeNotifications", true}}}}},
  };
}

}  // namespace

Reply initialize(Server& server, const Json& parameters) {
  Settings& settings = server.settings();
  settings.encoding = encoding_for(parameters);
  settings.can_watch_files =
      find_bool(parameters, {"capabilities", "workspace", "didChangeWatchedFiles", "dynamicRegistration"});
  settings.has_versioned_edits =
      find_bool(parameters, {"capabilities", "workspace", "workspaceEdit", "documentChanges"});
  if (const Json* options = find(parameters, {"initializationOptions"})) server.configure(*options);
  const Json* folders = find(parameters, {"workspaceFolders"});
  if (folders != nullptr && folders->is_array()) {
    add_folders(server, folders);
  } else if (const auto root = find_text(parameters, {"rootUri"})) {
    server.workspace().add_folder(path_of(*root));
  }
  server.start();
  return Json{{"capabilities", capabilities(settings)},
              {"serverInfo", {{"name", "kiln-lsp"}, {"version", KILN_VERSION}}}};
}

void initialized(Server& server, const Json&) {
  if (!server.settings().can_watch_files) return;
  const Json watcher = {{"globPattern", "**/*.model"}};
  const Json registration = {{"id", "watch-models"},
                             {"method", "workspace/didChangeWatchedFiles"},
                             {"registerOptions", {{"watchers", Json::array({watcher})}}}};
  server.request("client/registerCapability", {{"registrations", Json::array({registration})}});
}

Reply shutdown(Server& server, const Json&) {
  server.say_goodbye();
  return {};
}

void exit(Server& server, const Json&) { server.exit(); }

void changed_configuration(Server& server, const Json& parameters) {
  if (const Json* settings = find(parameters, {"settings", "kiln"})) server.configure(*settings);
}

void changed_folders(Server& server, const Json& parameters) {
  add_folders(server, find(parameters, {"event", "added"}));
  const Json* removed = find(parameters, {"event", "removed"});
  if (removed == nullptr || !removed->is_array()) return;
  for (const Json& folder : *removed) {
    if (const auto uri = find_text(folder, {"uri"})) server.workspace().remove_folder(path_of(*uri));
  }
}

}  // namespace kiln::lsp
