#include <algorithm>
#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/conversions.h"
#include "sema/enclosing.h"
#include "sema/evaluate.h"
#include "sema/first_values.h"
#include "sema/fixes.h"
#include "sema/foreign_habits.h"
#include "sema/indices.h"
#include "sema/models.h"
#include "sema/prelude.h"
#include "sema/proofs.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

Value fixed_value(const Entity& entity, Span span) {
  if (!entity.constants.empty()) {
    Value value(entity.type, span);
    value.constants = entity.constants;
    value.integer = entity.integer;
    value.is_static = entity.is_static;
    return value;
  }
  if (entity.integer) return dim_static_value(*entity.integer, span);
  Value value(entity.type, span);
  if (entity.known) value = boolean_value(*entity.known, span);
  value.fixed = entity.fixed;
  value.condition = entity.condition;
  value.refutation = entity.refutation;
  value.is_static = entity.is_static;
  if (is_boolean(entity.type.element) && entity.type.is_scalar() && !value.tree) {
    // An open static bool: only in bodies whose tree is thrown away.
    value.tree = literal(span, ElementType::boolean, Scalar::of_integer(1));
  }
  return value;
}

}  // namespace

Value declared_value(Body& body, const Module& module, const syntax::Declaration& declaration, Span span) {
  switch (declaration.kind) {
    case syntax::DeclarationKind::function: {
      Value value(Type::of(Type::Kind::function), span);
      value.type.items.push_back(Type::of(Type::Kind::nothing));
      auto function = std::make_shared<StaticFunction>();
      function->reference = {&module, &syntax::as<syntax::Function>(declaration), nullptr, nullptr};
      value.fixed = StaticValue::of_function(std::move(function));
      return value;
    }
    case syntax::DeclarationKind::constant:
      return check_constant(body, module, syntax::as<syntax::Constant>(declaration), span);
    default:
      report(body, diagnostics::not_a_value, span, fmt::format("`{}` is no value", declaration.name.text))
          .labels.push_back({declaration.name.span, "declared here"});
      return Value::error(span);
  }
}

namespace {

/// The name in scope, declared or imported that is most like this one; empty if none is.
std::string nearest_known(const Body& body, const std::string& name) {
  std::vector<std::string> known = body.scope.names();
  for (const auto& [declared, declaration] : body.module.declarations) {
    if (declared != body.function->name) known.push_back(declared);  // functions do not call themselves
  }
  for (const auto& [imported, module] : body.module.imports) known.push_back(imported);
  for (const std::string& function : prelude_names()) known.push_back(function);
  known.insert(known.end(), {"true", "false"});
  if (name == "True" || name == "False") return name == "True" ? "true" : "false";
  return nearest_name(name, known);
}

/// `nn.softmax`, if an imported file declares this name; empty if none does.
std::string imported_as(const Body& body, const std::string& name) {
  if (name[0] == '_') return "";
  for (const auto& [alias, module] : body.module.imports) {
    if (module->find(name) != nullptr) return alias + "." + name;
  }
  return "";
}

/// A named result in a function that ends in `return`, or a parameter that is declared further on; null if
/// the name is neither.
Diagnostic* report_declared_otherwise(Body& body, const syntax::Name& name) {
  const Signed declaration = signed_around(body, name.span);
  if (!declaration) return nullptr;
  if (declaration.function != nullptr && declaration.function->body.result) {
    for (const syntax::Result& result : declaration.function->results) {
      if (!(result.name == name.text)) continue;
      Diagnostic& diagnostic = report(
          body, diagnostics::return_and_results, name.span,
          fmt::format("`{}` is no variable here: `{}` ends in `return`", name.text, declaration.name().text));
      diagnostic.labels.push_back({result.span, "the result"});
      diagnostic.help = "a function ends in `return`, or assigns the results that it names; not both";
      return &diagnostic;
    }
  }
  for (const syntax::Parameter& parameter : declaration.parameters()) {
    if (!(parameter.name == name.text) || parameter.span.begin < name.span.begin) continue;
    Diagnostic& diagnostic = report(body, diagnostics::unknown_name, name.span,
                                    fmt::format("`{}` is declared further on", name.text));
    diagnostic.labels.push_back({parameter.span, "here"});
    diagnostic.help = "parameters are read from left to right: put it before";
    return &diagnostic;
  }
  return nullptr;
}

/// `y = x * 2` at the head of a line, where nothing declares `y`: `let` is missing. Said once.
bool offer_declaration(Body& body, const syntax::Name& name, Diagnostic& diagnostic) {
  const std::string& text = body.session.files[name.span.file].text();
  const size_t next = text.find_first_not_of(' ', name.span.end);
  if (next == std::string::npos || text[next] != '=' || text[next + 1] == '=') return false;
  size_t before = name.span.begin;
  while (before > 0 && text[before - 1] == ' ') --before;
  if (before > 0 && text[before - 1] != '\n' && text[before - 1] != '{') return false;
  diagnostic.offer({name.span.file, name.span.begin, name.span.begin}, "let ",
                   fmt::format("declare it: `let {0} = …`, or `var {0} = …` if it changes", name.text));
  if (body.is_muted) return true;
  Entity declared;
  declared.span = name.span;
  declared.type = Type::error();
  declared.is_mutable = true;
  body.scope.define(name.text, std::move(declared));
  return true;
}

Diagnostic& report_unknown(Body& body, const syntax::Name& name) {
  if (Diagnostic* known = report_declared_otherwise(body, name)) return *known;
  Diagnostic& diagnostic = report(body, diagnostics::unknown_name, name.span,
                                  fmt::format("nothing is called `{}` here", name.text));
  const std::string_view advice = advice_on_name(name.text);
  const std::string imported = imported_as(body, name.text);
  const std::string near = imported.empty() ? nearest_known(body, name.text) : imported;
  if (near.empty() && advice.empty() && offer_declaration(body, name, diagnostic)) return diagnostic;
  if (!near.empty() && (advice.empty() || !imported.empty())) {
    // A short name is near to many others.
    const std::string title = fmt::format("did you mean `{}`?", near);
    name.text.size() > 3 ? diagnostic.fix(name.span, near, title) : diagnostic.offer(name.span, near, title);
  } else {
    diagnostic.help = advice;
  }
  return diagnostic;
}

/// Whether a file of this name could be imported.
bool is_importable(const Body& body, const std::string& name) {
  std::vector<std::filesystem::path> folders{body.module.path.parent_path()};
  const auto& libraries = body.session.options.library_folders;
  folders.insert(folders.end(), libraries.begin(), libraries.end());
  return std::any_of(folders.begin(), folders.end(), [&](const std::filesystem::path& folder) {
    std::error_code ignored;
    return std::filesystem::exists(folder / (name + ".model"), ignored);
  });
}

}  // namespace

