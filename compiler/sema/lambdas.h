#pragma once

#include "sema/body.h"
#include "sema/session.h"

namespace kiln::sema {

/// `let f = fn(x) = e`. The function keeps the names that it sees here; of variables it captures the values
/// that they have now, which needs a copy of each (appended to `out`).
void bind_lambda(Body& body, const syntax::Name& name, const syntax::Lambda& lambda, TypedBlock& out);

/// A call of such a function: its body with the arguments bound to its parameters.
Value call_lambda(Body& body, const syntax::Call& call, const StaticFunction& function);

/// While it lives, names mean what they mean to the function. Null or a function without own names: nothing
/// changes.
class LambdaScope {
 public:
  LambdaScope(Body& body, const StaticFunction* function);
  ~LambdaScope();
  LambdaScope(const LambdaScope&) = delete;
  LambdaScope& operator=(const LambdaScope&) = delete;

 private:
  Body& body_;
  bool is_changed_;
  Scope outer_;
};

/// `fn(a, b) = net(a, b)` for a model given where a function of `count` arguments is taken. `path` is a name
/// or a member of one; null where it is neither.
std::unique_ptr<syntax::Lambda> lambda_of_model(const syntax::Expression& path, size_t count);

}  // namespace kiln::sema
