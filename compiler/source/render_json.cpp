#include <nlohmann/json.hpp>

#include "source/fix.h"
#include "source/render_diagnostic.h"
#include "source/severity_name.h"

namespace kiln {

using nlohmann::ordered_json;

static ordered_json json_of(Span span, const SourceFiles& files) {
  if (!span.known()) return nullptr;
  const SourceFile& file = files[span.file];
  const LineColumn begin = file.position_of(span.begin), end = file.position_of(span.end);
  return {{"file", file.path()},      {"line", begin.line},  {"column", begin.column}, {"end_line", end.line},
          {"end_column", end.column}, {"begin", span.begin}, {"end", span.end}};
}

static ordered_json json_of(const Fix& fix, const Diagnostic& diagnostic, const SourceFiles& files) {
  ordered_json edits = ordered_json::array();
  for (const Edit& edit : fix.edits)
    edits.push_back({{"span", json_of(edit.span, files)}, {"text", edit.text}});
  return {{"title", title_of(fix, diagnostic, files)},
          {"is_certain", fix.is_certain},
          {"edits", std::move(edits)}};
}

static ordered_json json_of(const Diagnostic& diagnostic, const SourceFiles& files) {
  ordered_json labels = ordered_json::array(), fixes = ordered_json::array();
  for (const Label& label : diagnostic.labels)
    labels.push_back({{"span", json_of(label.span, files)}, {"text", label.text}});
  for (const Fix& fix : diagnostic.fixes) fixes.push_back(json_of(fix, diagnostic, files));
  return {{"code", diagnostic.kind->code},
          {"severity", name_of(diagnostic.kind->severity)},
          {"message", diagnostic.message},
          {"label", diagnostic.label},
          {"span", json_of(diagnostic.span, files)},
          {"labels", std::move(labels)},
          {"notes", diagnostic.notes},
          {"help", diagnostic.help},
          {"fixes", std::move(fixes)}};
}

std::string render_json(const Diagnostics& diagnostics, const SourceFiles& files, int most_errors) {
  ordered_json list = ordered_json::array();
  int counts[3] = {};
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (most_errors == 0 || static_cast<int>(list.size()) < most_errors)
      list.push_back(json_of(diagnostic, files));
    ++counts[static_cast<int>(diagnostic.kind->severity)];
  }
  const ordered_json whole = {{"version", 1},
                              {"errors", counts[static_cast<int>(Severity::error)]},
                              {"limits", counts[static_cast<int>(Severity::limit)]},
                              {"warnings", counts[static_cast<int>(Severity::warning)]},
                              {"diagnostics", std::move(list)}};
  // Paths and quoted source may hold bytes that are not UTF-8.
  return whole.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace kiln
