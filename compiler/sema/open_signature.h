#pragma once

#include "sema/signature.h"

namespace kiln::sema {

/// A function as its callers see it: what is the same for all calls.
struct OpenSignature {
  Signature signature;                               // SignatureMode::open
  std::vector<std::optional<dim::Condition>> where;  // of each clause, over open names; none: about values
};

/// Of this function, of a method for this receiver. Made at the first call, and kept by the session.
std::shared_ptr<const OpenSignature> open_signature(Session& session, Root& root,
                                                    const FunctionReference& function);

/// Makes a body for the defaults and clauses of a function, seen from a caller: it says nothing, as the
/// function's own check reports what is wrong with it.
std::unique_ptr<Body> open_body(Session& session, Root& root, const FunctionReference& function);

}  // namespace kiln::sema
