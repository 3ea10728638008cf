#pragma once

#include "syntax/ast.h"

namespace kiln::sema {

struct Body;
struct Entity;
struct Session;
struct Value;

/// Watches the checker on behalf of an editor: what each expression is, what each name stands for, what was
/// inferred. Changes nothing about the check, but for this: of a file with syntax errors what is left is
/// checked too, and what is said about that is dropped. A body is checked more than once: generically, for
/// each instance (`Root::is_generic` tells) and, before the ranges of indices are known, muted.
class Observer {
 public:
  virtual ~Observer() = default;
  /// The type of the value is the failed one after a mistake.
  virtual void checked(const Body& body, const syntax::Expression& expression, const Value& value) = 0;
  /// A variable, dim or other static, at the place of its name. Whether it may change is not known yet.
  virtual void defined(const Body& body, const Entity& entity) = 0;
  /// Nothing more is added to the body: the ranges of its indices are what they are.
  virtual void ended(const Body& body) = 0;
  /// The last word of a run: the modules, and what hangs on them, may be moved out.
  virtual void finished(Session& session) = 0;
};

}  // namespace kiln::sema
