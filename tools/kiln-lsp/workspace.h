#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "positions.h"
#include "query/analysis.h"

namespace kiln::lsp {

/// A file that the editor has open: its text counts, not what lies on the disk.
struct Document {
  std::string uri;
  int64_t version = 0;
  std::string text;
  uint64_t stamp = 0;  // another one for each text
};

/// The files that the editor knows, and what is known about them.
class Workspace {
 public:
  using AnalysisPtr = std::shared_ptr<const query::Analysis>;

  explicit Workspace(std::vector<std::filesystem::path> library_folders);

  void add_folder(const std::string& path) { folders_.push_back(path); }
  void remove_folder(const std::string& path) { std::erase(folders_, path); }
  const std::vector<std::string>& folders() const { return folders_; }
  void open(const std::string& path, Document document);
  void change(const std::string& path, int64_t version, std::string text);
  void close(const std::string& path);
  /// Files on the disk may have changed, or new ones may be there.
  void touch() { ++revision_; }
  const Document* document(const std::string& path) const;
  const std::map<std::string, Document>& documents() const { return documents_; }

  /// The analysis of a file as it is now, kept until it or what it imports changes. Null if it cannot be
  /// read.
  AnalysisPtr analysis(const std::string& path);
  /// The last analysis of the file that had no syntax error; may be null.
  AnalysisPtr last_good(const std::string& path) const;
  /// The same for a text that nobody has: as if these texts stood in their files.
  AnalysisPtr analysis_with(const std::string& path, const std::map<std::string, std::string>& texts);
  std::optional<std::string> text(const std::string& path) const;
  /// All .model files in the folders of the workspace and those that are open, with their text. At most
  /// `most_files`.
  std::vector<std::string> files() const;
  bool is_in_library(const std::string& path) const;
  const query::Workspace& settings() const { return settings_; }

  static constexpr size_t most_files = 2000;

 private:
  struct Entry {
    AnalysisPtr analysis;
    std::map<std::string, std::string> stamps;  // of the file and what it imports
    uint64_t revision = 0;
    bool lacks_imports = false;
  };
  std::string stamp_of(const std::string& path) const;
  bool is_fresh(const Entry& entry) const;

  query::Workspace settings_;
  std::vector<std::string> folders_;
  std::map<std::string, Document> documents_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, AnalysisPtr> good_;
  uint64_t revision_ = 0;  // of all texts
};

}  // namespace kiln::lsp
