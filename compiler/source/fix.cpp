#include "source/fix.h"

#include <algorithm>

namespace kiln {

namespace {

constexpr int most_lines_drawn = 4;

std::string in_backticks(std::string_view text) { return "`" + std::string(text) + "`"; }

/// "write `a[i]` instead of `a(i)`".
std::string describe(const std::vector<Edit>& edits, const SourceFiles& files) {
  std::string text;
  for (const Edit& edit : edits) {
    const std::string_view old = files.text_of(edit.span);
    if (!text.empty()) text += ", and ";
    if (old.empty())
      text += "add " + in_backticks(edit.text);
    else if (edit.text.empty())
      text += "remove " + in_backticks(old);
    else
      text += "write " + in_backticks(edit.text) + " instead of " + in_backticks(old);
  }
  return text;
}

bool stand_in_order(const Edit& a, const Edit& b) {
  return a.span.file != b.span.file ||
         (a.span.end <= b.span.begin && (a.span.begin < b.span.begin || a.span.end < b.span.end));
}

/// Without line feeds at its ends.
Span trimmed(Span span, std::string_view text) {
  while (span.begin < span.end && text[span.begin] == '\n') ++span.begin;
  while (span.begin < span.end && text[span.end - 1] == '\n') --span.end;
  return span;
}

}  // namespace

std::optional<std::vector<Edit>> in_order(std::vector<Edit> edits, const SourceFiles& files) {
  for (const Edit& edit : edits) {
    const Span& span = edit.span;
    if (!span.known() || span.file > files.size() || span.begin > span.end ||
        span.end > files[span.file].text().size())
      return std::nullopt;
  }
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    return std::tie(a.span.file, a.span.begin, a.span.end) < std::tie(b.span.file, b.span.begin, b.span.end);
  });
  for (size_t i = 1; i < edits.size(); ++i)
    if (!stand_in_order(edits[i - 1], edits[i])) return std::nullopt;
  return edits;
}

std::string apply_edits(std::string_view text, const std::vector<Edit>& edits) {
  std::string changed;
  size_t at = 0;
  for (const Edit& edit : edits) {
    changed += text.substr(at, edit.span.begin - at);
    changed += edit.text;
    at = edit.span.end;
  }
  return changed.append(text.substr(at));
}

std::string title_of(const Fix& fix, const Diagnostic& diagnostic, const SourceFiles& files) {
  if (!fix.title.empty()) return fix.title;
  return diagnostic.help.empty() ? describe(fix.edits, files) : diagnostic.help;
}

int gutter_width(const Fix& fix, const SourceFiles& files) {
  const auto edits = in_order(fix.edits, files);
  if (!edits || edits->empty()) return 0;
  const SourceFile& file = files[edits->back().span.file];
  int last = file.position_of(edits->back().span.end).line;
  for (const Edit& edit : *edits)
    last += static_cast<int>(std::count(edit.text.begin(), edit.text.end(), '\n'));
  return static_cast<int>(std::to_string(last).size());
}

std::string draw_fix(const Fix& fix, const SourceFiles& files, int gutter, const Palette& palette) {
  const auto edits = in_order(fix.edits, files);
  if (!edits || edits->empty() || edits->front().span.file != edits->back().span.file) return "";
  const SourceFile& file = files[edits->front().span.file];
  const int first = file.position_of(edits->front().span.begin).line;
  const int last = file.position_of(edits->back().span.end).line;
  if (last - first >= most_lines_drawn) return "";
  const std::string_view first_line = file.line(first), last_line = file.line(last);
  const uint32_t begin = static_cast<uint32_t>(first_line.data() - file.text().data());
  const uint32_t end = static_cast<uint32_t>(last_line.data() + last_line.size() - file.text().data());

  std::string text;
  std::vector<Mark> marks;
  uint32_t at = begin;
  for (const Edit& edit : *edits) {
    text += file.text().substr(at, edit.span.begin - at);
    const uint32_t place = static_cast<uint32_t>(text.size());
    text += edit.text;
    const Span span = trimmed({1, place, static_cast<uint32_t>(text.size())}, text);
    const bool is_new = edit.span.begin == edit.span.end;
    marks.push_back({span, true, "", edit.text.empty() ? ' ' : is_new ? '+' : '~'});
    at = edit.span.end;
  }
  text += file.text().substr(at, end - at);
  const SourceFile piece(file.path(), std::move(text));
  if (piece.line_count() > most_lines_drawn) return "";
  return draw_excerpt(piece, marks, gutter, palette, first - 1);
}

}  // namespace kiln
