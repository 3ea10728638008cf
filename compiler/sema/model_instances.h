#pragma once

#include "sema/body.h"

namespace kiln::sema {

/// The leaves of a model and what they are at the start; made once per root. Null after a report.
std::shared_ptr<const ModelInstance> instantiate_model(Session& session, Root& root,
                                                       const ModelApplication& model, Span use);
/// Checks fields, initialisers and the `where` of a model for all its parameters, once; remembers what was
/// inferred.
const GenericResult& check_model_generically(Session& session, const Module& module,
                                             const syntax::Model& model);

}  // namespace kiln::sema
