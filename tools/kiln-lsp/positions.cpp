#include "positions.h"

#include <algorithm>

#include "source/utf8.h"

namespace kiln::lsp {

Positions::Positions(std::string_view text, Encoding encoding) : text_(text), encoding_(encoding) {
  starts_.push_back(0);
  for (size_t i = 0; i < text.size(); ++i) {
    const bool ends = text[i] == '\n' || (text[i] == '\r' && (i + 1 >= text.size() || text[i + 1] != '\n'));
    if (ends) starts_.push_back(static_cast<uint32_t>(i + 1));
  }
}

Json Positions::position(uint32_t offset) const {
  offset = std::min(offset, static_cast<uint32_t>(text_.size()));
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const size_t line = static_cast<size_t>(next - starts_.begin()) - 1;
  uint32_t character = 0;
  if (encoding_ == Encoding::utf8) {
    character = offset - starts_[line];
  } else {
    for (size_t at = starts_[line]; at < offset;) {
      const Utf8Character read = decode_utf8(text_, at);
      character += read.valid && read.code > 0xFFFF ? 2 : 1;
      at += static_cast<size_t>(read.bytes);
    }
  }
  return {{"line", line}, {"character", character}};
}

Json Positions::range(uint32_t begin, uint32_t end) const {
  return {{"start", position(begin)}, {"end", position(std::max(begin, end))}};
}

uint32_t Positions::offset(int64_t line, int64_t character) const {
  if (line < 0) return 0;
  if (line >= static_cast<int64_t>(starts_.size())) return static_cast<uint32_t>(text_.size());
  const auto number = static_cast<size_t>(line);
  size_t at = starts_[number];
  size_t end = number + 1 < starts_.size() ? starts_[number + 1] : text_.size();
  while (end > at && (text_[end - 1] == '\n' || text_[end - 1] == '\r')) --end;
  for (int64_t left = character; left > 0 && at < end;) {
    const Utf8Character read = decode_utf8(text_, at);
    const int64_t units = encoding_ == Encoding::utf8 ? read.bytes : read.valid && read.code > 0xFFFF ? 2 : 1;
    if (units > left) break;  // in the middle of a character: its begin
    left -= units;
    at += static_cast<size_t>(read.bytes);
  }
  return static_cast<uint32_t>(std::min(at, end));
}

uint32_t Positions::offset(const Json& position) const {
  return offset(find_number(position, {"line"}).value_or(0),
                find_number(position, {"character"}).value_or(0));
}

}  // namespace kiln::lsp
