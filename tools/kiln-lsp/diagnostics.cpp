#include "diagnostics.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "elaborate/elaborate.h"
#include "sema/lint.h"

namespace kiln::lsp {

namespace {

int severity_of(const Diagnostic& diagnostic) {
  return diagnostic.kind->severity == Severity::warning ? 2 : 1;
}

std::string message_of(const Diagnostic& diagnostic) {
  std::string message = diagnostic.message;
  if (!diagnostic.label.empty()) message += ": " + diagnostic.label;
  for (const std::string& note : diagnostic.notes) message += "\nnote: " + note;
  if (!diagnostic.help.empty()) message += "\nhelp: " + diagnostic.help;
  return message;
}

/// The import by which the root file comes to another file, directly or not; the head of the file if there is
/// none.
Span import_of(const query::Analysis& analysis, uint32_t file) {
  const sema::Module& root = analysis.module();
  for (const syntax::Import& import : root.file.imports) {
    const auto found = root.imports.find(import.called().text);
    if (found != root.imports.end() && found->second->file.number == file) return import.module.span;
  }
  if (!root.file.imports.empty()) return root.file.imports.front().module.span;
  return {analysis.root, 0, 0};
}

Json related(const Server& server, const query::Analysis& analysis, Span span, const std::string& text) {
  return {{"location", server.location(analysis, span)}, {"message", text.empty() ? "see here" : text}};
}

Json converted(const Server& server, const query::Analysis& analysis, const Diagnostic& diagnostic) {
  const bool is_elsewhere = diagnostic.span.known() && diagnostic.span.file != analysis.root;
  Span span = diagnostic.span;
  if (!span.known()) span = {analysis.root, 0, 0};
  if (is_elsewhere) span = import_of(analysis, diagnostic.span.file);
  Json json;
  json["range"] = server.positions(analysis, analysis.root).range(span);
  json["severity"] = severity_of(diagnostic);
  json["code"] = diagnostic.kind->code;
  json["source"] = "kiln";
  json["message"] = message_of(diagnostic);
  Json elsewhere = Json::array();
  if (is_elsewhere) {
    json["message"] =
        fmt::format("in {}: {}", analysis.files.describe(diagnostic.span), message_of(diagnostic));
    elsewhere.push_back(related(server, analysis, diagnostic.span, diagnostic.message));
  }
  for (const Label& label : diagnostic.labels) {
    if (label.span.known()) elsewhere.push_back(related(server, analysis, label.span, label.text));
  }
  if (!elsewhere.empty()) json["relatedInformation"] = std::move(elsewhere);
  return json;
}

}  // namespace

Diagnostics warnings_of(const query::Analysis& analysis) {
  Diagnostics warnings;
  if (analysis.program) sema::lint(analysis.files, analysis.module().file, warnings);
  return warnings;
}

Json diagnostics_of(Server& server, const std::string& path) {
  Json list = Json::array();
  const auto analysis = server.workspace().analysis(path);
  if (analysis == nullptr) return list;
  Diagnostics limits, warnings;
  if (analysis->program) elaborate::find_limits(*analysis->program, analysis->files, limits);
  if (!limits.has_errors()) warnings = warnings_of(*analysis);
  for (const Diagnostics* said : {&analysis->diagnostics, &std::as_const(limits), &std::as_const(warnings)}) {
    for (const Diagnostic& diagnostic : said->all()) list.push_back(converted(server, *analysis, diagnostic));
  }
  return list;
}

}  // namespace kiln::lsp
