#pragma once

#include "sema/body.h"

namespace kiln::sema {

/// The fields of a model with these arguments that are present (`if` holds or is open), with their places
/// among the model's leaves.
const std::vector<ModelField>& fields_of(Session& session, const ModelApplication& model);

/// Names the static parameters of a model, each for its argument, and adds what its `where` says to the
/// facts.
void define_model_arguments(Body& body, const ModelApplication& model);

/// Proves a model's `where` for its arguments at this place.
void prove_model_where(Body& body, const ModelApplication& model, Span span);

/// The model applied to its own parameters, as its methods see it while they are checked generically.
ModelApplication open_application(const Module& module, const syntax::Model& model);
/// Whether a parameter of a model is a type, so that what uses it is only checked at each use.
bool has_type_parameter(const syntax::Model& model);

/// The tensors of a value, in order. Elements that are open count as f32, arrays of open length as one
/// element.
LeafList leaves_of(Session& session, const Type& type);
uint32_t leaf_count(Session& session, const Type& type);
ValueType value_type(Session& session, const Type& type);

/// Of each leaf of `type`: whether a derivative with respect to it exists (floats; of models the params).
std::vector<bool> differentiable_leaves(Session& session, const Type& type);
/// The type of the derivative with respect to a value of this type; `error` if it has none.
Type gradient_type(Session& session, const Type& type);

/// Path patterns: words with `*`, separated by blanks; one must match the whole path.
bool path_matches(const std::string& path, const std::string& patterns);

}  // namespace kiln::sema
