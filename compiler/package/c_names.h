#pragma once

#include <set>
#include <string>
#include <vector>

#include "elaborate/module.h"

namespace kiln::package {

/// Names of one scope of C or C++, each different from the others and from those that the scope has anyway.
class ScopeNames {
 public:
  /// What generated functions declare or need themselves is taken.
  ScopeNames();
  /// The wanted name, or with as many `_` behind it as make it free.
  std::string take(std::string wanted);

 private:
  std::set<std::string> taken_;
};

/// The names of a function's parameters, results among them, in both headers: "cache.k" is cache_k.
std::vector<std::string> parameter_names(const elaborate::Function& function, ScopeNames& scope);

/// The type of a scalar in C and C++: "float", "int32_t"; f16 and bf16 are their bits, "uint16_t".
std::string c_scalar_type(ElementType element);

bool is_scalar(const elaborate::Argument& argument);

/// Whether a tensor that is only read says how long the rows of ragged tensors are: it may be offsets
/// instead.
bool counts_rows(const elaborate::Function& function, const elaborate::Argument& argument);

/// How the dims that come from data do: "len_total: the sum of `len`". Empty if there are none.
std::vector<std::string> derived_dim_documentation(const elaborate::Function& function);
/// Lines of documentation for an argument, with its type: "images: u8[B, 28, 28]. The images."
std::string argument_documentation(const elaborate::Function& function, const elaborate::Argument& argument,
                                   const elaborate::Module& module, const std::string& name);

/// The text as lines of a comment, each after `prefix`; what would end the comment, begin another or make the
/// next line part of it is taken apart.
std::string comment_lines(const std::string& text, const std::string& prefix);

/// Code with the lines that are too long to read broken after commas; comments stay as they are.
std::string wrap_code(const std::string& text);

}  // namespace kiln::package
