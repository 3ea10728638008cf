#pragma once

#include <string>

#include "source/render_diagnostic.h"
#include "syntax/parse.h"

namespace kiln::syntax {

/// A text, parsed, with all that was said about it.
struct Parsed {
  explicit Parsed(std::string text, std::string path = "t.model") {
    const uint32_t number = files.add(std::move(path), std::move(text));
    file = parse(files, number, diagnostics);
  }
  std::string shown() const { return render(diagnostics, files, false); }
  /// "E0012 2:14 message (help)", a line for each.
  std::string brief() const {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics.all()) {
      const std::string place = files.describe(diagnostic.span);
      text += std::string(diagnostic.kind->code) + place.substr(place.find(':')) + " " + diagnostic.message;
      const bool is_titled = !diagnostic.fixes.empty() && !diagnostic.fixes[0].title.empty();
      const std::string& help = is_titled ? diagnostic.fixes[0].title : diagnostic.help;
      if (!help.empty()) text += " (" + help + ")";
      text += "\n";
    }
    return text;
  }
  std::string_view text_of(Span span) const { return files.text_of(span); }

  SourceFiles files;
  Diagnostics diagnostics;
  std::unique_ptr<File> file;
};

/// The lines as the body of `fn f(x: f32[N]) -> y: f32`, from line 2 on.
inline std::string in_function(const std::string& lines) {
  return "fn f(x: f32[N]) -> y: f32 {\n" + lines + "\n}\n";
}

/// The only declaration of a text that has no mistakes.
template <class T>
const T& only(const Parsed& parsed) {
  internal_check(parsed.diagnostics.all().empty(), "a mistake: " + parsed.shown());
  internal_check(parsed.file->declarations.size() == 1, "not one declaration");
  return as<T>(*parsed.file->declarations.front());
}

/// The only statement of the only function.
template <class T>
const T& only_statement(const Parsed& parsed) {
  const Block& body = only<Function>(parsed).body;
  internal_check(body.statements.size() == 1, "not one statement");
  return as<T>(*body.statements.front());
}

}  // namespace kiln::syntax
