#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "sema/evaluate.h"
#include "sema/fixes.h"
#include "sema/foreign_habits.h"
#include "sema/library_search.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/report.h"

namespace kiln::sema {

namespace {

constexpr int64_t most_submodels = 4096;  // each leaf of each is an argument of the graph

/// `place` says where it is, if that is known.
Type no_type(Body& body, Span span, const std::string& name, std::vector<std::string> known,
             const std::string& place = "") {
  for (const char* element : {"f32", "f64", "bf16", "f16", "i8", "i16", "i32", "i64", "u8", "bool", "Rng"}) {
    known.emplace_back(element);
  }
  Diagnostic& diagnostic =
      report(body, diagnostics::unknown_type, span, fmt::format("there is no type `{}`", name));
  static constexpr std::pair<std::string_view, std::string_view> elsewhere[] = {
      {"float", "f32"},  {"float32", "f32"},   {"double", "f64"}, {"float64", "f64"}, {"float16", "f16"},
      {"half", "f16"},   {"bfloat16", "bf16"}, {"int", "i32"},    {"int32", "i32"},   {"long", "i64"},
      {"int64", "i64"},  {"int8", "i8"},       {"uint8", "u8"},   {"byte", "u8"},     {"boolean", "bool"},
      {"Tensor", "f32"}, {"tensor", "f32"},    {"str", "string"},
  };
  const auto* other = std::find_if(std::begin(elsewhere), std::end(elsewhere),
                                   [&](const auto& row) { return row.first == name; });
  if (!place.empty()) {
    diagnostic.help = place;
  } else if (other != std::end(elsewhere)) {
    diagnostic.help = fmt::format("did you mean `{}`?", other->second);
    if (name == "Tensor" || name == "tensor") {
      diagnostic.help = "a tensor is written with its element and shape: `f32[B, N]`";
    } else {
      diagnostic.fix(span, std::string(other->second));
    }
  } else if (const auto advice = advice_on_declared(name.substr(name.rfind('.') + 1)); !advice.empty()) {
    diagnostic.help = advice;
  } else if (const std::string near = nearest_name(name, known); !near.empty()) {
    diagnostic.help = fmt::format("did you mean `{}`?", near);
    diagnostic.fix(span, near);
  }
  return Type::error();
}

void prove_extent(Body& body, const dim::Dim& extent, Span span) {
  check_axis_length(body, extent, span);
  if (extent.constant() ? *extent.constant() >= 0 : extent.bare_symbol().has_value()) return;
  dim::Verdict verdict;
  if (prove(body, dim::Condition::less_equal(0, extent), verdict) != Proof::failed) return;
  Diagnostic& diagnostic = report(body, diagnostics::negative_extent, span,
                                  fmt::format("the extent `{}` may be negative", to_string(extent)));
  diagnostic.label = counterexample_text(verdict);
  if (!verdict.missing.empty()) fix_by_where(body, diagnostic, diagnostic.span, verdict.missing);
}

std::optional<Shape> evaluate_shape(Body& body, const syntax::Dims& dims) {
  Shape shape;
  std::map<std::string, size_t> binders;
  for (size_t i = 0; i < dims.items.size(); ++i) {
    const syntax::DimItem& item = dims.items[i];
    if (item.mesh_axis.present()) {
      report_limit(body, item.mesh_axis.span, "the placement of an axis on a mesh");
      return std::nullopt;
    }
    if (item.is_pack) {
      const Entity* entity = item.name.present() ? body.scope.find(item.name.text) : nullptr;
      if (i != 0 || entity == nullptr || entity->kind != Entity::Kind::pack) {
        report(body, diagnostics::unknown_type, item.span,
               i != 0 ? "a pack stands at the front of a shape"
                      : "a pack needs a name that the signature binds");
        return std::nullopt;
      }
      shape.insert(shape.end(), entity->shape.begin(), entity->shape.end());
      continue;
    }
    const auto extent = evaluate_extent(body, *item.extent, binders, shape);
    if (!extent) return std::nullopt;
    prove_extent(body, *extent, item.span);
    if (item.name.present() && !binders.emplace(item.name.text, shape.size()).second) {
      report(body, diagnostics::name_taken, item.name.span,
             fmt::format("`{}` names an axis of this shape already", item.name.text));
      return std::nullopt;
    }
    shape.push_back({*extent, {}, has_axis_reference(*extent)});
  }
  return shape;
}

Type with_dims(Body& body, Type type, const std::vector<syntax::Dims>& dims) {
  if (dims.empty() || type.failed()) return type;
  if (dims.size() > 1) {
    report(body, diagnostics::unknown_type, dims[1].span, "only one pair of brackets can follow a type");
    return Type::error();
  }
  auto shape = evaluate_shape(body, dims[0]);
  if (!shape) return Type::error();
  if (type.is_tensor() && type.shape.empty()) {
    type.shape = std::move(*shape);
    return type;
  }
  if (type.kind == Type::Kind::model && shape->size() == 1 && !(*shape)[0].is_pack()) {
    if ((*shape)[0].extent.constant().value_or(1) > most_submodels) {
      report_limit(body, dims[0].span, fmt::format("an array of more than {} models", most_submodels));
      return Type::error();
    }
    return Type::array(std::move(type), (*shape)[0].extent);
  }
  report(body, diagnostics::unknown_type, dims[0].span,
         fmt::format("`{}` takes no brackets like these", to_string(type)))
      .help = "tensors have axes, and models stand in arrays of one axis";
  return Type::error();
}

/// Takes a type from the set of those being resolved when it ends.
struct ActiveType {
  std::set<const syntax::TypeDeclaration*>& types;
  const syntax::TypeDeclaration* type;
  ~ActiveType() { types.erase(type); }
};

Type apply_declaration(Body& body, const Module& module, const syntax::Declaration& declaration,
                       const std::vector<syntax::Argument>& arguments, Span span) {
  if (const auto* model = syntax::if_is<syntax::Model>(declaration)) {
    auto values = evaluate_arguments(body, module, model->parameters, arguments, model->name.text, span);
    if (!values) return Type::error();
    Type type = Type::of(Type::Kind::model);
    type.model = std::make_shared<ModelApplication>(ModelApplication{&module, model, std::move(*values)});
    prove_model_where(body, *type.model, span);
    return type;
  }
  if (const auto* alias = syntax::if_is<syntax::TypeDeclaration>(declaration)) {
    if (!body.session.active_types.insert(alias).second) {
      report(body, diagnostics::model_recursion, span,
             fmt::format("`{}` is defined by itself", alias->name.text))
          .labels.push_back({alias->name.span, "declared here"});
      return Type::error();
    }
    const ActiveType active{body.session.active_types, alias};
    auto values = evaluate_arguments(body, module, alias->parameters, arguments, alias->name.text, span);
    if (!values) return Type::error();
    Body declared(body.session, body.root, module);
    declared.is_open = true;
    declared.is_muted = body.is_muted;
    for (size_t i = 0; i < values->size(); ++i) {
      define_static(declared, alias->parameters[i].name.text, (*values)[i], alias->parameters[i].span);
    }
    return evaluate_type(declared, *alias->type);
  }
  report(body, diagnostics::unknown_type, span, fmt::format("`{}` is no type", declaration.name.text))
      .labels.push_back({declaration.name.span, "declared here"});
  return Type::error();
}

std::vector<std::string> type_names(const Body& body) {
  std::vector<std::string> names = body.scope.names();
  for (const auto& [name, known] : body.module.declarations) {
    const syntax::Declaration* declaration = body.module.find(name);
    if (declaration != nullptr && (declaration->kind == syntax::DeclarationKind::model ||
                                   declaration->kind == syntax::DeclarationKind::type)) {
      names.push_back(name);
    }
  }
  return names;
}

Type gradient_of(Body& body, const Type& type, const std::vector<syntax::Argument>& arguments, Span span) {
  std::string pattern = "*";
  if (!arguments.empty()) {
    const auto chosen = evaluate_static(body, ParameterKind::string, *arguments[0].value);
    if (!chosen) return Type::error();
    pattern = chosen->text;
  }
  if (type.failed()) return type;
  Type gradient = gradient_type(body.session, type);
  if (gradient.failed()) {
    report(body, diagnostics::unknown_type, span,
           fmt::format("`{}` has no derivative type", to_string(type)));
    return gradient;
  }
  if (gradient.kind == Type::Kind::gradient) gradient.pattern = pattern;
  return gradient;
}

Type resolve_single(Body& body, const syntax::Name& name, const std::vector<syntax::Argument>& arguments,
                    Span span) {
  if (const Entity* entity = body.scope.find(name.text)) {
    if (entity->fixed && entity->fixed->kind == StaticValue::Kind::type) return *entity->fixed->type;
    report(body, diagnostics::unknown_type, name.span, fmt::format("`{}` is no type", name.text))
        .labels.push_back({entity->span, "declared here"});
    return Type::error();
  }
  if (const syntax::Declaration* declaration = body.module.find(name.text)) {
    return apply_declaration(body, body.module, *declaration, arguments, span);
  }
  if (name == "Rng") return Type::of(Type::Kind::rng);
  if (const auto element = element_type_named(name.text)) return Type::scalar(*element);
  return no_type(body, name.span, name.text, type_names(body));
}

Type resolve_in_module(Body& body, const Module& module, const syntax::Name& name,
                       const std::vector<syntax::Argument>& arguments, Span span) {
  const syntax::Declaration* declaration = module.find(name.text);
  if (declaration == nullptr) {
    std::vector<std::string> known;
    for (const auto& [declared, node] : module.declarations) known.push_back(declared);
    const std::string written = module.name + "." + name.text;
    return no_type(body, name.span, written, std::move(known), advice_on_other_file(body, module, name.text));
  }
  if (name.text[0] == '_') {
    report(body, diagnostics::private_name, name.span,
           fmt::format("`{}` is private to `{}`", name.text, module.name));
    return Type::error();
  }
  return apply_declaration(body, module, *declaration, arguments, span);
}

Type evaluate_named(Body& body, const syntax::NamedType& named) {
  std::vector<syntax::Name> parts = named.name.parts;
  const bool is_gradient = parts.size() > 1 && parts.back() == "grad";
  if (is_gradient) parts.pop_back();
  static const std::vector<syntax::Argument> none;
  const std::vector<syntax::Argument>& arguments = is_gradient ? none : named.arguments;
  Type type = Type::error();
  if (parts.size() == 1) {
    type = resolve_single(body, parts[0], arguments, named.span);
  } else if (const auto module = body.module.imports.find(parts[0].text);
             parts.size() == 2 && module != body.module.imports.end()) {
    type = resolve_in_module(body, *module->second, parts[1], arguments, named.span);
  } else {
    Diagnostic& diagnostic = report(body, diagnostics::unknown_type, parts[0].span,
                                    fmt::format("`{}` is not imported", parts[0].text));
    diagnostic.help = fmt::format("write `import {}` at the head of the file", parts[0].text);
  }
  if (is_gradient) type = gradient_of(body, type, named.arguments, named.span);
  return with_dims(body, std::move(type), named.dims);
}

}  // namespace

void check_axis_length(Body& body, const dim::Dim& extent, Span span) {
  const auto length = extent.constant();
  if (length && *length > longest_axis)
    report_limit(body, span, fmt::format("an axis of {} elements", *length)).help =
        fmt::format("every axis is shorter than 2^31, so it has at most {} elements", longest_axis);
}

Type evaluate_type(Body& body, const syntax::Type& type) {
  if (const auto* named = syntax::if_is<syntax::NamedType>(type)) return evaluate_named(body, *named);
  if (const auto* tuple = syntax::if_is<syntax::TupleType>(type)) {
    std::vector<Type> items;
    std::vector<std::string> names;
    bool failed = false;
    for (const syntax::TypeField& field : tuple->fields) {
      items.push_back(evaluate_type(body, *field.type));
      failed = failed || items.back().failed();
      names.push_back(field.name.text);
    }
    return failed ? Type::error() : Type::tuple(std::move(items), std::move(names));
  }
  if (const auto* function = syntax::if_is<syntax::FunctionType>(type)) {
    Type result = Type::of(Type::Kind::function);
    for (const syntax::TypePtr& parameter : function->parameters) {
      result.items.push_back(evaluate_type(body, *parameter));
    }
    result.items.push_back(evaluate_type(body, *function->result));
    for (const Type& item : result.items) {
      if (item.failed()) return Type::error();
    }
    return result;
  }
  report(body, diagnostics::unknown_type, type.span, "`model` bounds a parameter; it is no type of a value");
  return Type::error();
}

std::optional<Type> type_of_expression(Body& body, const syntax::Expression& expression) {
  static const std::vector<syntax::Argument> none;
  const syntax::Expression* callee = &expression;
  const std::vector<syntax::Argument>* arguments = &none;
  if (const auto* call = syntax::if_is<syntax::Call>(expression)) {
    callee = call->callee.get();
    arguments = &call->arguments;
  }
  const auto is_type = [](const syntax::Declaration* declaration) {
    return declaration != nullptr && (declaration->kind == syntax::DeclarationKind::model ||
                                      declaration->kind == syntax::DeclarationKind::type);
  };
  if (const auto* name = syntax::if_is<syntax::NameExpression>(*callee)) {
    if (const Entity* entity = body.scope.find(name->name.text)) {
      if (!entity->fixed || entity->fixed->kind != StaticValue::Kind::type || !arguments->empty())
        return std::nullopt;
      return *entity->fixed->type;
    }
    const syntax::Declaration* declaration = body.module.find(name->name.text);
    if (!is_type(declaration)) return std::nullopt;
    return apply_declaration(body, body.module, *declaration, *arguments, expression.span);
  }
  if (const auto* member = syntax::if_is<syntax::Member>(*callee)) {
    if (const auto* base = syntax::if_is<syntax::NameExpression>(*member->base);
        base != nullptr && body.scope.find(base->name.text) == nullptr) {
      const auto module = body.module.imports.find(base->name.text);
      if (module != body.module.imports.end()) {
        if (!is_type(module->second->find(member->name.text))) return std::nullopt;
        return resolve_in_module(body, *module->second, member->name, *arguments, expression.span);
      }
    }
    if (member->name == "grad") {
      if (const auto base = type_of_expression(body, *member->base)) {
        return gradient_of(body, *base, *arguments, expression.span);
      }
    }
  }
  return std::nullopt;
}

}  // namespace kiln::sema
