#pragma once

#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "source/span.h"

namespace kiln {

/// `limit` is a construct of the language that this version cannot compile yet (exit code 2).
enum class Severity { error, limit, warning };

/// One row for each diagnostic: see diagnostic_table.h. Codes never change their meaning.
struct DiagnosticKind {
  const char* code;  // "E0312", "W0101", "L0001"
  Severity severity;
  const char* title;  // for the index of codes: lower case, no full stop
};

struct Label {
  Span span;
  std::string text;
};

/// One change of the text: `text` takes the place of what stands at `span`, which may be empty.
struct Edit {
  Span span;
  std::string text;
};

/// A change of the program that mends the mistake. Its edits do not overlap and are applied together.
struct Fix {
  std::string
      title;  // what it does, "add `import nn`"; empty: the diagnostic's help says it, or the edits do
  std::vector<Edit> edits;
  bool is_certain = true;  // surely what is meant: `kilnc check --fix` applies it; others are offered
};

/// Messages are lower case without a full stop, names stand in backticks, the primary span is the narrowest
/// wrong piece, and both sides of a clash have a label.
struct Diagnostic {
  const DiagnosticKind* kind = nullptr;
  Span span;
  std::string message;
  std::string label;          // beside the carets of `span`; may be empty
  std::vector<Label> labels;  // other places
  std::vector<std::string> notes;
  std::string help;        // what to do; may be empty
  std::vector<Fix> fixes;  // each would do alone; the likeliest first

  /// Adds a fix that is surely meant.
  void fix(std::vector<Edit> edits, std::string title = "") {
    fixes.push_back({std::move(title), std::move(edits), true});
  }
  void fix(Span place, std::string text, std::string title = "") {
    fix({{place, std::move(text)}}, std::move(title));
  }
  /// Adds a fix that may or may not be meant.
  void offer(std::vector<Edit> edits, std::string title = "") {
    fixes.push_back({std::move(title), std::move(edits), false});
  }
  void offer(Span place, std::string text, std::string title = "") {
    offer({{place, std::move(text)}}, std::move(title));
  }
};

/// Collects the diagnostics of one compilation, in order, each place and code once.
class Diagnostics {
 public:
  /// The diagnostic may be completed through the reference until the next call.
  Diagnostic& add(const DiagnosticKind& kind, Span span, std::string message);
  const std::vector<Diagnostic>& all() const { return list_; }
  bool has_errors() const;  // errors or limits
  bool has_limits_only() const;

 private:
  using CodeAndPlace = std::tuple<std::string_view, uint32_t, uint32_t, uint32_t>;
  std::vector<Diagnostic> list_;
  std::set<CodeAndPlace> seen_;
  Diagnostic repeated_;  // takes what is said about a repeated place
};

}  // namespace kiln
