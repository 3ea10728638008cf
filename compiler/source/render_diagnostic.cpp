#include "source/render_diagnostic.h"

#include <algorithm>

#include "source/fix.h"
#include "source/severity_name.h"
#include "source/source_excerpt.h"

namespace kiln {

namespace {

Palette palette_of(Severity severity, bool colour) {
  if (!colour) return {};
  const char* main = severity == Severity::error   ? "\x1b[1;31m"
                     : severity == Severity::limit ? "\x1b[1;35m"
                                                   : "\x1b[1;33m";
  return {"\x1b[1m", main, "\x1b[1;34m", "\x1b[0m"};
}

constexpr Palette fix_palette = {"\x1b[1m", "\x1b[1;32m", "\x1b[1;34m", "\x1b[0m"};

/// The place of the first mark, then the marked lines of each file.
std::string draw_places(const std::vector<Mark>& marks, const SourceFiles& files, int gutter,
                        const Palette& palette) {
  std::vector<uint32_t> order;
  for (const Mark& mark : marks)
    if (std::find(order.begin(), order.end(), mark.span.file) == order.end()) order.push_back(mark.span.file);
  std::string drawn;
  for (const uint32_t number : order) {
    std::vector<Mark> of_file;
    std::copy_if(marks.begin(), marks.end(), std::back_inserter(of_file),
                 [number](const Mark& mark) { return mark.span.file == number; });
    drawn += std::string(gutter, ' ') + palette.secondary + (drawn.empty() ? "-->" : ":::") + palette.reset +
             " " + files.describe(of_file.front().span) + "\n";
    drawn += draw_excerpt(files[number], of_file, gutter, palette);
  }
  return drawn;
}

std::string counted(int count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string remark(const Palette& palette, const char* word, const std::string& text) {
  return std::string(palette.bold) + word + palette.reset + ": " + text + "\n";
}

}  // namespace

std::string render(const Diagnostic& diagnostic, const SourceFiles& files, bool colour) {
  const Palette palette = palette_of(diagnostic.kind->severity, colour);
  std::string text = std::string(palette.primary) + name_of(diagnostic.kind->severity) + "[" +
                     diagnostic.kind->code + "]" + palette.reset + palette.bold + ": " + diagnostic.message +
                     palette.reset + "\n";
  std::vector<Mark> marks;
  if (diagnostic.span.known()) marks.push_back({diagnostic.span, true, diagnostic.label});
  for (const Label& label : diagnostic.labels)
    if (label.span.known()) marks.push_back({label.span, false, label.text});
  int gutter = gutter_width(marks, files);
  for (const Fix& fix : diagnostic.fixes) gutter = std::max(gutter, gutter_width(fix, files));
  if (!marks.empty()) text += draw_places(marks, files, gutter, palette);
  for (const std::string& note : diagnostic.notes) text += remark(palette, "note", note);
  const bool is_title = std::any_of(diagnostic.fixes.begin(), diagnostic.fixes.end(),
                                    [](const Fix& fix) { return fix.title.empty(); });
  if (!diagnostic.help.empty() && !is_title) text += remark(palette, "help", diagnostic.help);
  for (const Fix& fix : diagnostic.fixes) {
    text += remark(palette, "help", title_of(fix, diagnostic, files));
    text += draw_fix(fix, files, gutter, colour ? fix_palette : Palette{});
  }
  return text;
}

std::string render(const Diagnostics& diagnostics, const SourceFiles& files, bool colour, int most_errors) {
  std::string text;
  int counts[3] = {}, shown = 0, hidden = 0;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (most_errors == 0 || shown < most_errors)
      ++shown, text += render(diagnostic, files, colour) + "\n";
    else
      ++hidden;
    ++counts[static_cast<int>(diagnostic.kind->severity)];
  }
  std::string summary;
  for (const Severity severity : {Severity::error, Severity::limit, Severity::warning}) {
    const int count = counts[static_cast<int>(severity)];
    if (count == 0) continue;
    summary += (summary.empty() ? "" : ", ") + counted(count, name_of(severity));
  }
  if (hidden > 0)
    summary += "; " + std::to_string(hidden) + " of them are not shown (--max-errors 0 shows all)";
  return summary.empty() ? text : text + summary + "\n";
}

}  // namespace kiln
