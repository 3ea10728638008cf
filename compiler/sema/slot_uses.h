#pragma once

#include <functional>

#include "sema/typed.h"

namespace kiln::sema {

/// Calls the visitor for each expression, statement and place below, in order; the tree itself first.
struct TreeVisitor {
  std::function<void(const TypedExpr&)> expression;
  std::function<void(const TypedStatement&)> statement;
  std::function<void(const Place&)> place;
  std::function<void(Slot)> bound;  // for each slot that a statement binds
};
void walk(const TypedExpr& tree, const TreeVisitor& visitor);
void walk(const TypedBlock& block, const TreeVisitor& visitor);
/// The expressions right below, in order, without those in blocks.
void for_each_child(const TypedExpr& tree, const std::function<void(const TypedExpr&)>& visit);
void for_each_expression(const TypedStatement& statement, const std::function<void(const TypedExpr&)>& visit);

/// Puts indices in the place of others, in a tree that nobody else sees yet.
void rename_indices(TypedExpr& tree, const std::map<IndexId, IndexId>& renamed);

/// Whether a tree reads or changes a variable.
bool uses_slot(const TypedExpr& tree, Slot slot);
bool uses_slot(const TypedBlock& block, Slot slot);

}  // namespace kiln::sema
