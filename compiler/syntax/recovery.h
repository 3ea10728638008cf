#pragma once

#include "syntax/token_list.h"

namespace kiln::syntax {

/// Where parsing goes on after a mistake. `start` is the first token of the broken piece, `from` the one at
/// which the parser stands; the answer is `from` or later, at most the end of the file.

/// The next statement of the block, or the `}` that ends it, or a declaration at the left margin.
size_t next_statement(const TokenList& tokens, size_t start, size_t from);

/// The next field or method of a model, or the `}` that ends it, or a declaration at the left margin.
size_t next_model_item(const TokenList& tokens, size_t start, size_t from);

size_t next_declaration(const TokenList& tokens, size_t start, size_t from);

/// A token that can only begin a declaration, at the left margin.
bool is_declaration_at_margin(const TokenList& tokens, size_t i);

}  // namespace kiln::syntax
