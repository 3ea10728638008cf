#include "sema/check.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/evaluate.h"
#include "sema/exports.h"
#include "sema/instances.h"
#include "sema/model_instances.h"
#include "sema/report.h"
#include "sema/rules.h"

namespace kiln::sema {

namespace {

void check_type_declaration(Session& session, const Module& module,
                            const syntax::TypeDeclaration& declaration) {
  Root root;
  root.is_generic = true;
  Body body(session, root, module);
  for (const syntax::Parameter& parameter : declaration.parameters) {
    const ParameterKind kind = kind_of(parameter);
    if (kind == ParameterKind::dim) {
      body.facts.add_dim(parameter.name.text);
      define_static(body, parameter.name.text, StaticValue::of_dim(dim::Dim::symbol(parameter.name.text)),
                    parameter.span);
    } else if (kind == ParameterKind::boolean) {
      define_static(body, parameter.name.text, StaticValue::of_boolean(dim::Dim::symbol(parameter.name.text)),
                    parameter.span);
    } else {
      return;  // checked at each use
    }
  }
  evaluate_type(body, *declaration.type);
}

void check_precision(Body& body, const syntax::Annotation& annotation) {
  const auto* name = annotation.arguments.size() == 1
                         ? syntax::if_is<syntax::NameExpression>(*annotation.arguments[0].value)
                         : nullptr;
  if (name != nullptr && (name->name == "bf16" || name->name == "f16")) return;
  report(body, diagnostics::unknown_annotation, annotation.span, "`@precision` takes `bf16` or `f16`").help =
      "write `@precision(bf16)`";
}

void check_annotations(Body& body, const syntax::Declaration& declaration) {
  const auto* function = syntax::if_is<syntax::Function>(declaration);
  for (const syntax::Annotation& annotation : declaration.annotations) {
    const std::string& name = annotation.name.text;
    const bool is_known = name == "realtime" || name == "precision" || name == "inplace";
    if (!is_known) {
      report(body, diagnostics::unknown_annotation, annotation.span,
             fmt::format("there is no annotation `@{}`", name))
          .help = "there are `@realtime`, `@precision` and `@inplace`";
    } else if (function == nullptr || !function->is_exported) {
      report(body, diagnostics::unknown_annotation, annotation.span,
             fmt::format("`@{}` belongs to an exported function", name))
          .help = "it says how the library runs a call of it: write `export fn`";
    } else if (name == "precision") {
      check_precision(body, annotation);
    } else if (!annotation.arguments.empty()) {
      report(body, diagnostics::unknown_annotation, annotation.span,
             fmt::format("`@{}` takes no argument", name));
    }
  }
}

void check_declaration(Session& session, const Module& module, const syntax::Declaration& declaration) {
  Root root;
  root.is_generic = true;
  Body body(session, root, module);
  check_annotations(body, declaration);
  switch (declaration.kind) {
    case syntax::DeclarationKind::function: {
      const FunctionReference reference{&module, &syntax::as<syntax::Function>(declaration), nullptr,
                                        nullptr};
      if (!is_checked_at_use(reference)) check_generically(session, reference, declaration.name.span);
      return;
    }
    case syntax::DeclarationKind::model: {
      const auto& model = syntax::as<syntax::Model>(declaration);
      check_model_generically(session, module, model);
      for (const auto& method : model.methods) {
        const FunctionReference reference{&module, method.get(), &model, nullptr};
        if (!is_checked_at_use(reference)) check_generically(session, reference, method->name.span);
      }
      return;
    }
    case syntax::DeclarationKind::type:
      return check_type_declaration(session, module, syntax::as<syntax::TypeDeclaration>(declaration));
    case syntax::DeclarationKind::constant:
      check_constant(body, module, syntax::as<syntax::Constant>(declaration), declaration.name.span);
      return;
    case syntax::DeclarationKind::test:
      return check_test(session, module, syntax::as<syntax::Test>(declaration), nullptr);
    case syntax::DeclarationKind::rule:
      check_rule_generically(session, module, syntax::as<syntax::Rule>(declaration));
      return;
    case syntax::DeclarationKind::function_alias:
    case syntax::DeclarationKind::mesh: return;
  }
}

std::optional<TypedProgram> check_modules(Session& session) {
  const Module& module = *session.modules.back();
  for (const auto& loaded : session.modules) {
    if (loaded->is_checked && loaded.get() != &module) continue;
    for (const syntax::DeclarationPtr& declaration : loaded->file.declarations) {
      if (loaded.get() != &module && declaration->kind == syntax::DeclarationKind::test) continue;
      check_declaration(session, *loaded, *declaration);
    }
  }
  if (session.diagnostics.has_errors()) return std::nullopt;
  TypedProgram program;
  program.name = module.name;
  program.documentation = module.file.doc;
  export_models(session, module, program);
  export_functions(session, module, program);
  for (const syntax::DeclarationPtr& declaration : module.file.declarations) {
    if (const auto* test = syntax::if_is<syntax::Test>(*declaration))
      check_test(session, module, *test, &program);
  }
  if (session.diagnostics.has_errors()) return std::nullopt;
  program.rules = std::move(session.rules);
  program.elements = std::move(session.elements);
  program.bounds = std::move(session.bounds);
  return program;
}

/// The imported files of which nothing was said, nor of what they import, need not be checked again as they
/// are.
void note_checked(Session& session) {
  std::set<uint32_t> spoken_of;
  for (const Diagnostic& diagnostic : session.diagnostics.all()) spoken_of.insert(diagnostic.span.file);
  for (const auto& module : session.modules) {  // what is imported comes before
    const uint32_t number = module->file.number;
    const auto& imports = module->imports;
    module->is_checked = spoken_of.count(number) == 0 &&
                         std::all_of(imports.begin(), imports.end(),
                                     [](const auto& import) { return import.second->is_checked; });
    if (!module->is_checked || module == session.modules.back()) continue;
    TreeCache::Entry* entry =
        session.options.trees->find(path_key(module->path), session.files[number].text(), number);
    if (entry != nullptr) entry->is_checked = true;
  }
}

}  // namespace

std::optional<TypedProgram> check(SourceFiles& files, uint32_t root, const CheckOptions& options,
                                  Diagnostics& diagnostics) {
  const CurrentPass pass("sema");
  Modules modules = load_modules(files, root, options, diagnostics);
  // A name that is declared twice stands for its first declaration: what is said then follows from nothing.
  const bool has_holes = std::any_of(diagnostics.all().begin(), diagnostics.all().end(), [](const auto& d) {
    return d.kind->severity != Severity::warning && d.kind != &diagnostics::declared_twice;
  });
  if (has_holes && options.observer == nullptr) return std::nullopt;
  Diagnostics follow_up;  // what follows from the holes is no mistake
  Session session{files, has_holes ? follow_up : diagnostics, options, std::move(modules)};
  std::optional<TypedProgram> program = check_modules(session);
  if (options.trees != nullptr && !has_holes) note_checked(session);
  if (options.observer != nullptr) options.observer->finished(session);
  if (has_holes) return std::nullopt;
  return program;
}

}  // namespace kiln::sema
