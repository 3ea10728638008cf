#include "symbol_kinds.h"

#include <array>

#include "base/internal_check.h"

namespace kiln::lsp {

namespace {

using query::CandidateKind;
using query::SymbolKind;

constexpr std::array symbol_table{
    SymbolKindNames{SymbolKind::module, 2, "namespace"},
    SymbolKindNames{SymbolKind::function, 12, "function"},
    SymbolKindNames{SymbolKind::method, 6, "method"},
    SymbolKindNames{SymbolKind::model, 5, "class"},
    SymbolKindNames{SymbolKind::type, 23, "type"},
    SymbolKindNames{SymbolKind::constant, 14, "static"},
    SymbolKindNames{SymbolKind::param, 8, "property"},
    SymbolKindNames{SymbolKind::state, 8, "property"},
    SymbolKindNames{SymbolKind::submodel, 8, "property"},
    SymbolKindNames{SymbolKind::parameter, 13, "parameter"},
    SymbolKindNames{SymbolKind::static_parameter, 26, "static"},
    SymbolKindNames{SymbolKind::generic, 26, "typeParameter"},
    SymbolKindNames{SymbolKind::dim, 26, "static"},
    SymbolKindNames{SymbolKind::pack, 26, "static"},
    SymbolKindNames{SymbolKind::result, 13, "variable"},
    SymbolKindNames{SymbolKind::let, 13, "variable"},
    SymbolKindNames{SymbolKind::variable, 13, "variable"},
    SymbolKindNames{SymbolKind::index, 13, "index"},
    SymbolKindNames{SymbolKind::loop_variable, 13, "variable"},
    SymbolKindNames{SymbolKind::lambda_parameter, 13, "parameter"},
    SymbolKindNames{SymbolKind::self, 13, "variable"},
    SymbolKindNames{SymbolKind::builtin, 12, "function"},
};

struct CompletionRow {
  CandidateKind kind;
  int completion;
};

constexpr std::array completion_table{
    CompletionRow{CandidateKind::keyword, 14},  CompletionRow{CandidateKind::module, 9},
    CompletionRow{CandidateKind::function, 3},  CompletionRow{CandidateKind::model, 7},
    CompletionRow{CandidateKind::type, 22},     CompletionRow{CandidateKind::field, 5},
    CompletionRow{CandidateKind::value, 6},     CompletionRow{CandidateKind::parameter, 6},
    CompletionRow{CandidateKind::statics, 25},  CompletionRow{CandidateKind::index, 12},
    CompletionRow{CandidateKind::constant, 21}, CompletionRow{CandidateKind::named_argument, 10},
};

}  // namespace

const SymbolKindNames& names_of(SymbolKind kind) {
  const SymbolKindNames& row = symbol_table[static_cast<size_t>(kind)];
  internal_check(row.kind == kind, "kiln-lsp: the table of symbols is out of order");
  return row;
}

int completion_kind(CandidateKind kind) {
  const CompletionRow& row = completion_table[static_cast<size_t>(kind)];
  internal_check(row.kind == kind, "kiln-lsp: the table of completions is out of order");
  return row.completion;
}

}  // namespace kiln::lsp
