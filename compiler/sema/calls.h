#pragma once

#include "sema/body.h"
#include "sema/signature.h"

namespace kiln::sema {

/// Calls a function or method with the arguments of a call. `receiver` is the value of a method's model.
Value call_function(Body& body, const FunctionReference& function, std::optional<Value> receiver,
                    const syntax::Call& call, Want want);
/// Casts, scalar functions, reducers as functions and intrinsics, by name.
Value call_prelude(Body& body, const syntax::Call& call, const syntax::Name& name, Want want);
/// A cast by the name of its type, `f32(x)`.
Value call_cast(Body& body, const syntax::Call& call, ElementType to);
/// A scalar function, on each element of its arguments.
Value call_scalar(Body& body, const syntax::Call& call, ScalarFunction function, Want want);
/// `rng.normal()` and the like. The Rng must be a variable, but for `fork`.
Value call_rng_method(Body& body, const syntax::Call& call, Value rng, const syntax::Name& method, Want want);
/// `Mlp(784, 10).init(rng)`.
Value call_init(Body& body, const syntax::Call& call, const Type& model);

/// Checks the arguments of a call, which must be values; false after a report.
bool check_arguments(Body& body, const syntax::Call& call, std::vector<Value>& values);
/// Reports a value that is no tensor.
bool require_tensor(Body& body, const Value& value, std::string_view what);
/// Reports arguments that have names or marks where builtins take neither.
bool plain_arguments(Body& body, const syntax::Call& call, size_t least, size_t most);

}  // namespace kiln::sema
