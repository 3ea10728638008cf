#include "format/writer.h"

#include <algorithm>
#include <utility>

#include "format/format.h"

namespace kiln::format {

const Piece& Writer::next(size_t ahead) const { return pieces_[std::min(next_ + ahead, pieces_.size() - 1)]; }

size_t Writer::position_of(uint32_t begin) const {
  const auto found = std::lower_bound(pieces_.begin(), pieces_.end(), begin,
                                      [](const Piece& piece, uint32_t place) { return piece.begin < place; });
  return static_cast<size_t>(found - pieces_.begin());
}

void Writer::comment_behind() {
  if (behind_.empty()) return;
  document_.add(CommandKind::space);
  document_.add(CommandKind::comment_behind, behind_);
  behind_ = {};
}

void Writer::comments_above() {
  comment_behind();
  Piece& piece = pieces_[next_];
  for (const Comment& comment : piece.above) document_.comment(comment.text, comment.is_after_blank);
  // What documents must stay where it is: an empty line below it stays.
  if (!piece.above.empty() && piece.is_after_blank) document_.add(CommandKind::blank_line);
  piece.above.clear();
}

void Writer::piece() {
  if (is_done()) {
    has_failed_ = true;
    return;
  }
  comments_above();
  document_.add(CommandKind::text, next().text);
  behind_ = next().behind;
  ++next_;
}

void Writer::piece(std::string_view expected) {
  has_failed_ = has_failed_ || !is_next(expected);
  if (!has_failed_) piece();
}

void Writer::comma() {
  if (has_failed_ || !is_next(",")) {
    has_failed_ = true;
    return;
  }
  Piece& sign = pieces_[next_];
  Piece& following = pieces_[next_ + 1];
  std::vector<Comment> later = sign.above;
  const bool has_place = behind_.empty() && later.empty();
  if (!has_place && !sign.behind.empty()) later.push_back({sign.behind, false});
  // One that documents nothing here would document the next item.
  for (const Comment& comment : later)
    if (comment.text.starts_with("///")) return piece();
  const std::string_view behind = has_place ? sign.behind : behind_;
  behind_ = {};
  document_.add(CommandKind::text, sign.text);
  behind_ = behind;
  following.above.insert(following.above.begin(), later.begin(), later.end());
  ++next_;
}

void Writer::drop_comma() {
  if (has_failed_ || !is_next(",")) return;
  Piece& sign = pieces_[next_];
  Piece& following = pieces_[next_ + 1];
  std::vector<Comment> later = std::move(sign.above);
  const bool has_place = behind_.empty() && later.empty();
  if (has_place)
    behind_ = sign.behind;
  else if (!sign.behind.empty())
    later.push_back({sign.behind, false});
  following.above.insert(following.above.begin(), later.begin(), later.end());
  ++next_;
}

void Writer::infix() {
  Piece& sign = pieces_[next_];
  if (behind_.empty() && sign.above.empty()) behind_ = std::exchange(sign.behind, {});
  line();
  piece();
}

void Writer::begin() {
  if (!is_done()) comments_above();
  document_.begin();
}

void Writer::brk(CommandKind kind) {
  comment_behind();
  document_.add(kind);
}

void Writer::end_line() {
  comment_behind();
  const Piece& piece = next();
  const bool is_after_blank = piece.above.empty() ? piece.is_after_blank : piece.above.front().is_after_blank;
  document_.add(is_after_blank && !piece.text.empty() ? CommandKind::blank_line : CommandKind::hard_line);
}

bool Writer::fits_on_line(size_t first_command) const {
  return behind_.empty() && document_.flat_width(first_command) <= line_width - indentation_;
}

size_t Writer::break_after_sign(int columns) {
  indent(columns);
  line();
  return document_.commands().size();
}

void Writer::end_break(size_t first_command, int columns, bool may_join) {
  const bool joins = may_join && document_.flat_width(first_command) > line_width - indentation_;
  if (joins) document_.join(first_command);
  document_.add(CommandKind::dedent, {}, joins ? 0 : columns);
  indentation_ -= columns;
}

void Writer::after_opening() {
  if (!next().above.empty()) pieces_[next_].above.front().is_after_blank = false;
}

void Writer::before_closing() {
  if (is_done()) return;
  pieces_[next_].is_after_blank = false;
  comments_above();
}

void Writer::begin_item(bool is_first) {
  document_.add(CommandKind::begin_item, {}, is_first ? 1 : 0);
  comments_above();
  document_.add(CommandKind::begin_code);
}

void Writer::end_item() {
  comment_behind();
  document_.add(CommandKind::end_item);
}

}  // namespace kiln::format
