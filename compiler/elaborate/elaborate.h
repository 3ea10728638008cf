#pragma once

#include <functional>
#include <optional>

#include "elaborate/module.h"
#include "source/diagnostic.h"
#include "source/source_file.h"

namespace kiln::elaborate {

/// Looks at an export as soon as it is made, unless something went wrong; may report what its graph shows.
using Inspection = std::function<void(const Function& made, Diagnostics& diagnostics)>;

/// Turns a typed program into graphs: calls are inlined, aggregates become their leaves, comprehensions and
/// reductions become computes, run-time checks become Check nodes, differentiated blocks become Derivative
/// nodes. Nothing if something is a known limit of this version; the diagnostics say what and where.
std::optional<Module> elaborate(const sema::TypedProgram& program, const SourceFiles& files,
                                Diagnostics& diagnostics, const Inspection& inspect = {});

/// Says what `elaborate` would, without ever holding all graphs.
void find_limits(const sema::TypedProgram& program, const SourceFiles& files, Diagnostics& diagnostics,
                 const Inspection& inspect = {});

/// One test as a graph, whose outputs are the leaves that one of its variables has at its end (if one is
/// asked for), as arguments of these names and types.
std::optional<Function> elaborate_variable(const sema::TypedTest& test, std::optional<sema::Slot> variable,
                                           const sema::TypedProgram& program, const SourceFiles& files,
                                           Diagnostics& diagnostics);

}  // namespace kiln::elaborate
