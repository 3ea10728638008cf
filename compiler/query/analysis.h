#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "query/facts.h"
#include "query/symbol.h"
#include "source/diagnostic.h"
#include "source/source_file.h"

namespace kiln::query {

struct Workspace {
  /// Where imports are looked for after the folder of the importing file.
  std::vector<std::filesystem::path> library_folders;
  /// Texts that stand for files, by canonical path: what an editor has not saved.
  std::map<std::string, std::string> buffers;
  /// Of imported files, from one analysis to the next.
  std::shared_ptr<sema::TreeCache> trees = std::make_shared<sema::TreeCache>();
};

/// A file and what it imports, checked as far as possible, with what each name in the file stands for. It
/// refers to nothing outside and does not change.
class Analysis {
 public:
  SourceFiles files;
  Diagnostics diagnostics;
  uint32_t root = 0;                          // the file, in `files`
  std::optional<sema::TypedProgram> program;  // nothing if there are mistakes
  std::unique_ptr<Facts> facts;

  std::vector<Symbol> symbols;
  std::vector<Occurrence> occurrences;  // in the root file, in order, none within another
  std::vector<ScopeRecord> scopes;      // of the root file, outer before inner
  std::unordered_map<const void*, SymbolId>
      by_node;  // of modules, declarations, parameters, fields and methods
  std::unordered_map<SymbolId, const std::vector<syntax::Parameter>*>
      parameters;  // of functions, models, types
  std::unordered_map<std::string, SymbolId> prelude;

  const sema::Module& module() const { return *facts->modules().back(); }
  const std::string& text() const { return files[root].text(); }
  const std::string& path() const { return files[root].path(); }

  /// The occurrence that a place of the file lies in or right behind.
  const Occurrence* occurrence_at(uint32_t offset) const;
  const Symbol& symbol(SymbolId id) const { return symbols[id]; }
  std::optional<SymbolId> symbol_of_node(const void* node) const;
  /// The parameter of a function, method, model or type.
  std::optional<SymbolId> parameter_named(SymbolId callee, const std::string& name) const;
  /// The names that are known at a place of the file, inner ones first, each name once. Those of the prelude
  /// are not among them.
  std::vector<SymbolId> visible_at(uint32_t offset) const;
  std::optional<SymbolId> visible_at(uint32_t offset, const std::string& name) const;
};

/// `path` must be canonical (see canonical_path); `text` is its text.
std::shared_ptr<const Analysis> analyze(const std::string& path, std::string text,
                                        const Workspace& workspace);

/// The path by which files are known: absolute, without links and dots.
std::string canonical_path(const std::filesystem::path& path);

}  // namespace kiln::query
