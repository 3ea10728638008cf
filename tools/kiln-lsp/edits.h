#pragma once

#include <map>
#include <string>

#include "server.h"

namespace kiln::lsp {

/// TextEdits, by the path of their file.
using FileEdits = std::map<std::string, Json>;

/// In the form that the client takes: with versions if it knows them.
Json workspace_edit(Server& server, const FileEdits& edits);

}  // namespace kiln::lsp
