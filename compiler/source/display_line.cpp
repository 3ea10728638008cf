#include "source/display_line.h"

#include <algorithm>

#include "source/utf8.h"

namespace kiln {

namespace {

constexpr int tab_width = 4;

struct Range {
  char32_t first, last;
};

constexpr Range combining[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F},
                               {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200D}, {0x20D0, 0x20FF},
                               {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

constexpr Range wide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},  {0x3400, 0x4DBF},
                          {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},
                          {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F},
                          {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

template <size_t count>
bool holds(const Range (&ranges)[count], char32_t c) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [c](Range r) { return r.first <= c && c <= r.last; });
}

// Direction marks can make a line read otherwise than it is compiled; they are shown as unprintable.
bool is_unprintable(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200E && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

DisplayLine::DisplayLine(std::string_view line) {
  for (size_t at = 0; at < line.size();) {
    const Utf8Character character = decode_utf8(line, at);
    columns_.insert(columns_.end(), character.bytes, width());
    const std::string_view bytes = line.substr(at, character.bytes);
    at += character.bytes;
    if (!character.valid) {
      cells_.push_back("\uFFFD");
    } else if (character.code == '\t') {
      do cells_.push_back(" ");
      while (width() % tab_width != 0);
    } else if (is_unprintable(character.code)) {
      cells_.push_back("\uFFFD");
    } else if (holds(combining, character.code) && !cells_.empty()) {
      cells_.back() += bytes;
    } else {
      cells_.emplace_back(bytes);
      if (holds(wide, character.code)) cells_.emplace_back();
    }
  }
}

int DisplayLine::column_of(size_t byte) const { return byte < columns_.size() ? columns_[byte] : width(); }

std::string DisplayLine::text(int begin, int end) const {
  std::string joined;
  for (int i = std::max(begin, 0); i < std::min(end, width()); ++i) joined += cells_[i];
  joined.erase(joined.find_last_not_of(' ') + 1);
  return joined;
}

}  // namespace kiln
