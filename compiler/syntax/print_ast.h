#pragma once

#include <string>

#include "syntax/ast.h"

namespace kiln::syntax {

/// The tree as a program again, for people: one layout, every operator in parentheses, models with fields
/// before methods, no comments but docs. It parses to the same tree (if that takes no more brackets than
/// `deepest_brackets`).
std::string print(const File& file);
std::string print(const Declaration& declaration);
std::string print(const Statement& statement);
std::string print(const Expression& expression);
std::string print(const Type& type);

}  // namespace kiln::syntax
