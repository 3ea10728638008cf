#include "format/lines.h"

#include <algorithm>

#include "format/format.h"
#include "source/display_line.h"

namespace kiln::format {

int width_of(std::string_view text) {
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 127; });
  return is_plain ? static_cast<int>(text.size()) : DisplayLine(text).width();
}

int Lines::column() const {
  return is_at_start() ? indent_ : width_of(lines_.back().code) + (space_ ? 1 : 0);
}

void Lines::open() {
  lines_.push_back({std::string(static_cast<size_t>(std::max(indent_, 0)), ' '), "", blank_});
  is_open_ = true;
  blank_ = space_ = false;
}

void Lines::text(std::string_view text) {
  if (text.empty()) return;
  if (is_at_start()) open();
  if (space_) lines_.back().code += ' ';
  space_ = false;
  lines_.back().code += text;
}

void Lines::next() { is_open_ = space_ = false; }

void Lines::blank() {
  next();
  blank_ = !lines_.empty();
}

void Lines::comment_behind(std::string_view comment) {
  if (is_at_start()) return comment_above(comment, false);
  lines_.back().comment = comment;
  next();
}

void Lines::comment_above(std::string_view comment, bool blank_before) {
  next();
  if (blank_before && !lines_.empty()) blank_ = true;
  text(comment);
  next();
}

void Lines::begin_item(bool is_first) {
  next();
  if (is_after_long_ && !is_first) blank_ = true;
  is_after_long_ = false;
  items_.push_back({is_first, lines_.size(), lines_.size()});
}

void Lines::begin_code() { items_.back().code_line = lines_.size(); }

void Lines::end_item() {
  const Item item = items_.back();
  items_.pop_back();
  is_after_long_ = lines_.size() > item.code_line + 1;
  if (is_after_long_ && !item.is_first) lines_[item.line].is_after_blank = true;
}

static size_t indentation_of(const std::string& line) { return line.find_first_not_of(' '); }

/// Comments behind a run of equally indented lines stand in one column, if they all fit there.
void Lines::align_comments() {
  for (size_t begin = 0; begin < lines_.size();) {
    size_t end = begin;
    int widest = 0, longest = 0;
    for (; end < lines_.size() && !lines_[end].comment.empty() &&
           (end == begin || (!lines_[end].is_after_blank &&
                             indentation_of(lines_[end].code) == indentation_of(lines_[begin].code)));
         ++end) {
      widest = std::max(widest, width_of(lines_[end].code));
      longest = std::max(longest, width_of(lines_[end].comment));
    }
    const bool is_aligned = widest + 2 + longest <= line_width;
    for (size_t i = begin; i < end; ++i) {
      const int gap = is_aligned ? widest + 2 - width_of(lines_[i].code) : 2;
      lines_[i].code += std::string(static_cast<size_t>(gap), ' ') + lines_[i].comment;
    }
    begin = std::max(end, begin + 1);
  }
}

std::string Lines::take() {
  align_comments();
  std::string text;
  for (const Line& line : lines_) {
    if (line.is_after_blank) text += '\n';
    text += line.code + '\n';
  }
  return text;
}

}  // namespace kiln::format
