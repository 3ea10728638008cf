#pragma once

#include <antlr4-runtime.h>

#include <set>
#include <string_view>

#include "syntax/reporter.h"
#include "syntax/token_list.h"

namespace kiln::syntax {

/// Reports what no lexer rule but `UNENDED` and `OTHER` takes, and a number that runs into a word; then
/// changes these tokens so that the parser does not stumble over them again: the first is taken for a string,
/// the others are hidden.
/// Returns the lines with mistakes, where the parser may stumble all the same.
std::set<size_t> check_tokens(antlr4::CommonTokenStream& tokens, std::string_view text, Reporter& reporter);

/// Reports `a @ b` outside of brackets and blocks, which the grammar takes for `a` and an annotation of the
/// next declaration. Returns the lines with mistakes.
std::set<size_t> check_matrix_signs(const TokenList& tokens, Reporter& reporter);

}  // namespace kiln::syntax
