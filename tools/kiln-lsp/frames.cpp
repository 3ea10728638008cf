#include "frames.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace kiln::lsp {

namespace {

constexpr std::string_view length_key = "content-length:";

bool equals_without_case(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

size_t find_length_key(std::string_view text, size_t from) {
  const auto found = std::search(text.begin() + static_cast<std::ptrdiff_t>(std::min(from, text.size())),
                                 text.end(), length_key.begin(), length_key.end(), equals_without_case);
  return found == text.end() ? std::string_view::npos : static_cast<size_t>(found - text.begin());
}

struct HeaderEnd {
  size_t begin = std::string_view::npos, end = std::string_view::npos;  // the empty line
};

HeaderEnd end_of_header(std::string_view text) {
  const size_t windows = text.find("\r\n\r\n"), unix_like = text.find("\n\n");
  if (windows <= unix_like && windows != std::string_view::npos) return {windows, windows + 4};
  if (unix_like != std::string_view::npos) return {unix_like, unix_like + 2};
  return {};
}

/// At most 18 digits, so that it fits.
std::optional<size_t> number_at(std::string_view text, size_t at) {
  while (at < text.size() && text[at] == ' ') ++at;
  size_t value = 0, digits = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && digits < 18; ++at, ++digits)
    value = 10 * value + static_cast<size_t>(text[at] - '0');
  const bool ends = at >= text.size() || text[at] == '\r' || text[at] == '\n' || text[at] == ' ';
  if (digits == 0 || !ends) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::string> FrameReader::next() {
  while (true) {
    const size_t skipped = std::min(to_skip_, waiting_.size());
    waiting_.erase(0, skipped);
    to_skip_ -= skipped;
    if (to_skip_ != 0) return std::nullopt;
    const HeaderEnd end = end_of_header(waiting_);
    const size_t key = find_length_key(std::string_view(waiting_).substr(0, end.begin), 0);
    if (end.begin == std::string_view::npos) {
      if (waiting_.size() <= largest_header) return std::nullopt;
      ++malformed_;  // no header is this long: what may be the begin of one stays
      const size_t later = find_length_key(waiting_, 1);
      waiting_.erase(0, later != std::string_view::npos ? later : waiting_.size() - length_key.size());
      continue;
    }
    const auto length =
        key == std::string_view::npos ? std::nullopt : number_at(waiting_, key + length_key.size());
    if (!length) {
      ++malformed_;
      waiting_.erase(0, end.end);
      continue;
    }
    if (*length > largest_message) {
      ++malformed_;
      waiting_.erase(0, end.end);
      to_skip_ = *length;
      continue;
    }
    if (waiting_.size() - end.end < *length) return std::nullopt;
    std::string message = waiting_.substr(end.end, *length);
    waiting_.erase(0, end.end + *length);
    return message;
  }
}

std::string framed(std::string_view message) {
  return fmt::format("Content-Length: {}\r\n\r\n{}", message.size(), message);
}

}  // namespace kiln::lsp
