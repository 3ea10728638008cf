#include "sema/report.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace kiln::sema {

Diagnostic& report(Body& body, const DiagnosticKind& kind, Span span, std::string message) {
  if (body.is_muted) {
    body.session.dropped = Diagnostic{};
    return body.session.dropped;
  }
  Diagnostic& diagnostic = body.session.diagnostics.add(kind, span, std::move(message));
  for (auto step = body.session.trail.rbegin(); step != body.session.trail.rend(); ++step) {
    diagnostic.notes.push_back(
        fmt::format("in {}, called at {}", step->text, body.session.files.describe(step->span)));
  }
  return diagnostic;
}

Diagnostic& report_limit(Body& body, Span span, const std::string& what) {
  return report(body, diagnostics::not_yet_supported, span, what + " cannot be compiled yet");
}

namespace {

size_t distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_name(const std::string& written, const std::vector<std::string>& known) {
  std::string best;
  size_t least = std::max<size_t>(1, written.size() / 3) + 1;
  const auto common = [&](const std::string& name) {  // how far the names begin alike
    return std::mismatch(written.begin(),
                         written.begin() + static_cast<std::ptrdiff_t>(std::min(written.size(), name.size())),
                         name.begin())
               .first -
           written.begin();
  };
  for (const std::string& name : known) {
    const size_t d = distance(written, name);
    const bool nearer = d < least || (d == least && !best.empty() && common(name) > common(best));
    if (nearer && d < written.size()) {
      least = d;
      best = name;
    }
  }
  return best;
}

}  // namespace kiln::sema
