#pragma once

#include <string>

#include "random_expressions.h"

namespace kiln::derivatives {

/// Statements that each make one tensor of those before.
class RandomStatements {
 public:
  RandomStatements(fuzz::Choices& choices, bool may_be_empty)
      : expressions(choices, may_be_empty), choices_(choices), may_be_empty_(may_be_empty) {}
  /// Lines of text; the tensor is in `expressions.tensors` from now on.
  std::string statement();

  RandomExpressions expressions;

 private:
  std::string plain();
  std::string contraction();
  std::string written();
  std::string loop();
  std::string stacked();
  std::string while_loop();
  std::string branch();
  std::string along_last_axis();
  std::string places();
  std::string inner_gradient();
  std::string inner_slope();
  std::string pullback();
  std::string point_gradients();
  std::string library_function();
  std::string window();
  std::string join();
  std::string stride();

  std::string fresh(const char* stem) { return expressions.fresh(stem); }
  /// `name = value` for all points of the scope, as one `let`.
  std::string let(const std::string& name, const Scope& scope, const std::string& value);
  std::string made(const std::string& axes);
  /// A float of the tensor, which it does depend on.
  std::string scalar_of(const NamedTensor& tensor, const Scope& scope);

  fuzz::Choices& choices_;
  bool may_be_empty_;
};

}  // namespace kiln::derivatives
