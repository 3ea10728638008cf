#include "source/render_diagnostic.h"

#include <fmt/format.h>

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

/// "write `a[i]` instead of `a(i)`".
std::string describe_fixes(const std::vector<Fix>& fixes, const SourceFiles& files) {
  std::string text;
  for (const Fix& fix : fixes) {
    const std::string_view old = files.text_of(fix.span);
    if (!text.empty()) text += ", and ";
    text += old.empty()               ? fmt::format("add `{}`", fix.replacement)
            : fix.replacement.empty() ? fmt::format("remove `{}`", old)
                                      : fmt::format("write `{}` instead of `{}`", fix.replacement, old);
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
    drawn += fmt::format("{}{}{}{} {}\n", std::string(gutter, ' '), palette.secondary,
                         drawn.empty() ? "-->" : ":::", palette.reset, files.describe(of_file.front().span));
    drawn += draw_excerpt(files[number], of_file, gutter, palette);
  }
  return drawn;
}

std::string counted(int count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

std::string render(const Diagnostic& diagnostic, const SourceFiles& files, bool colour) {
  const Palette palette = palette_of(diagnostic.kind->severity, colour);
  std::string text =
      fmt::format("{}{}[{}]{}{}: {}{}\n", palette.primary, name_of(diagnostic.kind->severity),
                  diagnostic.kind->code, palette.reset, palette.bold, diagnostic.message, palette.reset);
  std::vector<Mark> marks;
  if (diagnostic.span.known()) marks.push_back({diagnostic.span, true, diagnostic.label});
  for (const Label& label : diagnostic.labels)
    if (label.span.known()) marks.push_back({label.span, false, label.text});
  if (!marks.empty()) text += draw_places(marks, files, palette);
  for (const std::string& note : diagnostic.notes)
    text += fmt::format("{}note{}: {}\n", palette.bold, palette.reset, note);
  const std::string help =
      diagnostic.help.empty() ? describe_fixes(diagnostic.fixes, files) : diagnostic.help;
  if (!help.empty()) text += fmt::format("{}help{}: {}\n", palette.bold, palette.reset, help);
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
