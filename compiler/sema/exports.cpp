#include "sema/exports.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/conversions.h"
#include "sema/fixes.h"
#include "sema/function_check.h"
#include "sema/instances.h"
#include "sema/model_instances.h"
#include "sema/models.h"
#include "sema/report.h"
#include "sema/reserved_words.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

/// The exported name of a model type; empty if there is none.
std::string exported_model(const TypedProgram& program, const Type& type) {
  if (type.kind != Type::Kind::model) return "";
  const std::string wanted = key_of(*type.model);
  for (const ExportedModel& model : program.models) {
    if (model.model->key == wanted) return model.name;
  }
  return "";
}

class FunctionExport {
 public:
  FunctionExport(Session& session, const Module& module, const syntax::Function& function,
                 const syntax::Name& name, const syntax::Declaration& declaration, TypedProgram& program)
      : session_(session),
        body_(session, generic_, module),
        syntax_(function),
        name_(name),
        declaration_(declaration),
        reference_{&module, &function, nullptr, nullptr},
        program_(program) {
    generic_.is_generic = true;
  }

  /// Of a property: what it has in place of a name is its title.
  void make_property(const std::string& title) {
    exported_.name = title;
    is_property_ = true;
    make();
  }

  void make() {
    if (!syntax_.generics.empty()) {
      report(body_, diagnostics::export_generic, syntax_.generics[0].span, "an export has no generics").help =
          "write the types out: a library has one function for each export";
      return;
    }
    const Signature signature = make_signature(body_, reference_, SignatureMode::own, {});
    if (signature.failed) return;
    for (const std::string& pack : signature.packs) {
      report(body_, diagnostics::export_type, name_.span,
             fmt::format("the number of axes in `...{}` is not known", pack));
      return;
    }
    if (!is_property_) exported_.name = name_.text;
    exported_.documentation = declaration_.doc;
    exported_.span = name_.span;
    check_name(name_);
    exported_.dims = signature.dims;
    for (const SignatureParameter& parameter : signature.parameters) {
      if (!take_parameter(parameter)) return;
    }
    if (!take_results(signature) || !check_dims(signature)) return;
    for (const syntax::Annotation& annotation : declaration_.annotations) {
      std::string text;
      for (const syntax::Argument& argument : annotation.arguments) {
        text += (text.empty() ? "" : ", ") + std::string(session_.files.text_of(argument.value->span));
      }
      exported_.annotations.emplace(annotation.name.text, text);
    }
    instantiate_function(signature);
  }

 private:
  void check_name(const syntax::Name& name) {
    if (is_property_ || !is_reserved_in_c(name.text)) return;
    report(body_, diagnostics::export_name, name.span,
           fmt::format("`{}` is a keyword of C or C++", name.text))
        .help = fmt::format("call it `{}_`, or something that says more", name.text);
  }

  bool is_static_argument(const SignatureParameter& parameter) {
    if (parameter.kind == ParameterKind::value || parameter.kind == ParameterKind::dim) return false;
    report(body_, diagnostics::export_type, parameter.syntax->span,
           fmt::format("`{}` is static, so a library cannot take it", parameter.syntax->name.text))
        .help = "export one function for each value, with a lower-case `bool` if it is data";
    return true;
  }

  ExportedArgument argument(const SignatureParameter& parameter, ArgumentKind kind) {
    ExportedArgument result;
    result.name = parameter.syntax->name.text;
    result.documentation = parameter.syntax->doc;
    result.kind = kind;
    result.is_inout = parameter.syntax->is_inout;
    result.parameter = next_parameter_;
    result.source_type = to_string(parameter.type);
    return result;
  }

  /// The name without `export` that stands here in place of a type, of this file; null if there is none.
  const syntax::Declaration* hidden_name(const syntax::Type* written) const {
    if (written == nullptr || written->kind != syntax::TypeKind::named) return nullptr;
    const auto& named = static_cast<const syntax::NamedType&>(*written);
    if (named.name.parts.size() != 1 || named.has_arguments) return nullptr;
    const syntax::Declaration* declaration = body_.module.find(named.name.parts[0].text);
    return declaration != nullptr && declaration->kind == syntax::DeclarationKind::type ? declaration
                                                                                        : nullptr;
  }

  /// As what the model is exported; empty after a report.
  std::string name_of_model(const Type& type, Span span, const syntax::Type* written) {
    std::string name = exported_model(program_, type);
    if (!name.empty()) return name;
    Diagnostic& diagnostic = report(body_, diagnostics::export_type, span,
                                    fmt::format("{} has no exported name", to_string(type)));
    if (const syntax::Declaration* hidden = hidden_name(written)) {
      const Span before{hidden->span.file, hidden->span.begin, hidden->span.begin};
      diagnostic.fix(before, "export ",
                     fmt::format("export the name that it has here, `{}`", hidden->name.text));
    } else {
      diagnostic.help =
          fmt::format("add `export type Name = {}`",
                      written != nullptr ? session_.files.text_of(written->span) : to_string(type));
    }
    return name;
  }

