#include "query/outline.h"

#include <algorithm>

#include "query/scan.h"

namespace kiln::query {

namespace {

OutlineItem item_of(const Analysis& analysis, const void* node, const syntax::Name& name, Span whole) {
  OutlineItem item;
  item.name = name.text;
  item.name_span = name.span;
  item.whole = whole;
  if (const auto id = analysis.symbol_of_node(node)) {
    item.kind = analysis.symbol(*id).kind;
    item.detail = analysis.symbol(*id).header;
  }
  return item;
}

OutlineItem item_of(const Analysis& analysis, const syntax::Declaration& declaration) {
  if (const auto* test = syntax::if_is<syntax::Test>(declaration)) {
    OutlineItem item;
    item.name = test->title;
    item.is_test = true;
    item.name_span = test->title_span;
    item.whole = test->span;
    return item;
  }
  OutlineItem item = item_of(analysis, &declaration, declaration.name, declaration.span);
  if (const auto* model = syntax::if_is<syntax::Model>(declaration)) {
    for (const syntax::Field& field : model->fields)
      item.children.push_back(item_of(analysis, &field, field.name, field.span));
    for (const auto& method : model->methods)
      item.children.push_back(item_of(analysis, method.get(), method->name, method->span));
    std::sort(item.children.begin(), item.children.end(),
              [](const OutlineItem& a, const OutlineItem& b) { return a.whole.begin < b.whole.begin; });
  }
  return item;
}

}  // namespace

std::vector<OutlineItem> outline_of(const Analysis& analysis) {
  std::vector<OutlineItem> items;
  for (const syntax::DeclarationPtr& declaration : analysis.module().file.declarations) {
    const bool is_test = declaration->kind == syntax::DeclarationKind::test;
    if (is_test || declaration->name.present()) items.push_back(item_of(analysis, *declaration));
  }
  return items;
}

std::vector<Fold> folds_of(const Analysis& analysis) {
  const SourceFile& file = analysis.files[analysis.root];
  const auto line = [&](uint32_t offset) { return file.position_of(offset).line; };
  std::vector<Fold> folds;
  const auto add = [&](uint32_t begin, uint32_t end, Fold::Kind kind) {
    if (end > begin && line(begin) < line(end)) folds.push_back({begin, end, kind});
  };
  std::vector<Piece> open;
  const std::vector<Piece> pieces = scan(file.text());
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Piece& piece = pieces[i];
    if (piece.kind == Piece::Kind::comment) {
      size_t last = i;
      while (last + 1 < pieces.size() && pieces[last + 1].kind == Piece::Kind::comment &&
             line(pieces[last + 1].begin) == line(pieces[last].begin) + 1)
        ++last;
      add(piece.begin, pieces[last].end, Fold::Kind::comment);
      i = last;
    } else if (piece.kind == Piece::Kind::sign) {
      const char sign = file.text()[piece.begin];
      if (sign == '{' || sign == '(' || sign == '[') open.push_back(piece);
      const char partner = sign == '}' ? '{' : sign == ')' ? '(' : sign == ']' ? '[' : '\0';
      if (partner == '\0' || open.empty() || file.text()[open.back().begin] != partner) continue;
      add(open.back().begin, piece.begin, Fold::Kind::code);
      open.pop_back();
    }
  }
  const auto& imports = analysis.module().file.imports;
  if (imports.size() > 1) add(imports.front().span.begin, imports.back().span.end, Fold::Kind::imports);
  return folds;
}

std::vector<Span> selections_at(const Analysis& analysis, uint32_t offset) {
  std::vector<Span> spans;
  if (const Occurrence* occurrence = analysis.occurrence_at(offset)) spans.push_back(occurrence->span);
  for (const syntax::Expression* expression : analysis.facts->around(offset))
    spans.push_back(expression->span);
  const auto around = [&](Span span) {
    if (span.begin <= offset && offset <= span.end) spans.push_back(span);
  };
  for (const ScopeRecord& scope : analysis.scopes) around(scope.span);
  for (const OutlineItem& item : outline_of(analysis)) {
    around(item.whole);
    for (const OutlineItem& child : item.children) around(child.whole);
  }
  std::sort(spans.begin(), spans.end(), [](Span a, Span b) {
    const uint32_t length_a = a.end - a.begin, length_b = b.end - b.begin;
    return length_a != length_b ? length_a < length_b : a.begin < b.begin;
  });
  std::vector<Span> nested;
  for (const Span span : spans) {
    const bool holds_last =
        nested.empty() || (span.begin <= nested.back().begin && nested.back().end <= span.end);
    if (holds_last && (nested.empty() || !(span == nested.back()))) nested.push_back(span);
  }
  return nested;
}

}  // namespace kiln::query
