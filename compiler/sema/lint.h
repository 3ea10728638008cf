#pragma once

#include "source/diagnostic.h"
#include "source/source_file.h"
#include "syntax/ast.h"

namespace kiln::sema {

/// Warnings about a file that checks without a mistake: what is never used, what is always true, what is
/// right by its types and still hardly meant. They look at the text of one file alone, so that they cost
/// little, and say nothing where they are not sure.
void lint(const SourceFiles& files, const syntax::File& file, Diagnostics& diagnostics);

}  // namespace kiln::sema
