#pragma once

#include "sema/bindings.h"
#include "sema/session.h"

namespace kiln::sema {

/// Checks a derivative rule once for all dims and element classes, against the function of its file that it
/// names.
void check_rule_generically(Session& session, const Module& module, const syntax::Rule& rule);

/// The rule for an instance of a function, checked once per root; null if the function has none, and after a
/// report. The session owns it.
const TypedRule* instantiate_rule(Session& session, Root& root, const FunctionReference& function,
                                  const Bindings& bindings, const TypedFunction& instance, Span call);

}  // namespace kiln::sema
