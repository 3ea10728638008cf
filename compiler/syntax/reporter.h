#pragma once

#include <string>

#include "source/diagnostic.h"
#include "source/diagnostic_table.h"
#include "syntax/parse.h"

namespace kiln::syntax {

/// Takes the mistakes of one file and counts them; past `most_mistakes` they are dropped.
class Reporter {
 public:
  Reporter(uint32_t file, Diagnostics& diagnostics) : file_(file), diagnostics_(diagnostics) {}

  uint32_t file() const { return file_; }
  Span span(size_t begin, size_t end) const {
    return {file_, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
  }
  int mistakes() const { return mistakes_; }

  /// The diagnostic may be completed through the reference until the next call.
  Diagnostic& mistake(const DiagnosticKind& kind, Span span, std::string message) {
    if (++mistakes_ > most_mistakes) return dropped_ = Diagnostic{};
    Diagnostic& diagnostic = diagnostics_.add(kind, span, std::move(message));
    if (mistakes_ == most_mistakes) diagnostic.notes.push_back("further mistakes in this file are not shown");
    return diagnostic;
  }
  Diagnostic& warning(const DiagnosticKind& kind, Span span, std::string message) {
    return diagnostics_.add(kind, span, std::move(message));
  }

 private:
  uint32_t file_;
  Diagnostics& diagnostics_;
  Diagnostic dropped_;
  int mistakes_ = 0;
};

}  // namespace kiln::syntax
