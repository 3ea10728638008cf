#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sema/check.h"
#include "syntax/ast.h"
#include "syntax/parse_on_demand.h"

namespace kiln::sema {

/// One file, with what it declares and imports.
struct Module {
  std::string name;  // of the file, without folder and ending
  std::filesystem::path path;
  std::shared_ptr<const syntax::File> tree;
  const syntax::File& file;
  bool is_checked = false;  // by an earlier run, which found nothing to say: see TreeCache
  std::map<std::string, const Module*> imports;  // by the name used in this file
  /// Of a file of the standard library: parses each declaration when `find` first asks for it.
  std::unique_ptr<syntax::FileOnDemand> on_demand;
  /// By their names; null if it was not asked for yet, or could not be parsed.
  mutable std::map<std::string, const syntax::Declaration*> declarations;

  explicit Module(std::shared_ptr<const syntax::File> parsed) : tree(std::move(parsed)), file(*tree) {}
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  const syntax::Declaration* find(const std::string& declared) const;
};

/// What a server keeps of imported files from one run to the next: the trees of those without mistakes, and
/// which of them need not be checked again. The number of a file is part of its tree, so it must be the same
/// again.
class TreeCache {
 public:
  struct Entry {
    std::string text;
    uint32_t number = 0;
    std::shared_ptr<const syntax::File> tree;
    bool is_checked = false;
  };
  /// Null if there is none for this text under this number.
  Entry* find(const std::string& path, const std::string& text, uint32_t number);
  void put(const std::string& path, Entry entry) { entries_[path] = std::move(entry); }

 private:
  std::map<std::string, Entry> entries_;
};

/// The root file and everything it imports, directly or not; imported files come before their importers.
using Modules = std::vector<std::unique_ptr<Module>>;

/// By which a file is known, however it is named.
std::string path_key(const std::filesystem::path& path);

/// Loads and parses. Files that cannot be found or parsed, cycles and double declarations are reported; what
/// could be loaded is there all the same.
Modules load_modules(SourceFiles& files, uint32_t root, const CheckOptions& options,
                     Diagnostics& diagnostics);

struct Session;
/// stdlib/prelude.model, which declares what is known everywhere and written in the language; null if it is
/// not there.
const Module* prelude_module(Session& session);

}  // namespace kiln::sema
