#include <algorithm>

#include "query/complete.h"
#include "query/describe.h"
#include "query/members.h"
#include "query/scan.h"

namespace kiln::query {

namespace {

std::vector<Piece> pieces_before(const std::string& text, uint32_t offset) {
  std::vector<Piece> pieces = scan(std::string_view(text).substr(0, offset));
  std::erase_if(pieces, [](const Piece& piece) { return piece.kind == Piece::Kind::comment; });
  return pieces;
}

/// The name or chain that ends before piece `at`, as what it stands for.
std::optional<Owner> chain_before(const Analysis& analysis, const std::vector<Piece>& pieces, size_t at) {
  const std::string& text = analysis.text();
  const auto sign = [&](size_t i) {
    return pieces[i].kind == Piece::Kind::sign ? text[pieces[i].begin] : '\0';
  };
  if (at == 0) return std::nullopt;
  size_t last = at - 1;
  // What is called or subscripted needs the checker's word.
  if (sign(last) == ')' || sign(last) == ']') {
    const syntax::Expression* expression = analysis.facts->ending_at(pieces[last].end);
    if (expression == nullptr) return std::nullopt;
    Owner owner;
    owner.type = analysis.facts->of(*expression)->type;
    return owner;
  }
  if (pieces[last].kind != Piece::Kind::word) return std::nullopt;
  const std::string name = text.substr(pieces[last].begin, pieces[last].end - pieces[last].begin);
  if (last >= 1 &&
      text.compare(pieces[last - 1].begin, pieces[last - 1].end - pieces[last - 1].begin, ".") == 0) {
    const auto owner = chain_before(analysis, pieces, last - 1);
    if (!owner) return std::nullopt;
    Owner member;
    if (owner->module != nullptr) {
      member.symbol = analysis.symbol_of_node(owner->module->find(name));
      member.is_model_type = member.symbol && analysis.symbol(*member.symbol).kind == SymbolKind::model;
      return member;
    }
    if (!owner->type) return std::nullopt;
    const auto found = member_of(analysis, *owner->type, name);
    if (!found) return std::nullopt;
    member.symbol = found->symbol;
    member.type = found->type;
    return member;
  }
  const auto id = analysis.visible_at(pieces[last].begin, name);
  if (!id) return std::nullopt;
  Owner owner;
  owner.symbol = id;
  const Symbol& symbol = analysis.symbol(*id);
  if (symbol.kind == SymbolKind::module) {
    const auto module = analysis.module().imports.find(name);
    if (module == analysis.module().imports.end()) return std::nullopt;
    owner.module = module->second;
  } else if (symbol.kind == SymbolKind::model || symbol.kind == SymbolKind::type ||
             symbol.kind == SymbolKind::generic) {
    owner.is_model_type = true;
  } else if (symbol.name == "rng" && symbol.kind == SymbolKind::builtin) {
    owner.type = sema::Type::of(sema::Type::Kind::rng);
  } else {
    owner.type = type_of(analysis, symbol);
  }
  return owner;
}

/// The places of the parameters in the text of a signature: the list in the first parentheses.
std::vector<std::pair<uint32_t, uint32_t>> parameter_places(const std::string& label) {
  std::vector<std::pair<uint32_t, uint32_t>> places;
  int depth = 0;
  uint32_t begin = 0;
  for (const Piece& piece : scan(label)) {
    const char sign = piece.kind == Piece::Kind::sign ? label[piece.begin] : '\0';
    const bool opens = sign == '(' || sign == '[' || sign == '{',
               closes = sign == ')' || sign == ']' || sign == '}';
    if (opens && depth++ == 0 && sign == '(') begin = piece.end;
    const bool ends = (closes && --depth == 0 && sign == ')') || (sign == ',' && depth == 1 && begin != 0);
    if (!ends) continue;
    while (begin < piece.begin && label[begin] == ' ') ++begin;
    if (piece.begin > begin) places.emplace_back(begin, piece.begin);
    begin = piece.end;
    if (depth == 0) break;
  }
  return places;
}

}  // namespace

std::optional<Owner> owner_before(const Analysis& analysis, uint32_t dot) {
  const std::vector<Piece> pieces = pieces_before(analysis.text(), dot);
  return chain_before(analysis, pieces, pieces.size());
}

std::optional<CallSite> call_around(const Analysis& analysis, uint32_t offset) {
  const std::string& text = analysis.text();
  const std::vector<Piece> pieces = pieces_before(text, offset);
  const auto is = [&](size_t i, char c) {
    return pieces[i].kind == Piece::Kind::sign && text[pieces[i].begin] == c;
  };
  int depth = 0;
  size_t commas = 0, first_of_argument = pieces.size();
  CallSite site;
  for (size_t i = pieces.size(); i-- > 0;) {
    if (is(i, ')') || is(i, ']') || is(i, '}')) ++depth;
    if (is(i, ',') && depth == 0 && commas++ == 0) first_of_argument = i + 1;
    const bool is_key = depth == 0 && is(i, ':') && i > 0 && pieces[i - 1].kind == Piece::Kind::word;
    if (is_key)
      site.names.push_back(text.substr(pieces[i - 1].begin, pieces[i - 1].end - pieces[i - 1].begin));
    if (!is(i, '(') && !is(i, '[') && !is(i, '{')) continue;
    if (depth-- > 0) continue;
    if (!is(i, '(')) return std::nullopt;
    if (commas == 0) first_of_argument = i + 1;
    auto owner = chain_before(analysis, pieces, i);
    if (!owner && i > 0) return std::nullopt;
    const auto callee = owner ? called_by(analysis, owner->symbol, owner->type) : std::nullopt;
    if (!callee) return std::nullopt;
    site.callee = *callee;
    site.open = pieces[i].begin;
    site.argument = commas;
    if (first_of_argument + 1 < pieces.size() && is(first_of_argument + 1, ':')) {
      const Piece& key = pieces[first_of_argument];
      site.argument_name = text.substr(key.begin, key.end - key.begin);
    }
    return site;
  }
  return std::nullopt;
}

std::optional<SignatureText> signature_at(const Analysis& analysis, uint32_t offset) {
  const auto site = call_around(analysis, offset);
  if (!site) return std::nullopt;
  const Symbol& symbol = analysis.symbol(site->callee);
  SignatureText signature;
  signature.label = line_of(analysis, site->callee);
  signature.doc = symbol.doc;
  signature.parameters = parameter_places(signature.label);
  signature.parameter_docs.resize(signature.parameters.size());
  std::vector<std::string> names(signature.parameters.size());
  size_t receiver = 0;
  if (const auto list = analysis.parameters.find(site->callee); list != analysis.parameters.end()) {
    for (size_t i = 0; i < list->second->size() && i < names.size(); ++i) {
      const syntax::Parameter& parameter = (*list->second)[i];
      names[i] = parameter.name.text;
      signature.parameter_docs[i] = parameter.doc;
      if (i == 0 && parameter.name == "self" && !parameter.type) receiver = 1;  // no argument is given for it
    }
  }
  size_t active = site->argument + receiver;
  if (!site->argument_name.empty()) {
    active = static_cast<size_t>(std::find(names.begin(), names.end(), site->argument_name) - names.begin());
  }
  if (active < signature.parameters.size()) signature.active = active;
  return signature;
}

}  // namespace kiln::query