Value value_of_entity(Body& body, const Entity& entity, const std::string& name, Span span) {
  if (entity.type.failed()) return Value::error(span);
  switch (entity.kind) {
    case Entity::Kind::variable: {
      if (entity.presence && !body.is_muted && !dim::proves(body.facts, *entity.presence)) {
        Diagnostic& diagnostic =
            report(body, diagnostics::unknown_member, span, fmt::format("`{}` is not always there", name));
        diagnostic.labels.push_back(
            {entity.span, fmt::format("only if `{}`", body.session.files.text_of(entity.presence_span))});
        diagnostic.help = "use it in an `if` with the same condition";
        return Value::error(span);
      }
      if (entity.is_result && !body.assigned_results.count(name)) {
        if (is_told_of(body, span, name)) return Value::error(span);
        Diagnostic& diagnostic =
            report(body, diagnostics::read_before_assigned, span, fmt::format("`{}` has no value yet", name));
        diagnostic.labels.push_back({entity.span, "the result"});
        offer_value_before_read(body, diagnostic, name, entity.type);
        return Value::error(span);
      }
      Value value(entity.type, span, place_value(body, span, entity.place, entity.type));
      value.integer = entity.integer;
      if (!entity.is_mutable) value.family = entity.family;
      value.condition = entity.condition;
      value.refutation = entity.refutation;
      value.place = entity.place;
      value.place->span = span;
      value.is_mutable = entity.is_mutable;
      value.root = &entity;
      value.path = entity.path;
      value.fixed = entity.fixed;
      return value;
    }
    case Entity::Kind::index: {
      Value value(entity.type, span, index_value(body, span, entity.index));
      value.integer = entity.integer;
      return value;
    }
    case Entity::Kind::fixed: return fixed_value(entity, span);
    case Entity::Kind::pack_index:
    case Entity::Kind::pack:
      report(body, diagnostics::not_a_value, span, fmt::format("`{}` stands for several axes", name)).help =
          fmt::format("write `...{}` in brackets", name);
      return Value::error(span);
  }
  return Value::error(span);
}

