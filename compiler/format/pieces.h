#pragma once

#include <string_view>
#include <vector>

#include "syntax/tokens.h"

namespace kiln::format {

struct Comment {
  std::string_view text;  // without blanks at its end
  bool is_after_blank;    // an empty line stands before it
};

/// A token with the comments that go with it.
struct Piece {
  std::string_view text;  // empty: the end of the file
  uint32_t begin = 0, end = 0;
  std::vector<Comment> above;  // on lines of their own, or behind a bracket that was left out
  std::string_view behind;     // on its line; may be empty
  bool is_on_new_line = false;
  bool is_after_blank = false;  // an empty line stands before it (and after its comments above)
  size_t partner = 0;           // of a bracket: the other one
};

/// The tokens of a text without mistakes of syntax, the end of the file last.
std::vector<Piece> pieces_of(std::string_view text);

}  // namespace kiln::format
