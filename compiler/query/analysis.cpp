#include "query/analysis.h"

#include <algorithm>
#include <set>

#include "query/resolver.h"
#include "sema/check.h"

namespace kiln::query {

std::string canonical_path(const std::filesystem::path& path) { return sema::path_key(path); }

const Occurrence* Analysis::occurrence_at(uint32_t offset) const {
  auto after = std::upper_bound(occurrences.begin(), occurrences.end(), offset,
                                [](uint32_t at, const Occurrence& o) { return at < o.span.begin; });
  if (after == occurrences.begin()) return nullptr;
  const Occurrence& found = *std::prev(after);
  return offset <= found.span.end ? &found : nullptr;
}

std::optional<SymbolId> Analysis::symbol_of_node(const void* node) const {
  const auto found = by_node.find(node);
  if (found == by_node.end()) return std::nullopt;
  return found->second;
}

std::optional<SymbolId> Analysis::parameter_named(SymbolId callee, const std::string& name) const {
  const auto list = parameters.find(callee);
  if (list == parameters.end()) return std::nullopt;
  for (const syntax::Parameter& parameter : *list->second) {
    if (parameter.name.text == name) return symbol_of_node(&parameter);
  }
  return std::nullopt;
}

std::vector<SymbolId> Analysis::visible_at(uint32_t offset) const {
  std::vector<SymbolId> visible;
  std::set<std::string_view> seen;
  for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
    if (offset < scope->span.begin || offset > scope->span.end) continue;
    for (auto id = scope->names.rbegin(); id != scope->names.rend(); ++id) {
      if (symbols[*id].visible_from <= offset && seen.insert(symbols[*id].name).second)
        visible.push_back(*id);
    }
  }
  return visible;
}

std::optional<SymbolId> Analysis::visible_at(uint32_t offset, const std::string& name) const {
  for (const SymbolId id : visible_at(offset)) {
    if (symbols[id].name == name) return id;
  }
  const auto found = prelude.find(name);
  if (found == prelude.end()) return std::nullopt;
  return found->second;
}

std::shared_ptr<const Analysis> analyze(const std::string& path, std::string text,
                                        const Workspace& workspace) {
  auto analysis = std::make_shared<Analysis>();
  analysis->root = analysis->files.add(path, std::move(text));
  analysis->facts = std::make_unique<Facts>(analysis->root);
  sema::CheckOptions options;
  options.library_folders = workspace.library_folders;
  options.buffers = &workspace.buffers;
  options.observer = analysis->facts.get();
  options.trees = workspace.trees.get();
  analysis->program = sema::check(analysis->files, analysis->root, options, analysis->diagnostics);
  Resolver(*analysis).resolve();
  return analysis;
}

}  // namespace kiln::query
