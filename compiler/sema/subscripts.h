#pragma once

#include "sema/body.h"

namespace kiln::sema {

struct CheckedSubscripts {
  std::vector<TypedSubscript> subscripts;  // one for each axis
  Shape shape;                             // of the slices
  std::vector<dim::Dim> points;            // what the prover knows of those that are no slices or splits
};

/// The brackets of a read or a write on a tensor of this shape. With `is_guarded` nothing needs to be inside.
/// Nothing after a report.
std::optional<CheckedSubscripts> check_subscripts(Body& body, const Shape& shape,
                                                  const std::vector<syntax::SubscriptItem>& items,
                                                  Span brackets, const std::string& tensor, bool is_guarded);
/// One subscript: an integer of rank 0, in i64, with what the prover knows of it.
Value check_index_expression(Body& body, const syntax::Expression& expression);
/// The error of a subscript that may be outside; `tensor` may be empty.
void report_outside(Body& body, const dim::Dim& at, const dim::Dim& extent, Span span,
                    const dim::Verdict& verdict, const std::string& tensor);
/// A tensor as messages call it; empty if it has no name.
std::string tensor_name(const Body& body, const syntax::Expression& base);

}  // namespace kiln::sema
