#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sema/typed.h"
#include "source/diagnostic.h"
#include "source/source_file.h"

namespace kiln::sema {

class Observer;
class TreeCache;

struct CheckOptions {
  /// Where `import nn` is looked for after the folder of the importing file.
  std::vector<std::filesystem::path> library_folders;
  /// Texts that stand for imported files, by canonical path: what an editor has not saved. May be null.
  const std::map<std::string, std::string>* buffers = nullptr;
  Observer* observer = nullptr;
  TreeCache* trees = nullptr;  // of imported files; may be null
};

/// Parses the root file and what it imports, checks everything (generic bodies once for all dims and element
/// classes, bodies with `tree` and `model` generics at each use) and instantiates the exports and tests of
/// the root file. Nothing if there is an error or a known limit; then the diagnostics say why.
std::optional<TypedProgram> check(SourceFiles& files, uint32_t root, const CheckOptions& options,
                                  Diagnostics& diagnostics);

/// An indented dump, for `kilnc build --emit typed`.
std::string print(const TypedProgram& program);

}  // namespace kiln::sema
