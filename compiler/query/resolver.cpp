#include "query/resolver.h"

#include <algorithm>

#include "base/internal_check.h"
#include "query/prelude_notes.h"

namespace kiln::query {

void Resolver::resolve() {
  declare_prelude();
  const sema::Modules& modules = analysis_.facts->modules();
  for (const auto& module : modules) declare_module(*module);
  module_ = modules.back().get();
  open({analysis_.root, 0, static_cast<uint32_t>(analysis_.text().size())});
  for (const auto& [name, declaration] : module_->declarations) {
    if (const auto id = analysis_.symbol_of_node(declaration)) know(*id);
  }
  for (const auto& [name, imported] : module_->imports) {
    if (const auto id = analysis_.symbol_of_node(imported)) known(*id, name);
  }
  for (const syntax::Import& import : module_->file.imports) visit_import(import);
  for (const syntax::DeclarationPtr& declaration : module_->file.declarations) visit(*declaration);
  close();
  std::stable_sort(analysis_.occurrences.begin(), analysis_.occurrences.end(),
                   [](const Occurrence& a, const Occurrence& b) { return a.span.begin < b.span.begin; });
  // A pattern's binders name their indices once for each part.
  analysis_.occurrences.erase(
      std::unique(analysis_.occurrences.begin(), analysis_.occurrences.end(),
                  [](const Occurrence& a, const Occurrence& b) { return a.span.begin == b.span.begin; }),
      analysis_.occurrences.end());
}

void Resolver::open(Span span) {
  blocks_.push_back({analysis_.scopes.size(), {}});
  analysis_.scopes.push_back({span, {}});
}

void Resolver::close() { blocks_.pop_back(); }

Symbol Resolver::named(SymbolKind kind, const syntax::Name& name, Span whole) {
  Symbol symbol;
  symbol.kind = kind;
  symbol.name = name.text;
  symbol.span = name.span;
  symbol.whole = whole;
  return symbol;
}

SymbolId Resolver::add(Symbol symbol) {
  analysis_.symbols.push_back(std::move(symbol));
  return static_cast<SymbolId>(analysis_.symbols.size() - 1);
}

void Resolver::known(SymbolId id, const std::string& name) {
  blocks_.back().names.insert_or_assign(name, id);
  analysis_.scopes[blocks_.back().record].names.push_back(id);
}

SymbolId Resolver::declare(SymbolKind kind, const syntax::Name& name, Span whole, uint32_t visible_from) {
  Symbol symbol = named(kind, name, whole);
  symbol.visible_from = visible_from;
  const SymbolId id = add(std::move(symbol));
  if (!(name == "_")) {
    know(id);
    mark(name.span, id, true, false);
  }
  return id;
}

void Resolver::mark(Span span, SymbolId symbol, bool is_declaration, bool is_write) {
  if (span.file != analysis_.root || span.begin == span.end) return;
  analysis_.occurrences.push_back({span, symbol, is_declaration, is_write});
}

void Resolver::mark_parameter(SymbolId callee, const syntax::Name& name) {
  if (const auto parameter = analysis_.parameter_named(callee, name.text)) mark(name.span, *parameter);
}

std::optional<SymbolId> Resolver::find(const std::string& name) const {
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    if (const auto found = block->names.find(name); found != block->names.end()) return found->second;
  }
  if (const auto found = analysis_.prelude.find(name); found != analysis_.prelude.end()) return found->second;
  return std::nullopt;
}

std::optional<SymbolId> Resolver::refer(const syntax::Name& name, bool is_write) {
  if (!name.present()) return std::nullopt;
  const auto id = find(name.text);
  if (id) mark(name.span, *id, false, is_write);
  return id;
}

void Resolver::declare_prelude() {
  for (const PreludeNote& note : prelude_notes()) {
    Symbol symbol;
    symbol.kind = SymbolKind::builtin;
    symbol.name = note.name;
    symbol.header = note.header;
    symbol.doc = note.doc;
    analysis_.prelude.emplace(note.name, add(std::move(symbol)));
  }
}

}  // namespace kiln::query
