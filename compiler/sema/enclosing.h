#pragma once

#include "sema/body.h"

namespace kiln::sema {

/// A declaration with a signature: a function, a method, or a model.
struct Signed {
  const syntax::Function* function = nullptr;
  const syntax::Model* model = nullptr;  // of a method: the model around it

  explicit operator bool() const { return function != nullptr || model != nullptr; }
  const syntax::Name& name() const { return function != nullptr ? function->name : model->name; }
  const std::vector<syntax::Parameter>& parameters() const {
    return function != nullptr ? function->parameters : model->parameters;
  }
  const std::vector<syntax::ExpressionPtr>& where() const {
    return function != nullptr ? function->where : model->where;
  }
};

/// The declaration of the body's file around a place.
Signed signed_around(const Body& body, Span place);

/// Tells which parameters bind the dims of a clash: "`In` is bound by `x`, `Out` by `w` (line 3)".
void note_origins(const Body& body, Diagnostic& diagnostic, const std::vector<dim::Dim>& dims);
void note_origins(const Body& body, Diagnostic& diagnostic, const Shape& a, const Shape& b);

}  // namespace kiln::sema
