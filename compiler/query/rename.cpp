#include "query/rename.h"

#include <algorithm>

#include <fmt/format.h>

#include "query/words.h"

namespace kiln::query {

SymbolKey key_of(const Analysis& analysis, SymbolId id) {
  const Symbol& symbol = analysis.symbol(id);
  if (!symbol.span.known()) return {"", 0, symbol.name};
  return {canonical_path(analysis.files[symbol.span.file].path()), symbol.span.begin, symbol.name};
}

std::vector<Occurrence> occurrences_of(const Analysis& analysis, const SymbolKey& key) {
  std::vector<char> is_it(analysis.symbols.size(), 2);  // 2: not known yet
  std::vector<Occurrence> found;
  for (const Occurrence& occurrence : analysis.occurrences) {
    char& answer = is_it[occurrence.symbol];
    if (answer == 2) {
      const Symbol& symbol = analysis.symbol(occurrence.symbol);
      answer = symbol.name == key.name && (symbol.span.known() ? symbol.span.begin : 0) == key.begin &&
                       key_of(analysis, occurrence.symbol) == key
                   ? 1
                   : 0;
    }
    if (answer == 1) found.push_back(occurrence);
  }
  return found;
}

std::string why_not_renamed(const Symbol& symbol) {
  if (!symbol.span.known()) return fmt::format("`{}` is part of the language", symbol.name);
  if (symbol.kind == SymbolKind::module) return "a module is named after its file";
  if (symbol.kind == SymbolKind::self) return "`self` is part of the language";
  if (symbol.kind == SymbolKind::method && symbol.name == "call")
    return "`call` is what makes a value callable";
  return "";
}

std::string why_no_name(const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool is_name =
      !name.empty() && is_letter(name[0]) &&
      std::all_of(name.begin(), name.end(), [&](char c) { return is_letter(c) || is_digit(c); });
  if (!is_name || name == "_")
    return fmt::format("`{}` is no name: letters, digits and `_`, not a digit first", name);
  if (is_reserved(name)) return fmt::format("`{}` is a word of the language", name);
  return "";
}

std::string with_new_name(const std::string& text, const std::vector<Occurrence>& places,
                          const std::string& name) {
  std::string result = text;
  for (auto place = places.rbegin(); place != places.rend(); ++place)
    result.replace(place->span.begin, place->span.end - place->span.begin, name);
  return result;
}

namespace {

uint32_t moved(uint32_t begin, const std::vector<Occurrence>& edits, size_t length) {
  int64_t shift = 0;
  for (const Occurrence& edit : edits) {
    if (edit.span.begin >= begin) break;
    shift += static_cast<int64_t>(length) - (edit.span.end - edit.span.begin);
  }
  return static_cast<uint32_t>(begin + shift);
}

size_t count_errors(const Analysis& analysis) {
  const auto& all = analysis.diagnostics.all();
  return static_cast<size_t>(std::count_if(all.begin(), all.end(), [](const Diagnostic& diagnostic) {
    return diagnostic.kind->severity != Severity::warning;
  }));
}

}  // namespace

bool has_same_meaning(const Analysis& before, const Analysis& after,
                      const std::map<std::string, std::vector<Occurrence>>& edits,
                      const std::string& new_name) {
  if (count_errors(after) > count_errors(before)) return false;
  if (before.occurrences.size() != after.occurrences.size()) return false;
  const auto moved_key = [&](const SymbolKey& key) {
    const auto file = edits.find(key.path);
    return file == edits.end() ? key.begin : moved(key.begin, file->second, new_name.size());
  };
  for (size_t i = 0; i < before.occurrences.size(); ++i) {
    const SymbolKey was = key_of(before, before.occurrences[i].symbol),
                    is = key_of(after, after.occurrences[i].symbol);
    if (was.path != is.path || moved_key(was) != is.begin) return false;
    if (was.path.empty() && was.name != is.name) return false;
  }
  return true;
}

}  // namespace kiln::query
