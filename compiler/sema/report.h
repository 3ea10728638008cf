#pragma once

#include <string>

#include "sema/body.h"

namespace kiln::sema {

/// Reports at a place of the body, with the trail of calls that led here. While muted it is dropped. The
/// diagnostic may be completed through the reference until the next report.
Diagnostic& report(Body& body, const DiagnosticKind& kind, Span span, std::string message);
/// A known limit: `what` goes on "… cannot be compiled yet".
Diagnostic& report_limit(Body& body, Span span, const std::string& what);
/// The name among `known` that `written` most likely misspells; empty if none is near.
std::string nearest_name(const std::string& written, const std::vector<std::string>& known);

}  // namespace kiln::sema
