#pragma once

#include "source/diagnostic.h"

/// Every diagnostic of the compiler: one row each, sorted by code within a room. E is a mistake, L a known
/// limit, W a warning. Numbers: 00 files and syntax, 01 names, 02 types, 03 indices and dims, 04 calls and
/// effects, 05 models, 06 derivatives, 07 exports and modules, 08 tests and run.
namespace kiln::diagnostics {

#define KILN_DIAGNOSTICS(row)                                                   \
  row(cannot_read_file, "E0001", error, "a file cannot be read")                \
      row(syntax_error, "E0002", error, "the text does not follow the grammar") \
          row(not_yet_supported, "L0001", limit, "a construct that this version cannot compile yet")

#define KILN_DECLARE(name, code, severity, title) \
  inline constexpr DiagnosticKind name{code, Severity::severity, title};
KILN_DIAGNOSTICS(KILN_DECLARE)
#undef KILN_DECLARE

}  // namespace kiln::diagnostics
