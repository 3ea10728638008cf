#include "requests.h"

#include <algorithm>

namespace kiln::lsp {

namespace {

constexpr RequestRow request_table[] = {
    {"initialize", initialize},
    {"shutdown", shutdown},
    {"textDocument/hover", hover},
    {"textDocument/definition", definition},
    {"textDocument/references", references},
    {"textDocument/documentHighlight", highlights},
    {"textDocument/documentSymbol", document_symbols},
    {"workspace/symbol", workspace_symbols},
    {"textDocument/foldingRange", folding_ranges},
    {"textDocument/selectionRange", selection_ranges},
    {"textDocument/completion", completion},
    {"completionItem/resolve", resolve_completion},
    {"textDocument/signatureHelp", signature_help},
    {"textDocument/inlayHint", inlay_hints},
    {"textDocument/semanticTokens/full", semantic_tokens},
    {"textDocument/semanticTokens/range", semantic_tokens_in_range},
    {"textDocument/prepareRename", prepare_rename},
    {"textDocument/rename", rename},
    {"textDocument/formatting", formatting},
    {"textDocument/rangeFormatting", range_formatting},
    {"textDocument/codeAction", code_actions},
};

constexpr NotificationRow notification_table[] = {
    {"initialized", initialized},
    {"exit", exit},
    {"textDocument/didOpen", opened},
    {"textDocument/didChange", changed},
    {"textDocument/didSave", saved},
    {"textDocument/didClose", closed},
    {"workspace/didChangeConfiguration", changed_configuration},
    {"workspace/didChangeWorkspaceFolders", changed_folders},
    {"workspace/didChangeWatchedFiles", changed_files},
};

}  // namespace

const RequestRow* request_named(std::string_view method) {
  const auto* row = std::find_if(std::begin(request_table), std::end(request_table),
                                 [&](const RequestRow& candidate) { return candidate.method == method; });
  return row == std::end(request_table) ? nullptr : row;
}

const NotificationRow* notification_named(std::string_view method) {
  const auto* row =
      std::find_if(std::begin(notification_table), std::end(notification_table),
                   [&](const NotificationRow& candidate) { return candidate.method == method; });
  return row == std::end(notification_table) ? nullptr : row;
}

}  // namespace kiln::lsp
