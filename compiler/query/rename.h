#pragma once

#include <map>
#include <string>
#include <vector>

#include "query/analysis.h"

namespace kiln::query {

/// A symbol across analyses: by the place of its name.
struct SymbolKey {
  std::string path;
  uint32_t begin = 0;
  std::string name;

  friend bool operator==(const SymbolKey&, const SymbolKey&) = default;
};
SymbolKey key_of(const Analysis& analysis, SymbolId id);
/// Where the root file of an analysis names it.
std::vector<Occurrence> occurrences_of(const Analysis& analysis, const SymbolKey& key);

/// Why a symbol cannot have another name; empty if it can.
std::string why_not_renamed(const Symbol& symbol);
/// Why nothing can have this name; empty if something can.
std::string why_no_name(const std::string& name);

/// Texts with a symbol named otherwise, by path.
using Renamed = std::map<std::string, std::string>;
std::string with_new_name(const std::string& text, const std::vector<Occurrence>& places,
                          const std::string& name);
/// Whether in `after`, the same file with the places of `edits` (by path) replaced by a name of another
/// length, each name stands for what it stood for before, and nothing is wrong that was not.
bool has_same_meaning(const Analysis& before, const Analysis& after,
                      const std::map<std::string, std::vector<Occurrence>>& edits,
                      const std::string& new_name);

}  // namespace kiln::query
