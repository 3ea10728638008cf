#pragma once

#include "server.h"

/// The answers, by what they are about: one file each.
namespace kiln::lsp {

// lifecycle.cpp
Reply initialize(Server& server, const Json& parameters);
Reply shutdown(Server& server, const Json& parameters);
void initialized(Server& server, const Json& parameters);
void exit(Server& server, const Json& parameters);
void changed_configuration(Server& server, const Json& parameters);
void changed_folders(Server& server, const Json& parameters);

// synchronize.cpp
void opened(Server& server, const Json& parameters);
void changed(Server& server, const Json& parameters);
void saved(Server& server, const Json& parameters);
void closed(Server& server, const Json& parameters);
void changed_files(Server& server, const Json& parameters);

// navigate.cpp
Reply hover(Server& server, const Json& parameters);
Reply definition(Server& server, const Json& parameters);
Reply references(Server& server, const Json& parameters);
Reply highlights(Server& server, const Json& parameters);

// outline.cpp
Reply document_symbols(Server& server, const Json& parameters);
Reply workspace_symbols(Server& server, const Json& parameters);
Reply folding_ranges(Server& server, const Json& parameters);
Reply selection_ranges(Server& server, const Json& parameters);

// completion.cpp
Reply completion(Server& server, const Json& parameters);
Reply resolve_completion(Server& server, const Json& parameters);
Reply signature_help(Server& server, const Json& parameters);

// hints.cpp
Reply inlay_hints(Server& server, const Json& parameters);
Reply semantic_tokens(Server& server, const Json& parameters);
Reply semantic_tokens_in_range(Server& server, const Json& parameters);
Json semantic_legend();

// rename.cpp
Reply prepare_rename(Server& server, const Json& parameters);
Reply rename(Server& server, const Json& parameters);

// formatting.cpp
Reply formatting(Server& server, const Json& parameters);
Reply range_formatting(Server& server, const Json& parameters);

// code_actions.cpp
Reply code_actions(Server& server, const Json& parameters);

}  // namespace kiln::lsp
