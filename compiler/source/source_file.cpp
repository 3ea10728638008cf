#include "source/source_file.h"

#include <algorithm>
#include <fstream>

#include "base/internal_check.h"

namespace kiln {

static constexpr size_t largest_file = size_t{256} << 20;

SourceFile::SourceFile(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
  line_starts_.push_back(0);
  for (size_t i = 0; i < text_.size(); ++i)
    if (text_[i] == '\n') line_starts_.push_back(static_cast<uint32_t>(i + 1));
}

LineColumn SourceFile::position_of(uint32_t offset) const {
  const uint32_t inside = std::min(offset, static_cast<uint32_t>(text_.size()));
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), inside);
  const auto line = next - line_starts_.begin();
  return {static_cast<int>(line), static_cast<int>(inside - line_starts_[line - 1]) + 1};
}

std::string_view SourceFile::line(int number) const {
  if (number < 1 || number > line_count()) return {};
  const size_t begin = line_starts_[number - 1];
  size_t end = number < line_count() ? line_starts_[number] - 1 : text_.size();
  if (end > begin && text_[end - 1] == '\r') --end;
  return std::string_view(text_).substr(begin, end - begin);
}

uint32_t SourceFiles::add(std::string path, std::string text) {
  internal_check(text.size() <= largest_file, "SourceFiles::add: a text above 256 MiB");
  files_.emplace_back(std::move(path), std::move(text));
  return static_cast<uint32_t>(files_.size());
}

std::optional<uint32_t> SourceFiles::load(const std::filesystem::path& path) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) return std::nullopt;  // opens, but only fails to read
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  std::string text;
  char piece[1 << 16];
  while (stream.read(piece, sizeof piece) || stream.gcount() > 0) {
    text.append(piece, static_cast<size_t>(stream.gcount()));
    if (text.size() > largest_file) return std::nullopt;
  }
  if (stream.bad()) return std::nullopt;
  return add(path.string(), std::move(text));
}

std::string_view SourceFiles::text_of(Span span) const {
  if (!span.known()) return {};
  const std::string_view text = (*this)[span.file].text();
  const size_t begin = std::min<size_t>(span.begin, text.size());
  return text.substr(begin, span.end > begin ? span.end - begin : 0);
}

std::string SourceFiles::describe(Span span) const {
  if (!span.known()) return "";
  const SourceFile& file = (*this)[span.file];
  const LineColumn at = file.position_of(span.begin);
  return file.path() + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

}  // namespace kiln