Value check_name(Body& body, const syntax::NameExpression& expression) {
  const syntax::Name& name = expression.name;
  if (const Entity* entity = body.scope.find(name.text)) {
    return value_of_entity(body, *entity, name.text, expression.span);
  }
  if (const syntax::Declaration* declaration = body.module.find(name.text)) {
    if (auto type = type_of_expression(body, expression)) {
      Value value(*type, expression.span);
      value.fixed = StaticValue::of_type(*type);
      return value;
    }
    return declared_value(body, body.module, *declaration, expression.span);
  }
  if (body.module.imports.count(name.text)) {
    report(body, diagnostics::not_a_value, name.span, fmt::format("`{}` is an imported file", name.text))
        .help = fmt::format("write `{}.name`", name.text);
    return Value::error(name.span);
  }
  if (name == "pi")
    return constant_value(Constant::of_real(3.14159265358979323846264338327950288L), expression.span);
  if (name == "inf") {
    return constant_value(Constant::of_real(std::numeric_limits<long double>::infinity()), expression.span);
  }
  if (is_prelude_function(name.text)) {
    report(body, diagnostics::not_a_value, name.span, fmt::format("`{}` is a function", name.text)).help =
        fmt::format("call it: `{}(…)`", name.text);
    return Value::error(name.span);
  }
  report_unknown(body, name);
  return Value::error(expression.span);
}

bool is_unknown(const Body& body, const syntax::Expression& expression) {
  const auto* name = syntax::if_is<syntax::NameExpression>(expression);
  if (name == nullptr) return false;
  const std::string& text = name->name.text;
  return body.scope.find(text) == nullptr && body.module.find(text) == nullptr &&
         body.module.imports.count(text) == 0 && !is_prelude_function(text) && text != "pi" && text != "inf";
}

bool reports_unknown_base(Body& body, const syntax::Member& member) {
  if (!is_unknown(body, *member.base)) return false;
  const syntax::Name& name = syntax::as<syntax::NameExpression>(*member.base).name;
  Diagnostic& diagnostic = report_unknown(body, name);
  if (is_importable(body, name.text)) {
    diagnostic.help.clear();
    diagnostic.fixes.clear();
    fix_by_import(body, diagnostic, name.text);
  }
  return true;
}

void report_unknown_index(Body& body, const syntax::Name& name) {
  const bool is_misspelt = name.text.size() > 2 && !nearest_known(body, name.text).empty();
  if (is_misspelt) {
    report_unknown(body, name);
  } else if (body.assignment != nullptr) {
    Diagnostic& diagnostic = report(body, diagnostics::index_not_on_left, name.span,
                                    fmt::format("the index `{}` does not occur on the left side", name.text));
    diagnostic.labels.push_back({body.assignment->place->span, "the left side"});
    const Span right = body.assignment->value->span;
    diagnostic.offer({right.file, right.begin, right.begin}, fmt::format("sum[{}] ", name.text),
                     fmt::format("fold it: `sum[{}] …`, `max[{}] …`", name.text, name.text));
  } else {
    report(body, diagnostics::unknown_name, name.span, fmt::format("nothing is called `{}` here", name.text))
        .help = fmt::format(
        "an index is bound by `for[{0}]`, a reducer as in `sum[{0}]`, or the left side; `sum` stops at `+ -` "
        "and "
        "comparisons, `all` and `any` at `and` and `or`: put what belongs together in parentheses",
        name.text);
  }
  if (body.is_muted) return;
  Entity reported;  // the same index further on needs no word
  reported.span = name.span;
  body.scope.define(name.text, std::move(reported));
}

Value check_constant(Body& body, const Module& module, const syntax::Constant& constant, Span span) {
  if (!body.session.active_constants.insert(&constant).second) {
    report(body, diagnostics::recursion, span, fmt::format("`{}` is defined by itself", constant.name.text));
    return Value::error(span);
  }
  Body declared(body.session, body.root, module);
  declared.is_muted = body.is_muted;
  Value value = check_expression(declared, *constant.value);
  if (constant.type && !value.failed()) {
    const Type type = evaluate_type(declared, *constant.type);
    if (!convert_to(declared, value, type, true, fmt::format("`{}`", constant.name.text))) {
      value = Value::error(span);
    }
  }
  body.session.active_constants.erase(&constant);
  if (!declared.function->slots.empty() && !value.failed()) {
    report_limit(body, span, "a constant that needs variables");
    return Value::error(span);
  }
  value.span = span;
  return value;
}

}  // namespace kiln::sema
