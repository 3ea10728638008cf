#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sema/check.h"
#include "syntax/ast.h"

namespace kiln::sema {

/// One file, with what it declares and imports.
struct Module {
  std::string name;  // of the file, without folder and ending
  std::filesystem::path path;
  syntax::File file;
  std::map<std::string, const Module*> imports;  // by the name used in this file
  std::map<std::string, const syntax::Declaration*> declarations;

  const syntax::Declaration* find(const std::string& declared) const;
};

/// The root file and everything it imports, directly or not; imported files come before their importers.
using Modules = std::vector<std::unique_ptr<Module>>;

/// Loads and parses. Files that cannot be found or parsed, cycles and double declarations are reported; what
/// could be loaded is there all the same.
Modules load_modules(SourceFiles& files, uint32_t root, const CheckOptions& options,
                     Diagnostics& diagnostics);

struct Session;
/// stdlib/prelude.model, which declares what is known everywhere and written in the language; null if it is
/// not there.
const Module* prelude_module(Session& session);

}  // namespace kiln::sema
