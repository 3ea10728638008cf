#include "source/render_diagnostic.h"

#include <algorithm>

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

std::string in_backticks(std::string_view text) { return "`" + std::string(text) + "`"; }

/// "write `a[i]` instead of `a(i)`".
std::string describe_fixes(const std::vector<Fix>& fixes, const SourceFiles& files) {
  std::string text;
  for (const Fix& fix : fixes) {
    const std::string_view old = files.text_of(fix.span);
    if (!text.empty()) text += ", and ";
    if (old.empty())
      text += "add " + in_backticks(fix.replacement);
    else if (fix.replacement.empty())
      text += "remove " + in_backticks(old);
    else
      text += "write " + in_backticks(fix.replacement) + " instead of " + in_backticks(old);
  }
  return text;
}

/// The place of the first mark, then the marked lines of each file.
std::string draw_places(const std::vector<Mark>& marks, const SourceFiles& files, const Palette& palette) {
  const int gutter = gutter_width(marks, files);
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
  if (!marks.empty()) text += draw_places(marks, files, palette);
  for (const std::string& note : diagnostic.notes) text += remark(palette, "note", note);
  const std::string help =
      diagnostic.help.empty() ? describe_fixes(diagnostic.fixes, files) : diagnostic.help;
  if (!help.empty()) text += remark(palette, "help", help);
  return text;
}

std::string render(const Diagnostics& diagnostics, const SourceFiles& files, bool colour) {
  std::string text;
  int counts[3] = {};
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    text += render(diagnostic, files, colour) + "\n";
    ++counts[static_cast<int>(diagnostic.kind->severity)];
  }
  std::string summary;
  for (const Severity severity : {Severity::error, Severity::limit, Severity::warning}) {
    const int count = counts[static_cast<int>(severity)];
    if (count == 0) continue;
    summary += (summary.empty() ? "" : ", ") + counted(count, name_of(severity));
  }
  return summary.empty() ? text : text + summary + "\n";
}

}  // namespace kiln
