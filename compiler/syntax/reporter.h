#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "source/diagnostic.h"
#include "source/diagnostic_table.h"
#include "syntax/parse.h"

namespace kiln::syntax {

/// Takes the mistakes of one file and hands them on in the order of their places: the tokens, the parser and
/// the tree builder each go over the whole file. Past `most_mistakes` they are dropped.
class Reporter {
 public:
  explicit Reporter(uint32_t file) : file_(file) {}

  uint32_t file() const { return file_; }
  Span span(size_t begin, size_t end) const {
    return {file_, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
  }
  int mistakes() const { return mistakes_; }

  /// The diagnostic may be completed through the reference until the next call.
  Diagnostic& mistake(const DiagnosticKind& kind, Span span, std::string message) {
    if (++mistakes_ > most_mistakes) return dropped_ = Diagnostic{};
    return warning(kind, span, std::move(message));
  }
  Diagnostic& warning(const DiagnosticKind& kind, Span span, std::string message) {
    Diagnostic& diagnostic = found_.emplace_back();
    diagnostic.kind = &kind;
    diagnostic.span = span;
    diagnostic.message = std::move(message);
    return diagnostic;
  }

  void hand_on(Diagnostics& diagnostics) {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Diagnostic& a, const Diagnostic& b) { return a.span.begin < b.span.begin; });
    if (mistakes_ > most_mistakes)
      found_.back().notes.push_back("further mistakes in this file are not shown");
    for (Diagnostic& diagnostic : found_) {
      Diagnostic& kept = diagnostics.add(*diagnostic.kind, diagnostic.span, diagnostic.message);
      kept = std::move(diagnostic);
    }
    found_.clear();
  }

 private:
  uint32_t file_;
  std::vector<Diagnostic> found_;
  Diagnostic dropped_;
  int mistakes_ = 0;
};

}  // namespace kiln::syntax
