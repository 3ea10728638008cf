#pragma once

#include "format/document.h"
#include "format/pieces.h"

namespace kiln::format {

/// Hands the pieces of a file one after the other to a document, each with its comments: these begin a line
/// before the group whose first piece they stand above, and end the line of the piece they stand behind. What
/// it is told to write must be what comes next, else it has failed and nothing that follows counts.
class Writer {
 public:
  explicit Writer(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}

  const Piece& next(size_t ahead = 0) const;
  size_t position() const { return next_; }
  const Piece& at(size_t position) const { return pieces_[position]; }
  /// The position of the piece that begins at a place of the file, or after it.
  size_t position_of(uint32_t begin) const;
  bool is_next(std::string_view text) const { return next().text == text; }
  bool is_done() const { return next_ + 1 >= pieces_.size(); }
  bool has_failed() const { return has_failed_; }
  const Document& document() const { return document_; }

  /// The next piece, whatever it is.
  void piece();
  void piece(std::string_view expected);
  /// A comma between items; a comment before it comes to stand behind it.
  void comma();
  /// Leaves out a comma before a closing bracket, but not its comments.
  void drop_comma();
  /// An operator between operands, which begins a line where the line is broken; a comment behind it comes to
  /// stand before it.
  void infix();

  void begin();
  void end() { document_.end(); }
  /// A group that holds the comments above its first piece.
  void begin_with_comments() { document_.begin(); }
  void space() { document_.add(CommandKind::space); }
  void line() { brk(CommandKind::line); }
  void soft_line() { brk(CommandKind::soft_line); }
  void hard_line() { brk(CommandKind::hard_line); }
  void indent(int columns = 2) { indentation_ += columns, document_.add(CommandKind::indent, {}, columns); }
  void dedent(int columns = 2) { indentation_ -= columns, document_.add(CommandKind::dedent, {}, columns); }
  /// Behind a `=`, in a group: a place to begin a line, `columns` further in. Returns the command that
  /// follows.
  size_t break_after_sign(int columns);
  /// The end of what stands there. Where that has no room on one line, the place becomes a blank, if it may.
  void end_break(size_t first_command, int columns, bool may_join);
  /// Whether what was written since a command, at the beginning of a line, has its place on that line.
  bool fits_on_line(size_t first_command) const;
  void if_broken(std::string_view text) { document_.add(CommandKind::if_broken, text); }
  /// The end of a line, and of an empty one if there is one in the file.
  void end_line();
  /// The end of a line, and an empty one.
  void empty_line() { brk(CommandKind::blank_line); }
  /// The comments at the end.
  void end_of_file() { comments_above(); }
  /// The comments above the next piece, where they stand now.
  void comments_above();
  /// Behind an opening bracket, before a closing one: no empty line stands there.
  void after_opening();
  void before_closing();
  void begin_item(bool is_first);
  void end_item();
  /// Whether a comment stands behind the last piece or above the next one.
  bool is_comment_next() const { return !behind_.empty() || !next().above.empty(); }

 private:
  void brk(CommandKind kind);
  void comment_behind();

  std::vector<Piece> pieces_;
  size_t next_ = 0;
  Document document_;
  std::string_view behind_;  // the comment behind the last piece, not yet written
  int indentation_ = 0;
  bool has_failed_ = false;
};

}  // namespace kiln::format