  bool take_parameter(const SignatureParameter& parameter) {
    if (is_static_argument(parameter)) return false;
    check_name(parameter.syntax->name);
    if (parameter.kind == ParameterKind::dim) {
      ExportedArgument result = argument(parameter, ArgumentKind::dim);
      result.dim = parameter.syntax->name.text;
      exported_.dims.push_back(result.dim);
      exported_.arguments.push_back(std::move(result));
      return true;
    }
    const Type& type = parameter.type;
    const uint32_t leaves = leaf_count(session_, type);
    switch (type.kind) {
      case Type::Kind::tensor:
      case Type::Kind::rng: {
        ExportedArgument result =
            argument(parameter, type.is_tensor() ? ArgumentKind::tensor : ArgumentKind::rng);
        result.leaf_count = 1;
        exported_.arguments.push_back(std::move(result));
        break;
      }
      case Type::Kind::model: {
        ExportedArgument result = argument(parameter, ArgumentKind::model);
        result.model = name_of_model(type, parameter.syntax->span, parameter.syntax->type.get());
        result.leaf_count = leaves;
        if (result.model.empty()) return false;
        exported_.arguments.push_back(std::move(result));
        break;
      }
      case Type::Kind::tuple:
        if (!take_tuple(parameter)) return false;
        break;
      default:
        report(body_, diagnostics::export_type, parameter.syntax->span,
               fmt::format("{} cannot stand in an export", to_string(type)));
        return false;
    }
    ++next_parameter_;
    return true;
  }

  bool take_tuple(const SignatureParameter& parameter) {
    const LeafList leaves = leaves_of(session_, parameter.type);
    for (uint32_t i = 0; i < leaves.size(); ++i) {
      ExportedArgument result = argument(parameter, ArgumentKind::tensor);
      result.name += "." + leaves[i].path;
      result.first_leaf = i;
      result.leaf_count = 1;
      result.source_type =
          to_string(Type::tensor(Element::of(leaves[i].type.element), shape_of(leaves[i].type.shape)));
      exported_.arguments.push_back(std::move(result));
    }
    return true;
  }

  bool take_results(const Signature& signature) {
    uint32_t leaf = 0;
    for (size_t i = 0; i < signature.results.size(); ++i) {
      const syntax::Result& result = syntax_.results[i];
      const Type& type = signature.results[i];
      if (!result.name.present() && signature.results.size() > 1) {
        report(body_, diagnostics::export_results, result.span, "several results of an export need names")
            .help = "the names become the parameters of the C function: `-> loss: f32, correct: i32`";
        return false;
      }
      if (result.name.present()) check_name(result.name);
      const std::string name = result.name.present() ? result.name.text : "out";
      if (type.kind == Type::Kind::model || type.kind == Type::Kind::rng) {
        ExportedResult exported;
        exported.name = name;
        exported.documentation = result.doc;
        exported.kind = type.kind == Type::Kind::model ? ArgumentKind::model : ArgumentKind::rng;
        if (exported.kind == ArgumentKind::model) {
          exported.model = name_of_model(type, result.span, result.type.get());
          if (exported.model.empty()) return false;
        }
        exported.leaf = leaf;
        exported.leaf_count = leaf_count(session_, type);
        leaf += exported.leaf_count;
        exported.source_type = to_string(type);
        exported_.results.push_back(std::move(exported));
        continue;
      }
      if (type.kind != Type::Kind::tensor && type.kind != Type::Kind::tuple) {
        report(body_, diagnostics::export_type, result.span,
               fmt::format("{} cannot stand in an export", to_string(type)));
        return false;
      }
      for (const Leaf& part : leaves_of(session_, type)) {
        ExportedResult exported;
        exported.name = part.path.empty() ? name : name + "." + part.path;
        exported.documentation = result.doc;
        exported.leaf = leaf++;
        exported.source_type =
            to_string(Type::tensor(Element::of(part.type.element), shape_of(part.type.shape)));
        exported_.results.push_back(std::move(exported));
      }
    }
    return true;
  }

  /// A library makes results of a size that the arguments say.
  bool check_dims(const Signature& signature) {
    for (const std::string& dim : signature.dims) {
      if (is_determined_by_arguments(signature, dim)) continue;
      Diagnostic& diagnostic = report(body_, diagnostics::dims_not_determined,
                                      syntax_.results.empty() ? name_.span : syntax_.results[0].span,
                                      fmt::format("no argument says what `{}` is", dim));
      fix_by_dim_parameter(body_, diagnostic, name_.span, dim);
      if (diagnostic.fixes.empty()) diagnostic.help = fmt::format("add a parameter `{}: dim`", dim);
      return false;
    }
    return true;
  }

