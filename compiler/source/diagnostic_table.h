#pragma once

#include "source/diagnostic.h"

/// Every diagnostic of the compiler: one row each, sorted by code within a room. E is a mistake, L a known
/// limit, W a warning. Numbers: 00 files and syntax, 01 names, 02 types, 03 indices and dims, 04 calls and
/// effects, 05 models, 06 derivatives, 07 exports and modules, 08 tests and run.
namespace kiln::diagnostics {

// clang-format off
#define KILN_DIAGNOSTICS(row) \
  row(cannot_read_file, "E0001", error, "a file cannot be read") \
  row(syntax_error, "E0002", error, "the text does not follow the grammar") \
  row(invalid_utf8, "E0003", error, "a source file is not UTF-8") \
  row(file_too_large, "E0004", error, "a source file is too large") \
  row(nested_too_deeply, "E0005", error, "brackets, operators or blocks are nested too deeply") \
  row(unexpected_character, "E0006", error, "a character that the language does not use") \
  row(unended_string, "E0007", error, "a string has no closing quote on its line") \
  row(malformed_literal, "E0008", error, "a number or string is written wrongly") \
  row(return_missing, "E0009", error, "a block ends in an expression without `return`") \
  row(misplaced_return, "E0010", error, "`return` does not end a function or value block") \
  row(not_a_statement, "E0011", error, "a place is neither assigned nor called") \
  row(reducer_parentheses, "E0012", error, "the indices of a reducer stand in round brackets") \
  row(reducer_over_product, "E0013", error, "a bare product directly under a reducer that is not `sum` or `mean`") \
  row(misplaced_index_clause, "E0014", error, "`else`, `where` or the range of an index where it has no meaning") \
  row(not_assignable, "E0015", error, "the left side of an assignment is not a place") \
  row(loop_sources, "E0016", error, "a loop has not as many sources as targets") \
  row(misplaced_doc, "W0001", warning, "a doc comment that documents nothing") \
  row(not_yet_supported, "L0001", limit, "a construct that this version cannot compile yet")
// clang-format on

#define KILN_DECLARE(name, code, severity, title) \
  inline constexpr DiagnosticKind name{code, Severity::severity, title};
KILN_DIAGNOSTICS(KILN_DECLARE)
#undef KILN_DECLARE

}  // namespace kiln::diagnostics
