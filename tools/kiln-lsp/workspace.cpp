#include "workspace.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "source/diagnostic_table.h"

namespace kiln::lsp {

namespace fs = std::filesystem;

Workspace::Workspace(std::vector<fs::path> library_folders) {
  settings_.library_folders = std::move(library_folders);
}

void Workspace::open(const std::string& path, Document document) {
  document.stamp = ++revision_;
  settings_.buffers[path] = document.text;
  documents_[path] = std::move(document);
}

void Workspace::change(const std::string& path, int64_t version, std::string text) {
  Document& document = documents_[path];
  document.version = version;
  document.text = std::move(text);
  document.stamp = ++revision_;
  settings_.buffers[path] = document.text;
}

void Workspace::close(const std::string& path) {
  ++revision_;
  documents_.erase(path);
  settings_.buffers.erase(path);
  entries_.erase(path);
  good_.erase(path);
}

const Document* Workspace::document(const std::string& path) const {
  const auto found = documents_.find(path);
  return found == documents_.end() ? nullptr : &found->second;
}

std::string Workspace::stamp_of(const std::string& path) const {
  if (const Document* open = document(path)) return fmt::format("open {}", open->stamp);
  std::error_code failed;
  const auto time = fs::last_write_time(path, failed);
  if (failed) return "none";
  const auto size = fs::file_size(path, failed);
  return fmt::format("{} {}", time.time_since_epoch().count(), size);
}

bool Workspace::is_fresh(const Entry& entry) const {
  if (entry.lacks_imports && entry.revision != revision_) return false;
  return std::all_of(entry.stamps.begin(), entry.stamps.end(),
                     [this](const auto& stamp) { return stamp_of(stamp.first) == stamp.second; });
}

std::optional<std::string> Workspace::text(const std::string& path) const {
  if (const Document* open = document(path)) return open->text;
  SourceFiles files;
  const auto number = files.load(path);
  if (!number) return std::nullopt;
  return files[*number].text();
}

Workspace::AnalysisPtr Workspace::analysis(const std::string& path) {
  if (const auto found = entries_.find(path); found != entries_.end() && is_fresh(found->second))
    return found->second.analysis;
  auto now = text(path);
  if (!now) return nullptr;
  Entry entry;
  entry.stamps[path] = stamp_of(path);
  entry.analysis = query::analyze(path, std::move(*now), settings_);
  for (uint32_t file = 1; file <= entry.analysis->files.size(); ++file) {
    const std::string other = query::canonical_path(entry.analysis->files[file].path());
    if (other != path) entry.stamps[other] = stamp_of(other);
  }
  const auto& said = entry.analysis->diagnostics.all();
  entry.lacks_imports = std::any_of(said.begin(), said.end(), [](const Diagnostic& diagnostic) {
    return diagnostic.kind == &diagnostics::import_not_found ||
           diagnostic.kind == &diagnostics::cannot_read_file;
  });
  entry.revision = revision_;
  if (entry.analysis->module().file.is_complete) good_[path] = entry.analysis;
  return (entries_[path] = std::move(entry)).analysis;
}

Workspace::AnalysisPtr Workspace::last_good(const std::string& path) const {
  const auto found = good_.find(path);
  return found == good_.end() ? nullptr : found->second;
}

Workspace::AnalysisPtr Workspace::analysis_with(const std::string& path,
                                                const std::map<std::string, std::string>& texts) {
  query::Workspace settings = settings_;
  for (const auto& [other, text] : texts) settings.buffers[other] = text;
  const auto found = texts.find(path);
  auto own = found != texts.end() ? std::optional(found->second) : text(path);
  if (!own) return nullptr;
  return query::analyze(path, std::move(*own), settings);
}

std::vector<std::string> Workspace::files() const {
  std::set<std::string> found;
  for (const auto& [path, document] : documents_) found.insert(path);
  for (const std::string& folder : folders_) {
    std::error_code failed;
    fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, failed);
    for (; !failed && at != fs::recursive_directory_iterator() && found.size() < most_files;
         at.increment(failed)) {
      std::error_code ignored;
      const std::string name = at->path().filename().string();
      if (at->is_directory(ignored) && (name == "node_modules" || name == "build" || name[0] == '.')) {
        at.disable_recursion_pending();
      } else if (at->path().extension() == ".model" && at->is_regular_file(ignored)) {
        found.insert(query::canonical_path(at->path()));
      }
    }
  }
  return {found.begin(), found.end()};
}

bool Workspace::is_in_library(const std::string& path) const {
  return std::any_of(settings_.library_folders.begin(), settings_.library_folders.end(),
                     [&](const fs::path& folder) {
                       const std::string prefix = query::canonical_path(folder) + "/";
                       return path.compare(0, prefix.size(), prefix) == 0;
                     });
}

}  // namespace kiln::lsp