  void instantiate_function(const Signature& signature) {
    Bindings bindings;
    for (const std::string& dim : exported_.dims)
      bindings.dims.emplace(open_name(dim), dim::Dim::symbol(dim));
    for (const SignatureParameter& parameter : signature.parameters) {
      if (parameter.kind != ParameterKind::value) continue;
      const syntax::Name& name = parameter.syntax->name;
      const Slot slot = new_slot(body_, name.text, parameter.type);
      define_variable(body_, name, parameter.type, whole_place(body_, slot, name.span));
    }
    for (const dim::Condition& condition : where_conditions(body_, syntax_)) {
      if (condition.to_string().find('#') == std::string::npos) exported_.where.push_back(condition);
    }
    for (const dim::Condition& condition : check_generically(session_, reference_, name_.span).inferred) {
      exported_.where.push_back(condition);
    }
    session_.trail.clear();
    exported_.function = instantiate(session_, root_of_export(), reference_, bindings, name_.span);
    if (!exported_.function) return;
    (is_property_ ? program_.properties : program_.functions).push_back(std::move(exported_));
  }

  /// Exports over the same dims, of which the same is known, share the instances of what they call.
  Root& root_of_export() {
    std::string key;
    for (const std::string& dim : exported_.dims) key += dim + ";";
    for (const dim::Condition& condition : exported_.where) key += condition.to_string() + ";";
    const auto [entry, is_new] = session_.export_roots.try_emplace(key);
    Root& root = entry->second;
    if (!is_new) return root;
    for (const std::string& dim : exported_.dims) root.facts.add_dim(dim);
    for (const dim::Condition& condition : exported_.where) root.facts.add(condition);
    return root;
  }

  Session& session_;
  Root generic_;
  Body body_;
  const syntax::Function& syntax_;
  const syntax::Name& name_;
  const syntax::Declaration& declaration_;
  FunctionReference reference_;
  TypedProgram& program_;
  ExportedFunction exported_;
  uint32_t next_parameter_ = 0;
  bool is_property_ = false;
};

}  // namespace

void export_models(Session& session, const Module& module, TypedProgram& program) {
  for (const syntax::DeclarationPtr& declaration : module.file.declarations) {
    const auto* alias = syntax::if_is<syntax::TypeDeclaration>(*declaration);
    if (alias == nullptr || !alias->is_exported || !alias->parameters.empty()) continue;
    Root root;
    Body body(session, root, module);
    if (is_reserved_in_c(alias->name.text)) {
      report(body, diagnostics::export_name, alias->name.span,
             fmt::format("`{}` is a keyword of C or C++", alias->name.text));
    }
    const Type type = evaluate_type(body, *alias->type);
    if (type.kind != Type::Kind::model) continue;  // a tuple: its fields are arguments
    auto instance = instantiate_model(session, root, *type.model, alias->name.span);
    if (instance) program.models.push_back({alias->name.text, alias->doc, std::move(instance)});
  }
}

void export_functions(Session& session, const Module& module, TypedProgram& program) {
  for (const syntax::DeclarationPtr& declaration : module.file.declarations) {
    if (const auto* function = syntax::if_is<syntax::Function>(*declaration)) {
      if (!function->is_exported) continue;
      FunctionExport(session, module, *function, function->name, *function, program).make();
      continue;
    }
    const auto* alias = syntax::if_is<syntax::FunctionAlias>(*declaration);
    if (alias == nullptr) continue;
    Root root;
    Body body(session, root, module);
    const auto& parts = alias->target.parts;
    const Module* target = &module;
    if (parts.size() == 2) {
      const auto found = module.imports.find(parts[0].text);
      target = found == module.imports.end() ? nullptr : found->second;
    }
    const syntax::Declaration* found = target == nullptr ? nullptr : target->find(parts.back().text);
    if (found == nullptr || found->kind != syntax::DeclarationKind::function) {
      report(body, diagnostics::unknown_name, alias->target.span, "there is no such function");
      continue;
    }
    FunctionExport(session, *target, syntax::as<syntax::Function>(*found), alias->name, *alias, program)
        .make();
  }
}

/// A property is checked as an export is: for all dims, and its conditions are asked for where it is called.
static void check_property(Session& session, const Module& module, const syntax::Test& test,
                           TypedProgram* program) {
  if (program == nullptr) {
    check_generically(session, {&module, test.property.get(), nullptr, nullptr}, test.title_span);
    return;
  }
  const syntax::Name place{"", test.title_span};
  FunctionExport(session, module, *test.property, place, test, *program).make_property(test.title);
}

void check_test(Session& session, const Module& module, const syntax::Test& test, TypedProgram* program) {
  if (test.property != nullptr) return check_property(session, module, test, program);
  Root root;
  root.is_generic = program == nullptr;
  Body body(session, root, module);
  body.function->name = test.title;
  body.function->span = test.title_span;
  body.function->result_type = value_type(session, Type::of(Type::Kind::nothing));
  body.scope.push();
  for (const syntax::StatementPtr& statement : test.body.statements) {
    check_statement(body, *statement, body.function->body);
  }
  if (program != nullptr) program->tests.push_back({test.title, test.title_span, std::move(body.function)});
}

}  // namespace kiln::sema
