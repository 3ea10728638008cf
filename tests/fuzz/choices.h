#pragma once

#include <string>
#include <vector>

#include "targets.h"

namespace kiln::fuzz {

/// Choices drawn from a fuzzer's bytes, one byte each. When they are used up every choice is the first one,
/// so a generator whose first choices are its simplest ones comes to an end.
class Choices {
 public:
  explicit Choices(Bytes bytes) : rest_(bytes) {}
  uint32_t below(size_t count) {
    if (rest_.empty() || count < 2) return 0;
    const uint32_t byte = rest_.front();
    rest_ = rest_.subspan(1);
    return byte % static_cast<uint32_t>(count);
  }
  /// True in about `percent` of all cases; false when the bytes are used up.
  bool chance(uint32_t percent) { return !rest_.empty() && below(100) >= 100 - percent; }
  template <class T>
  const T& from(const std::vector<T>& list) {
    return list[below(list.size())];
  }
  bool is_used_up() const { return rest_.empty(); }

 private:
  Bytes rest_;
};

}  // namespace kiln::fuzz
