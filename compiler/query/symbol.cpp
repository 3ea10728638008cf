#include "query/symbol.h"

#include <array>

#include "base/internal_check.h"

namespace kiln::query {

namespace {

using enum SymbolKind;

constexpr std::array table{
    SymbolKindRow{module, "import", false, false, false},
    SymbolKindRow{function, "fn", false, false, false},
    SymbolKindRow{method, "fn", false, false, false},
    SymbolKindRow{model, "model", true, false, false},
    SymbolKindRow{type, "type", true, false, false},
    SymbolKindRow{constant, "const", false, false, false},
    SymbolKindRow{param, "param", false, false, false},
    SymbolKindRow{state, "state", false, false, false},
    SymbolKindRow{submodel, "", false, false, false},
    SymbolKindRow{parameter, "", false, false, true},
    SymbolKindRow{static_parameter, "", true, false, true},
    SymbolKindRow{generic, "", true, false, true},
    SymbolKindRow{dim, "dim", true, false, true},
    SymbolKindRow{pack, "", true, false, true},
    SymbolKindRow{result, "", false, false, true},
    SymbolKindRow{let, "let", false, false, true},
    SymbolKindRow{variable, "var", false, false, true},
    SymbolKindRow{index, "index", false, true, true},
    SymbolKindRow{loop_variable, "for", false, false, true},
    SymbolKindRow{lambda_parameter, "", false, false, true},
    SymbolKindRow{self, "", false, false, true},
    SymbolKindRow{builtin, "", false, false, false},
};

}  // namespace

const SymbolKindRow& row_of(SymbolKind kind) {
  const SymbolKindRow& row = table[static_cast<size_t>(kind)];
  internal_check(row.kind == kind, "query: the table of kinds is out of order");
  return row;
}

}  // namespace kiln::query
