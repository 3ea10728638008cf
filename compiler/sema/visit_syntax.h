#pragma once

#include <functional>

#include "syntax/ast.h"

namespace kiln::sema {

/// What is called for each node below a block, in the order of the text, a node before its children.
struct SyntaxVisitor {
  std::function<void(const syntax::Statement&)> statement;
  std::function<void(const syntax::Expression&)> expression;
};

void visit_block(const syntax::Block& block, const SyntaxVisitor& visitor);
void visit_statement(const syntax::Statement& statement, const SyntaxVisitor& visitor);

/// Each body of a file: of functions and methods, and of tests (then the function is null). The span is that
/// of the whole declaration.
void for_each_function(const syntax::File& file,
                       const std::function<void(const syntax::Function*, const syntax::Block&, Span)>& visit);

}  // namespace kiln::sema
