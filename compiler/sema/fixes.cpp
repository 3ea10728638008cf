#include "sema/fixes.h"

#include <cctype>

#include <fmt/format.h>

#include "sema/enclosing.h"
#include "sema/proofs.h"

namespace kiln::sema {

namespace {

const std::string& text_of_file(const Body& body) {
  return body.session.files[body.module.file.number].text();
}

/// The `(` and the `)` of the parameters.
std::optional<Span> parentheses_of(const Body& body, const Signed& declaration) {
  const std::string& text = text_of_file(body);
  size_t open = declaration.name().span.end;
  for (int depth = 0; open < text.size() && (depth > 0 || text[open] != '('); ++open) {
    if (text[open] == '[') ++depth;
    if (text[open] == ']') --depth;
    if (text[open] == '{' || text[open] == '=') return std::nullopt;
  }
  const auto& parameters = declaration.parameters();
  const size_t close = text.find(')', parameters.empty() ? open : parameters.back().span.end);
  if (open >= text.size() || close == std::string::npos) return std::nullopt;
  return Span{body.module.file.number, static_cast<uint32_t>(open), static_cast<uint32_t>(close + 1)};
}

Span before(Span place) { return {place.file, place.begin, place.begin}; }
Span behind(Span place) { return {place.file, place.end, place.end}; }

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Whether one pair of parentheses is around the whole.
bool is_parenthesised(std::string_view text) {
  if (text.size() < 2 || text.front() != '(') return false;
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i + 1 == text.size();
  }
  return false;
}

void add(Diagnostic& diagnostic, std::vector<Edit> edits, std::string title, bool is_certain) {
  diagnostic.fixes.push_back({std::move(title), std::move(edits), is_certain});
}

}  // namespace

void fix_by_cast(const Body& body, Diagnostic& diagnostic, Span place, const std::string& element,
                 bool is_certain) {
  const std::string text(body.session.files.text_of(place));
  if (text.empty()) return;
  const std::string cast =
      is_parenthesised(text) ? fmt::format("{}{}", element, text) : fmt::format("{}({})", element, text);
  const bool is_short = cast.size() <= 60 && cast.find('\n') == std::string::npos;
  add(diagnostic, {{place, cast}}, fmt::format("cast it: `{}`", is_short ? cast : element + "(…)"),
      is_certain);
}

void fix_by_where(const Body& body, Diagnostic& diagnostic, Span place,
                  const std::vector<dim::Condition>& missing, bool is_certain) {
  const std::string clauses = clauses_text(missing);
  const std::string title = fmt::format("add `where {}`", clauses);
  const Signed declaration = signed_around(body, place);
  if (!declaration || clauses.find_first_of("#?") != std::string::npos) {
    diagnostic.help = title;
    return;
  }
  if (!declaration.where().empty()) {
    return add(diagnostic, {{behind(declaration.where().back()->span), ", " + clauses}}, title, is_certain);
  }
  const std::optional<Span> parentheses = parentheses_of(body, declaration);
  std::optional<Span> head = parentheses;
  if (declaration.function != nullptr && !declaration.function->results.empty())
    head = declaration.function->results.back().span;
  if (!head) {
    diagnostic.help = title;
    return;
  }
  add(diagnostic, {{behind(*head), " where " + clauses}}, title, is_certain);
}

void fix_by_import(const Body& body, Diagnostic& diagnostic, const std::string& name) {
  const syntax::File& file = body.module.file;
  const std::string title = fmt::format("add `import {}`", name);
  if (!file.imports.empty())
    return add(diagnostic, {{behind(file.imports.back().span), "\nimport " + name}}, title, true);
  // Below the `//` lines at the head, which speak of the file.
  const std::string& text = text_of_file(body);
  size_t at = 0;
  while (text.compare(at, 2, "//") == 0 && text.compare(at, 3, "///") != 0) {
    const size_t end = text.find('\n', at);
    if (end == std::string::npos) break;
    at = end + 1;
  }
  const Span head{file.number, static_cast<uint32_t>(at), static_cast<uint32_t>(at)};
  add(diagnostic, {{head, "import " + name + (text[at] == '\n' ? "\n" : "\n\n")}}, title, true);
}

