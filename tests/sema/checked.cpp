#include "checked.h"

#include <fmt/format.h>

#include "source/render_diagnostic.h"

namespace kiln::sema {

namespace {

Checked run(SourceFiles& files, uint32_t root) {
  Diagnostics diagnostics;
  Checked checked;
  checked.program = check(files, root, {{KILN_SOURCE_DIR "/stdlib"}}, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    const LineColumn at = files[diagnostic.span.file].position_of(diagnostic.span.begin);
    checked.mistakes +=
        fmt::format("{} {}:{} {}\n", diagnostic.kind->code, at.line, at.column, diagnostic.message);
  }
  checked.rendered = render(diagnostics, files, false);
  return checked;
}

}  // namespace

Checked check_text(const std::string& text) {
  SourceFiles files;
  return run(files, files.add("test.model", text));
}

Checked check_file(const std::string& path) {
  SourceFiles files;
  const auto root = files.load(path);
  if (!root) return {std::nullopt, "cannot read " + path, ""};
  return run(files, *root);
}

}  // namespace kiln::sema
