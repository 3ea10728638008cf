#pragma once

#include "sema/bindings.h"
#include "sema/body.h"
#include "sema/signature.h"

namespace kiln::sema {

/// The typed function for these bindings, checked once per root. Null after a report.
std::shared_ptr<const TypedFunction> instantiate(Session& session, Root& root,
                                                 const FunctionReference& function, const Bindings& bindings,
                                                 Span call);
/// Checks a function once for all dims and element classes; remembers what was inferred.
const GenericResult& check_generically(Session& session, const FunctionReference& function, Span call);

}  // namespace kiln::sema
