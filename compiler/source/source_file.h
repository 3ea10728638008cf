#pragma once

#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/span.h"

namespace kiln {

struct LineColumn {
  int line;    // from 1
  int column;  // from 1, in bytes
};

/// One .model file, whole in memory.
class SourceFile {
 public:
  SourceFile(std::string path, std::string text);
  const std::string& path() const { return path_; }
  const std::string& text() const { return text_; }
  LineColumn position_of(uint32_t offset) const;
  /// The text of a line (from 1) without its end.
  std::string_view line(int number) const;
  int line_count() const { return static_cast<int>(line_starts_.size()); }

 private:
  std::string path_;
  std::string text_;
  std::vector<uint32_t> line_starts_;
};

/// All files of one compilation; spans refer to them by number.
class SourceFiles {
 public:
  /// Takes a text under a path; returns its number (from 1).
  uint32_t add(std::string path, std::string text);
  /// Reads a file. Nothing if it cannot be read or is larger than 256 MiB.
  std::optional<uint32_t> load(const std::filesystem::path& path);
  const SourceFile& operator[](uint32_t number) const { return files_[number - 1]; }
  size_t size() const { return files_.size(); }
  std::string_view text_of(Span span) const;
  /// "path:line:column", or "" for an unknown span.
  std::string describe(Span span) const;

 private:
  std::deque<SourceFile> files_;
};

}  // namespace kiln
