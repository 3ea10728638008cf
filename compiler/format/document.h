#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kiln::format {

enum class CommandKind : uint8_t {
  text,
  space,        // one blank, unless it would begin or end a line
  line,         // in a group on one line: a blank; else a new line
  soft_line,    // in a group on one line: nothing; else a new line
  hard_line,    // a new line
  blank_line,   // a new line, and an empty one before it
  begin_group,  // a group stands on one line if it fits and nothing in it must begin a new one
  end_group,
  indent,  // by `amount` more columns
  dedent,
  if_broken,       // text that stands only where the group around it is broken
  comment_behind,  // a comment at the end of the line, which ends it
  comment_above,   // a comment on a line of its own
  begin_item,      // an item that takes several lines has an empty line before and after it; `amount` 1: the
                   // first
  begin_code,      // of an item: its comments end here
  end_item,
};

/// A text with the places where lines may be broken, in the manner of Oppen (Prettyprinting, 1980) and Wadler
/// (A prettier printer, 2003): a run of commands.
class Document {
 public:
  struct Command {
    CommandKind kind;
    int amount = 0;  // of indent; of begin_group: the position of its end
    bool is_broken =
        false;  // of a group: something in it begins a new line; of comment_above: a blank line before it
    std::string_view text;  // must outlive the document
  };

  void add(CommandKind kind, std::string_view text = {}, int amount = 0);
  void begin();
  void end();
  /// A comment above what follows.
  void comment(std::string_view text, bool blank_before);
  /// Takes back the indent and the line just before a command: a blank stays.
  void join(size_t command);
  /// The columns of what comes from a command on, on one line; more than any line has if it must begin a new
  /// one.
  int flat_width(size_t first) const;
  const std::vector<Command>& commands() const { return commands_; }

 private:
  void break_groups();

  std::vector<Command> commands_;
  std::vector<size_t> open_;
};

/// The document laid out in lines of at most `width` columns where that is possible.
std::string lay_out(const Document& document, int width);

}  // namespace kiln::format
