#pragma once

#include <string>
#include <vector>

#include "sema/body.h"

namespace kiln::sema {

/// The fixes that several messages offer. Each does nothing where the text is not such that it would do.

/// `f32(e)` around what stands at `place`.
void fix_by_cast(const Body& body, Diagnostic& diagnostic, Span place, const std::string& element,
                 bool is_certain = true);

/// Adds conditions to the `where` of the function or model around `place`.
void fix_by_where(const Body& body, Diagnostic& diagnostic, Span place,
                  const std::vector<dim::Condition>& missing, bool is_certain = true);

/// `import name` behind the imports of the file.
void fix_by_import(const Body& body, Diagnostic& diagnostic, const std::string& name);

/// `var` for the `let` that binds the name at `place`.
void fix_by_var(const Body& body, Diagnostic& diagnostic, Span place);

/// `inout` for the parameter whose name or whole begins at `place`.
void fix_by_inout(Diagnostic& diagnostic, Span place, const std::string& name, bool is_certain);

/// `inout self` as the first parameter of the method around `place`.
void fix_by_inout_self(const Body& body, Diagnostic& diagnostic, Span place);

/// `name: dim` as the last parameter of the function around `place`.
void fix_by_dim_parameter(const Body& body, Diagnostic& diagnostic, Span place, const std::string& name);

/// ` else 0` at the end of the brackets of the subscript at `place`, if it is read.
void fix_by_default(const Body& body, Diagnostic& diagnostic, Span place);

/// Other brackets around the same: `(…)` for `[…]` and the other way round.
void fix_by_brackets(const Body& body, Diagnostic& diagnostic, Span brackets, char open, char close,
                     std::string title);

}  // namespace kiln::sema
