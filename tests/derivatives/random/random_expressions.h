#pragma once

#include <string>
#include <vector>

#include "../../fuzz/choices.h"

namespace kiln::derivatives {

/// A float tensor in scope, or integers that are places on an axis. Axes are named by their dims.
struct NamedTensor {
  std::string name;
  std::string axes;  // "NM": f64[N, M]
  char places_on = 0;

  /// "[N, M]", or nothing.
  std::string shape() const;
};

/// An index, or the counter of a loop: it runs over all of a dim, or over a part of it.
struct Index {
  std::string name;
  char dim = 'N';
};
using Scope = std::vector<Index>;

/// "i: N, j: M".
std::string binders(const Scope& scope);
/// "i, j".
std::string names(const Scope& scope);

/// Well-typed f64 expressions over the tensors and indices in scope. The bytes choose; without any left, each
/// choice is the simplest one. Values stay near 1, and inside the domains of the functions.
class RandomExpressions {
 public:
  /// `may_be_empty`: dims may be 0, so that nothing is read or divided by that needs an element.
  RandomExpressions(fuzz::Choices& choices, bool may_be_empty)
      : choices_(choices), may_be_empty_(may_be_empty) {}

  std::string expression(const Scope& scope, int depth);
  std::string read(const Scope& scope);
  std::string condition(const Scope& scope, int depth);
  /// A read of that tensor at indices in scope.
  std::string read_of(const NamedTensor& tensor, const Scope& scope);

  std::string fresh(const char* stem) { return stem + std::to_string(++count_); }
  Scope fresh_scope(const std::string& axes);
  std::string dims(size_t count);
  /// One of those with at least this many axes.
  NamedTensor tensor(size_t least_rank);

  std::vector<NamedTensor> tensors;
  /// A constant to the derivative is in it: differences see what derivatives do not.
  bool has_stopped = false;

 private:
  struct Subscript {
    std::string text;
    bool may_leave = false;
  };
  Subscript subscript(char dim, const Scope& scope);
  std::string reduction(const Scope& scope, int depth);
  std::string block(const Scope& scope, int depth);

  fuzz::Choices& choices_;
  bool may_be_empty_;
  int count_ = 0;
};

}  // namespace kiln::derivatives
