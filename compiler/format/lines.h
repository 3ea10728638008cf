#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kiln::format {

/// The columns that a text takes on a terminal.
int width_of(std::string_view text);

/// The lines of a text as it is written from left to right: no blanks at their ends, at most one empty line
/// in a run, comments behind neighbouring lines one below the other.
class Lines {
 public:
  void text(std::string_view text);
  /// A blank before what follows on this line.
  void space() { space_ = true; }
  /// What follows stands on a new line. Nothing, if nothing stands on this one.
  void next();
  /// Likewise, after an empty line.
  void blank();
  void indent(int columns) { indent_ += columns; }
  void comment_behind(std::string_view comment);
  void comment_above(std::string_view comment, bool blank_before);
  /// An item begins, with the comments above it; if it or the one before it takes more than one line, an
  /// empty line stands before it, unless it is the first of its list.
  void begin_item(bool is_first);
  /// Here its comments end.
  void begin_code();
  void end_item();
  /// Where the next text would begin.
  int column() const;
  /// The whole; nothing may follow.
  std::string take();

 private:
  struct Line {
    std::string code;
    std::string comment;
    bool is_after_blank = false;
  };

  bool is_at_start() const { return lines_.empty() || !is_open_; }
  void open();
  void align_comments();

  std::vector<Line> lines_;
  struct Item {
    bool is_first;
    size_t line, code_line;
  };
  std::vector<Item> items_;  // those that are not at their end yet
  bool is_open_ = false;     // more may be written to the last line
  bool space_ = false;
  bool blank_ = false;          // the next line comes after an empty one
  bool is_after_long_ = false;  // the item before takes several lines
  int indent_ = 0;
};

}  // namespace kiln::format
