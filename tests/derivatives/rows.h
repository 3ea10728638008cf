#pragma once

#include <string>
#include <vector>

namespace kiln::derivatives {

/// Something that has derivatives, as a function `f(x: T[M, N]) -> T[N]` in the language.
struct Row {
  std::string name;   // in the table of docs/derivatives.md
  std::string group;  // the section there
  std::string body;   // behind `-> y: T[N]`; T stands for the element type, NAME for a name of its own
  double low = -1.5, high = 1.5;     // of the elements of x: inside of its domain, away from corners
  bool has_forward = true;           // without: by an `adjoint of` rule, reverse derivatives alone
  std::string before = {};           // declarations that the body needs
  int64_t least_m = 2, least_n = 0;  // sizes that it needs
};

/// A primitive or scalar function without a derivative, and why.
struct Exception {
  std::string name;
  std::string reason;
};

/// One row for each scalar function and each reducer of the compiler's own tables that is no exception, and
/// for each construct of the language that derivatives go through. A function in the tables that this list
/// does not know fails a test.
std::vector<Row> rows();
std::vector<Exception> exceptions();

/// Functions of the compiler's tables that are neither rows nor exceptions.
std::vector<std::string> forgotten();

}  // namespace kiln::derivatives
