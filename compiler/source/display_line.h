#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kiln {

/// A source line laid out in the columns of a terminal: tabs reach to the next multiple of 4, wide characters
/// take two columns, combining ones none, and what cannot be shown (control characters, bytes that are not
/// UTF-8) is "\uFFFD".
class DisplayLine {
 public:
  explicit DisplayLine(std::string_view line);
  /// The column (from 0) at which a byte of the line stands; past the end: the column after the last.
  int column_of(size_t byte) const;
  int width() const { return static_cast<int>(cells_.size()); }
  /// The columns [begin, end), without blanks at the end.
  std::string text(int begin, int end) const;

 private:
  std::vector<std::string> cells_;  // a wide character fills its first cell, the second is empty
  std::vector<int> columns_;        // of each byte
};

}  // namespace kiln
