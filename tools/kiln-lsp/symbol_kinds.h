#pragma once

#include "query/complete.h"
#include "query/symbol.h"

/// How the kinds of names are told to editors.
namespace kiln::lsp {

struct SymbolKindNames {
  query::SymbolKind kind;
  int symbol;         // SymbolKind of the protocol
  const char* token;  // the type of a semantic token; those of our own are `index` and `static`
};
const SymbolKindNames& names_of(query::SymbolKind kind);

/// CompletionItemKind of the protocol.
int completion_kind(query::CandidateKind kind);

}  // namespace kiln::lsp
