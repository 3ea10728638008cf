#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/internal_check.h"

namespace kiln::tools {

/// A declaration as documentation shows it.
struct DocItem {
  std::string kind;  // "fn", "model", "type", "const"; of a model's: "param", "state", "submodel", "fn"
  std::string name;
  bool is_exported = false;
  std::string signature;                                   // in the one style, without comments and body
  std::string doc;                                         // Markdown
  std::vector<std::pair<std::string, std::string>> parts;  // parameters and results with docs of their own
  std::vector<std::string> inferred;                       // conditions that are not written: "N >= 1"
  std::vector<DocItem> members;                            // of a model: fields, then methods
};

struct DocModule {
  std::string name;
  std::string doc;
  std::map<std::string, std::string> imports;  // the name used here -> the module's name
  std::vector<DocItem> items;                  // in the order of the file; no tests, nothing private
};

/// What a file declares. Nothing: the mistakes have been printed, `exit` says of what kind.
std::optional<DocModule> read_documentation(const std::filesystem::path& file, ExitCode& exit);

}  // namespace kiln::tools
