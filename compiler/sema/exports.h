#pragma once

#include "sema/body.h"

namespace kiln::sema {

/// Instantiates what the root file exports. What cannot stand in an export is reported.
void export_models(Session& session, const Module& module, TypedProgram& program);
void export_functions(Session& session, const Module& module, TypedProgram& program);
/// Checks a test's body; with a program, adds the test to it.
void check_test(Session& session, const Module& module, const syntax::Test& test, TypedProgram* program);

}  // namespace kiln::sema
