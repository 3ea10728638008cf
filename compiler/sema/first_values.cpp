#include "sema/first_values.h"

#include <algorithm>

#include <fmt/format.h>

#include "sema/enclosing.h"
#include "sema/visit_syntax.h"

namespace kiln::sema {

namespace {

/// The name at the head of the place: of `c.k[i]` it is `c`.
const syntax::Name* root_of(const syntax::Expression& place) {
  switch (place.kind) {
    case syntax::ExpressionKind::name: return &syntax::as<syntax::NameExpression>(place).name;
    case syntax::ExpressionKind::member: return root_of(*syntax::as<syntax::Member>(place).base);
    case syntax::ExpressionKind::subscript: return root_of(*syntax::as<syntax::Subscript>(place).base);
    default: return nullptr;
  }
}

bool covers(Span whole, Span part) {
  return whole.file == part.file && whole.begin <= part.begin && part.end <= whole.end;
}

struct Assignments {
  std::vector<Span> own, others;  // of the name that is asked for, of other variables
};

bool binds(const syntax::Pattern& pattern, const std::string& name) {
  return pattern.name == name || std::any_of(pattern.parts.begin(), pattern.parts.end(),
                                             [&](const syntax::Pattern& part) { return binds(part, name); });
}

/// The assignments in a statement and in the blocks below it. A `let` of the name is a mistaken one.
Assignments assignments_in(const syntax::Statement& statement, const std::string& name) {
  Assignments found;
  const auto take = [&](const syntax::Statement& each) {
    if (const auto* bind = syntax::if_is<syntax::Bind>(each); bind != nullptr && binds(bind->pattern, name))
      return found.own.push_back(each.span);
    const auto* assign = syntax::if_is<syntax::Assign>(each);
    if (assign == nullptr) return;
    const syntax::Name* root = root_of(*assign->place);
    (root != nullptr && *root == name ? found.own : found.others).push_back(each.span);
  };
  visit_statement(statement, {take, [](const syntax::Expression&) {}});
  return found;
}

const syntax::Statement* first_that_assigns(const Body& body, Span place, const std::string& name) {
  const Signed declaration = signed_around(body, place);
  if (declaration.function == nullptr) return nullptr;
  for (const syntax::StatementPtr& statement : declaration.function->body.statements)
    if (!assignments_in(*statement, name).own.empty()) return statement.get();
  return nullptr;
}

/// What fills a tensor of the type; empty if nothing does.
std::string filling(const Type& type) {
  if (!type.is_tensor()) return "";
  return is_boolean(type.element) ? "false" : belongs_to(type.element, ElementClass::number) ? "0" : "";
}

}  // namespace

void offer_first_value(const Body& body, Diagnostic& diagnostic, const std::string& name, const Type& type) {
  const syntax::Statement* statement = first_that_assigns(body, diagnostic.span, name);
  const std::string value = filling(type);
  if (statement == nullptr || value.empty()) {
    diagnostic.help = "assign it whole first";
    return;
  }
  const std::string whole = fmt::format("{} = {}", name, value);
  const SourceFile& file = body.session.files[statement->span.file];
  const auto column = static_cast<size_t>(file.position_of(statement->span.begin).column) - 1;
  const std::string_view line = std::string_view(file.text()).substr(statement->span.begin - column, column);
  const bool is_first_on_line = line.find_first_not_of(" \t") == std::string_view::npos;
  const auto at = statement->span.begin - static_cast<uint32_t>(is_first_on_line ? column : 0);
  diagnostic.offer({statement->span.file, at, at},
                   is_first_on_line ? fmt::format("{}{}\n", line, whole) : whole + " ",
                   fmt::format("assign it whole first, for instance `{}`", whole));
}

void offer_value_before_read(const Body& body, Diagnostic& diagnostic, const std::string& name,
                             const Type& type) {
  const syntax::Statement* statement = first_that_assigns(body, diagnostic.span, name);
  if (statement != nullptr && statement->span.begin < diagnostic.span.begin)
    offer_first_value(body, diagnostic, name, type);
}

void label_uncertain_value(const Body& body, Diagnostic& diagnostic, const std::string& name) {
  const syntax::Statement* statement = first_that_assigns(body, diagnostic.span, name);
  if (statement == nullptr) return;
  const Span place = assignments_in(*statement, name).own.front();
  if (statement->kind == syntax::StatementKind::loop || statement->kind == syntax::StatementKind::while_loop)
    diagnostic.labels.push_back({place, "assigned in a loop, which may have no rounds"});
  else if (statement->kind == syntax::StatementKind::branch)
    diagnostic.labels.push_back({place, "not assigned in every branch"});
}

bool is_told_of(const Body& body, Span function, const std::string& name) {
  const Signed declaration = signed_around(body, function);
  if (declaration.function == nullptr) return false;
  for (const syntax::StatementPtr& statement : declaration.function->body.statements) {
    const Assignments assignments = assignments_in(*statement, name);
    if (assignments.own.empty()) continue;
    for (const Diagnostic& told : body.session.diagnostics.all()) {
      if (told.kind->severity == Severity::warning || !covers(statement->span, told.span)) continue;
      const auto holds_it = [&](Span assignment) { return covers(assignment, told.span); };
      if (std::none_of(assignments.others.begin(), assignments.others.end(), holds_it)) return true;
    }
  }
  return false;
}

}  // namespace kiln::sema
