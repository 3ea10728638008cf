#pragma once

#include <string>
#include <vector>

#include "choices.h"
#include "program_scope.h"

namespace kiln::fuzz {

/// Expressions of a wanted type over the names in scope.
class ExpressionGenerator {
 public:
  explicit ExpressionGenerator(Choices& choices) : choices_(choices) {}
  std::string scalar(const std::string& element, int depth);
  std::string tensor(const TensorType& type, int depth);
  std::string condition(int depth) { return scalar("bool", depth); }

  std::string fresh(const char* stem) { return stem + std::to_string(++names_); }
  std::string extent();                   // of a tensor to be made: a symbol, a number or a sum of them
  std::string element();                  // of a tensor to be made
  TensorType type(size_t greatest_rank);  // of a tensor to be made

  Scope scope;
  std::vector<HelperFunction> helpers;
  bool is_smooth = true;

 private:
  std::string literal(const std::string& element);
  std::string element_read(const std::string& element);
  std::string read_of(const Variable& variable);
  std::string subscript(const std::string& extent, bool& is_safe);
  std::string reduction(const std::string& element, int depth);
  std::string boolean(int depth);
  std::string integer_of_other_kind(const std::string& element, int depth);
  std::string call(const HelperFunction& helper, int depth);
  std::string gradient(const Variable& variable, int depth);
  std::string comprehension(const TensorType& type, int depth);
  std::vector<Variable> variables_of(const TensorType& type) const;

  Choices& choices_;
  int names_ = 0;
};

}  // namespace kiln::fuzz