void fix_by_var(const Body& body, Diagnostic& diagnostic, Span place) {
  if (place.file != body.module.file.number) return;
  const std::string& text = text_of_file(body);
  // Back over the names of a pattern to the word before them.
  size_t at = place.begin;
  while (at > 0 &&
         (is_word(text[at - 1]) || std::string_view(" ,([])").find(text[at - 1]) != std::string::npos)) {
    --at;
    if (text.compare(at, 3, "let") == 0 && !is_word(text[at + 3]) && (at == 0 || !is_word(text[at - 1]))) {
      const Span word{place.file, static_cast<uint32_t>(at), static_cast<uint32_t>(at + 3)};
      return add(diagnostic, {{word, "var"}}, "declare it with `var`", true);
    }
  }
}

void fix_by_inout(Diagnostic& diagnostic, Span place, const std::string& name, bool is_certain) {
  add(diagnostic, {{before(place), "inout "}},
      fmt::format("make it `inout {}`; callers then mark the argument: `&{}`", name, name), is_certain);
}

void fix_by_inout_self(const Body& body, Diagnostic& diagnostic, Span place) {
  const Signed method = signed_around(body, place);
  const auto parentheses = method ? parentheses_of(body, method) : std::nullopt;
  if (method.function == nullptr || !parentheses) return;
  const bool alone = method.parameters().empty();
  const Span inside{parentheses->file, parentheses->begin + 1, parentheses->begin + 1};
  add(diagnostic, {{inside, alone ? "inout self" : "inout self, "}},
      "a method that changes fields says `inout self` among its parameters", true);
}

void fix_by_dim_parameter(const Body& body, Diagnostic& diagnostic, Span place, const std::string& name) {
  const Signed function = signed_around(body, place);
  const auto parentheses = function ? parentheses_of(body, function) : std::nullopt;
  if (!parentheses) return;
  const Span end{parentheses->file, parentheses->end - 1, parentheses->end - 1};
  add(diagnostic, {{end, fmt::format("{}{}: dim", function.parameters().empty() ? "" : ", ", name)}},
      fmt::format("add a parameter `{}: dim`", name), true);
}

void fix_by_default(const Body& body, Diagnostic& diagnostic, Span place) {
  if (!place.known()) return;
  const std::string& text = body.session.files[place.file].text();
  size_t at = place.end;
  for (int depth = 0; at < text.size() && (depth > 0 || text[at] != ']'); ++at) {
    if (text[at] == '[' || text[at] == '(') ++depth;
    if (text[at] == ']' || text[at] == ')') --depth;
    if (depth < 0 || text[at] == '\n' || text[at] == '{') return;
  }
  const size_t next = text.find_first_not_of(" ]", at);
  if (at >= text.size() || next == std::string::npos) return;
  const bool is_assigned = (text[next] == '=' && text.compare(next, 2, "==") != 0) ||
                           (next + 1 < text.size() && text[next + 1] == '=' &&
                            std::string_view("+-*/").find(text[next]) != std::string_view::npos);
  if (is_assigned) return;
  const Span end{place.file, static_cast<uint32_t>(at), static_cast<uint32_t>(at)};
  add(diagnostic, {{end, " else 0"}}, "read 0 outside", false);
}

void fix_by_brackets(const Body& body, Diagnostic& diagnostic, Span brackets, char open, char close,
                     std::string title) {
  const std::string_view text = body.session.files.text_of(brackets);
  if (text.size() < 2) return;
  const Span first{brackets.file, brackets.begin, brackets.begin + 1};
  const Span last{brackets.file, brackets.end - 1, brackets.end};
  add(diagnostic, {{first, std::string(1, open)}, {last, std::string(1, close)}}, std::move(title), true);
}

}  // namespace kiln::sema
