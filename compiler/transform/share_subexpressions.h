#pragma once

#include "graph/graph.h"

namespace kiln::transform {

/// Makes one node of nodes that are equal: same op, same operands, same type.
///   %a = compute … exp(%x[i]); %b = compute … exp(%x[i]); output mul(%a, %b)   ->   … mul(%a, %a)
/// Names and places do not count. It stands after simplify, whose canonical numbering makes equal computes
/// equal objects. Expressions within one compute are shared as they are made.
graph::Function share_subexpressions(const graph::Function& function);

}  // namespace kiln::transform
