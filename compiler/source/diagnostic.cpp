#include "source/diagnostic.h"

#include <algorithm>

namespace kiln {

Diagnostic& Diagnostics::add(const DiagnosticKind& kind, Span span, std::string message) {
  Diagnostic diagnostic;
  diagnostic.kind = &kind;
  diagnostic.span = span;
  diagnostic.message = std::move(message);
  // Without a place, two diagnostics of one code may well speak of different things.
  if (span.known() && !seen_.emplace(kind.code, span.file, span.begin, span.end).second) {
    repeated_ = std::move(diagnostic);
    return repeated_;
  }
  list_.push_back(std::move(diagnostic));
  return list_.back();
}

bool Diagnostics::has_errors() const {
  return std::any_of(list_.begin(), list_.end(),
                     [](const Diagnostic& d) { return d.kind->severity != Severity::warning; });
}

bool Diagnostics::has_limits_only() const {
  const auto is = [](Severity severity) {
    return [severity](const Diagnostic& d) { return d.kind->severity == severity; };
  };
  return std::any_of(list_.begin(), list_.end(), is(Severity::limit)) &&
         std::none_of(list_.begin(), list_.end(), is(Severity::error));
}

}  // namespace kiln
