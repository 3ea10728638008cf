#pragma once

#include "server.h"

namespace kiln::lsp {

/// What `kilnc check` would say about a file, in the protocol's form. What concerns an imported file stands
/// at its import.
Json diagnostics_of(Server& server, const std::string& path);

/// The warnings about a file without mistakes: those of `kilnc check` about what is right and hardly meant.
Diagnostics warnings_of(const query::Analysis& analysis);

}  // namespace kiln::lsp
