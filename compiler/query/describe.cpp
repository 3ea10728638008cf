#include "query/describe.h"

#include "query/members.h"
#include "query/prelude_notes.h"

namespace kiln::query {

namespace {

std::string range_text(const RangeFact& range) {
  if (range.low.empty()) return range.high;
  return range.low + ".." + range.high;
}

std::vector<std::string> notes_of(const Analysis& analysis, const Symbol& symbol) {
  std::vector<std::string> notes;
  std::vector<std::string> conditions;
  if (symbol.function != nullptr) conditions = analysis.facts->inferred(*symbol.function);
  if (symbol.model != nullptr) conditions = analysis.facts->inferred(*symbol.model);
  for (const std::string& condition : conditions) notes.push_back("needs `" + condition + "`");
  if (symbol.is_inout) notes.emplace_back("the call may change it");
  return notes;
}

/// Whether a type says more than that something is a number.
bool is_worth_a_hint(const TypeFact& fact) {
  if (!fact.known.empty()) return false;
  using Kind = sema::Type::Kind;
  switch (fact.type.kind) {
    case Kind::tensor: return !fact.type.element.is_constant() && !fact.type.element.is_loose();
    case Kind::tuple:
    case Kind::model:
    case Kind::array:
    case Kind::gradient:
    case Kind::rng: return true;
    default: return false;
  }
}

}  // namespace

std::string line_of(const Analysis& analysis, SymbolId id) {
  const Symbol& symbol = analysis.symbol(id);
  const std::string word = row_of(symbol.kind).word;
  const std::string name = word.empty() ? symbol.name : word + " " + symbol.name;
  switch (symbol.kind) {
    case SymbolKind::let:
    case SymbolKind::variable:
    case SymbolKind::loop_variable:
    case SymbolKind::lambda_parameter: {
      const TypeFact* fact = analysis.facts->of_name(symbol.span);
      if (fact == nullptr) return name;
      if (!fact->known.empty()) return name + " = " + fact->known;
      return name + ": " + to_string(fact->type);
    }
    case SymbolKind::index: {
      const RangeFact* range = analysis.facts->range_of(symbol.span);
      return range == nullptr ? name : name + ": " + range_text(*range);
    }
    case SymbolKind::pack: return "..." + symbol.name;
    case SymbolKind::dim: return symbol.name + ": dim";
    default: return symbol.header.empty() ? name : symbol.header;
  }
}

std::optional<Hover> hover_at(const Analysis& analysis, uint32_t offset) {
  if (const Occurrence* occurrence = analysis.occurrence_at(offset)) {
    const Symbol& symbol = analysis.symbol(occurrence->symbol);
    return Hover{occurrence->span, line_of(analysis, occurrence->symbol), notes_of(analysis, symbol),
                 symbol.doc};
  }
  for (const syntax::Expression* expression : analysis.facts->around(offset)) {
    const TypeFact* fact = analysis.facts->of(*expression);
    if (offset == expression->span.end && offset != expression->span.begin) continue;
    if (fact->type.kind == sema::Type::Kind::nothing || fact->type.kind == sema::Type::Kind::string) continue;
    std::string code = to_string(fact->type);
    if (!fact->known.empty()) code += " = " + fact->known;
    return Hover{expression->span, std::move(code), {}, ""};
  }
  return std::nullopt;
}

std::vector<Hint> hints_of(const Analysis& analysis, uint32_t begin, uint32_t end) {
  std::vector<Hint> hints;
  for (const Occurrence& occurrence : analysis.occurrences) {
    if (!occurrence.is_declaration) continue;
    const Symbol& symbol = analysis.symbol(occurrence.symbol);
    if (symbol.hint_at == 0 || symbol.hint_at < begin || symbol.hint_at > end) continue;
    if (symbol.kind == SymbolKind::index) {
      const RangeFact* range = analysis.facts->range_of(symbol.span);
      if (range == nullptr || range->low.empty()) continue;
      hints.push_back({symbol.hint_at, ": " + (range->low == "0" ? range->high : range_text(*range)), true});
      continue;
    }
    const TypeFact* fact = analysis.facts->of_name(symbol.span);
    if (fact == nullptr || !is_worth_a_hint(*fact)) continue;
    hints.push_back({symbol.hint_at, ": " + to_string(fact->type), false});
  }
  return hints;
}

}  // namespace kiln::query
