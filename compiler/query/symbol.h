#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "source/span.h"

namespace kiln::syntax {
struct Function;
struct Model;
}  // namespace kiln::syntax

namespace kiln::query {

/// What a name can stand for.
enum class SymbolKind : uint8_t {
  module,
  function,
  method,
  model,
  type,              // `type Cache = …`
  constant,          // `const K = 3`
  param,             // of a model, trained
  state,             // of a model, kept
  submodel,          // a field of a model that is a model
  parameter,         // of a function, a value
  static_parameter,  // dims, bools, strings, functions: of functions, models and types
  generic,           // `T: float`
  dim,               // a name that a signature quantifies
  pack,              // `...S`
  result,
  let,
  variable,  // `var`
  index,
  loop_variable,
  lambda_parameter,
  self,
  builtin,  // a function, constant or type of the prelude
};

/// One row for each kind.
struct SymbolKindRow {
  SymbolKind kind;
  const char* word;  // in front of the name where it is shown: "let x", "index i"; may be empty
  bool is_static;    // dims and what else is known when it is compiled
  bool is_index;
  bool is_local;  // lives inside of one function
};
const SymbolKindRow& row_of(SymbolKind kind);

using SymbolId = uint32_t;

/// Something with a name, as often as it is declared: a name that is bound again is another symbol.
struct Symbol {
  SymbolKind kind = SymbolKind::let;
  std::string name;
  Span span;   // the name where it is declared; unknown for the prelude, empty at the head of a module
  Span whole;  // the declaration
  std::string doc;
  std::string
      header;  // how a declaration is written, without its body and comments: "fn relu(x: f32) -> f32"
  uint32_t visible_from = 0;  // a place in the file, of locals
  uint32_t hint_at = 0;       // behind a name whose type or range is not written; 0: it is
  bool is_inout = false;
  const syntax::Function* function = nullptr;  // of functions and methods
  const syntax::Model* model = nullptr;        // of models, and of `self`
};

/// A place where a symbol is named.
struct Occurrence {
  Span span;
  SymbolId symbol = 0;
  bool is_declaration = false;
  bool is_write = false;  // assigned, or marked by `&`
};

/// A part of a file in which names are known, and those that it declares.
struct ScopeRecord {
  Span span;
  std::vector<SymbolId> names;
};

}  // namespace kiln::query
