#include "sema/enclosing.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace kiln::sema {

namespace {

bool covers(Span whole, Span part) {
  return whole.file == part.file && whole.begin <= part.begin && part.end <= whole.end;
}

/// Whether a dim stands alone as an axis of a type.
bool binds(const syntax::Type& type, const std::string& dim) {
  const auto* named = syntax::if_is<syntax::NamedType>(type);
  if (named == nullptr) return false;
  for (const syntax::Dims& dims : named->dims)
    for (const syntax::DimItem& item : dims.items) {
      const auto* name = item.extent ? syntax::if_is<syntax::NameExpression>(*item.extent) : nullptr;
      if (name != nullptr && name->name == dim) return true;
    }
  return false;
}

struct Origin {
  std::string binder;  // "`x`", "the model `Linear`"
  int line = 0;
};

std::optional<Origin> origin_of(const Body& body, const Signed& declaration, const std::string& dim) {
  const auto line_of = [&](Span place) {
    return body.session.files[place.file].position_of(place.begin).line;
  };
  for (const syntax::Parameter& parameter : declaration.parameters()) {
    if (parameter.name == dim) return Origin{"a parameter", line_of(parameter.span)};
    if (parameter.type && binds(*parameter.type, dim))
      return Origin{fmt::format("`{}`", parameter.name.text), line_of(parameter.span)};
  }
  if (declaration.function == nullptr || declaration.model == nullptr) return std::nullopt;
  for (const syntax::Parameter& parameter : declaration.model->parameters)
    if (parameter.name == dim)
      return Origin{fmt::format("the model `{}`", declaration.model->name.text), line_of(parameter.span)};
  return std::nullopt;
}

}  // namespace

Signed signed_around(const Body& body, Span place) {
  for (const syntax::DeclarationPtr& declaration : body.module.file.declarations) {
    if (!covers(declaration->span, place)) continue;
    if (const auto* function = syntax::if_is<syntax::Function>(*declaration)) return {function, nullptr};
    const auto* model = syntax::if_is<syntax::Model>(*declaration);
    if (model == nullptr) continue;
    for (const auto& method : model->methods)
      if (covers(method->span, place)) return {method.get(), model};
    return {nullptr, model};
  }
  return {};
}

void note_origins(const Body& body, Diagnostic& diagnostic, const std::vector<dim::Dim>& dims) {
  const Signed declaration = signed_around(body, diagnostic.span);
  if (!declaration || body.is_muted) return;
  std::vector<std::pair<std::string, Origin>> found;
  std::set<std::string> seen;
  for (const dim::Dim& dim : dims)
    for (const std::string& symbol : dim.symbols()) {
      if (!seen.insert(symbol).second) continue;
      if (const auto origin = origin_of(body, declaration, symbol)) found.emplace_back(symbol, *origin);
    }
  // What stands in the same line needs no word.
  const int here = body.session.files[diagnostic.span.file].position_of(diagnostic.span.begin).line;
  const bool is_elsewhere =
      std::any_of(found.begin(), found.end(), [&](const auto& entry) { return entry.second.line != here; });
  const bool is_bound = std::any_of(found.begin(), found.end(),
                                    [](const auto& entry) { return entry.second.binder != "a parameter"; });
  if (found.size() < 2 || !is_elsewhere || !is_bound) return;
  std::string note;
  for (size_t i = 0; i < found.size(); ++i) {
    const auto& [symbol, origin] = found[i];
    note += fmt::format("{}`{}` is {}{}", note.empty() ? "" : ", ", symbol,
                        origin.binder == "a parameter" ? "" : "bound by ", origin.binder);
    const bool ends_line = i + 1 == found.size() || found[i + 1].second.line != origin.line;
    if (ends_line) note += fmt::format(" in line {}", origin.line);
  }
  diagnostic.notes.push_back(std::move(note));
}

void note_origins(const Body& body, Diagnostic& diagnostic, const Shape& a, const Shape& b) {
  std::vector<dim::Dim> dims;
  for (const Shape* shape : {&a, &b})
    for (const Axis& axis : *shape)
      if (!axis.is_pack()) dims.push_back(axis.extent);
  note_origins(body, diagnostic, dims);
}

}  // namespace kiln::sema
