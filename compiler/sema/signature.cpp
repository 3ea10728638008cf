#include "sema/signature.h"

#include <algorithm>

#include <fmt/format.h>

#include "sema/models.h"
#include "sema/prelude.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/report.h"

namespace kiln::sema {

Type Signature::result_type() const {
  if (results.empty()) return Type::of(Type::Kind::nothing);
  if (results.size() == 1) return results[0];
  return Type::tuple(results);
}

namespace {

bool is_tree_bound(const syntax::Type& bound) {
  if (bound.kind == syntax::TypeKind::model) return true;
  const auto* named = syntax::if_is<syntax::NamedType>(bound);
  return named != nullptr && named->name.parts.size() == 1 && named->name.parts[0] == "tree";
}

/// The names in the dims of a signature that nothing declares: they are quantified.
class DimNames {
 public:
  DimNames(const Body& body, const syntax::Function& function) : body_(body), function_(function) {
    for (const syntax::Generic& generic : function.generics) {
      if (generic.bound && generic.bound->kind == syntax::TypeKind::function) visit(*generic.bound);
    }
    for (const syntax::Parameter& parameter : function.parameters) {
      if (parameter.type) visit(*parameter.type);
    }
    for (const syntax::Result& result : function.results) visit(*result.type);
  }
  std::vector<std::string> dims;
  std::vector<std::string> packs;

 private:
  void add(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }

  bool is_declared(const std::string& name) const {
    if (body_.scope.find(name) || body_.module.find(name) || body_.module.imports.count(name)) return true;
    for (const syntax::Parameter& parameter : function_.parameters) {
      if (parameter.name.text == name) return true;
    }
    for (const syntax::Generic& generic : function_.generics) {
      if (generic.name.text == name) return true;
    }
    return is_prelude_function(name) || name == "pi" || name == "inf";
  }

  void visit(const syntax::Type& type) {
    if (const auto* named = syntax::if_is<syntax::NamedType>(type)) {
      for (const syntax::Argument& argument : named->arguments) visit(*argument.value);
      for (const syntax::Dims& dims_of_type : named->dims) {
        for (const syntax::DimItem& item : dims_of_type.items) {
          if (item.is_pack && item.name.present()) add(packs, item.name.text);
          if (item.extent) visit(*item.extent);
        }
      }
    } else if (const auto* tuple = syntax::if_is<syntax::TupleType>(type)) {
      for (const syntax::TypeField& field : tuple->fields) visit(*field.type);
    } else if (const auto* function = syntax::if_is<syntax::FunctionType>(type)) {
      for (const auto& parameter : function->parameters) visit(*parameter);
      visit(*function->result);
    }
  }

  void visit(const syntax::Expression& expression) {
    if (const auto* name = syntax::if_is<syntax::NameExpression>(expression)) {
      if (!is_declared(name->name.text)) add(dims, name->name.text);
    } else if (const auto* binary = syntax::if_is<syntax::Binary>(expression)) {
      visit(*binary->left);
      visit(*binary->right);
    } else if (const auto* unary = syntax::if_is<syntax::Unary>(expression)) {
      visit(*unary->operand);
    } else if (const auto* call = syntax::if_is<syntax::Call>(expression)) {
      for (const syntax::Argument& argument : call->arguments) visit(*argument.value);
    }
  }

  const Body& body_;
  const syntax::Function& function_;
};

class SignatureMaker {
 public:
  SignatureMaker(Body& body, SignatureMode mode, const Bindings& bindings)
      : body_(body), mode_(mode), bindings_(bindings) {}

  Signature make(const FunctionReference& function) {
    signature_.function = function;
    const bool was_open = body_.is_open;
    body_.signature = function.syntax;
    body_.is_open = true;  // extents are proved once the `where`s are facts: see prove_extents
    if (function.self) define_model_arguments(body_, *function.self);
    const syntax::Function& syntax = *function.syntax;
    const DimNames names(body_, syntax);
    for (const syntax::Generic& generic : syntax.generics) take_generic(generic);
    for (const std::string& name : names.dims) define_dim(name, syntax.name.span);
    for (const std::string& name : names.packs) define_pack(name, syntax.name.span);
    for (const syntax::Generic& generic : syntax.generics) take_function_generic(generic);
    extent_names_ = names_in_extents(syntax);
    for (const syntax::Parameter& parameter : syntax.parameters) name_extent(parameter);
    for (const syntax::Parameter& parameter : syntax.parameters) take_parameter(parameter);
    for (const syntax::Result& result : syntax.results) {
      signature_.results.push_back(evaluate_type(body_, *result.type));
      signature_.failed = signature_.failed || signature_.results.back().failed();
    }
    body_.is_open = was_open;
    body_.signature = nullptr;
    body_.extent_integers.clear();
    body_.extent_families.clear();
    return std::move(signature_);
  }

 private:
  std::string symbol(const std::string& name) const {
    return mode_ == SignatureMode::own ? name : open_name(name);
  }
  bool is_bound() const { return mode_ == SignatureMode::bound; }

  void define_open_static(const std::string& name, StaticValue value, Span span) {
    if (is_bound()) value = substitute(value, bindings_);
    if (mode_ == SignatureMode::own) {
      body_.facts.add_dim(name);
      if (value.kind == StaticValue::Kind::boolean) body_.facts.add(dim::Condition::less_equal(value.dim, 1));
    }
    define_static(body_, name, value, span);
  }

  void define_dim(const std::string& name, Span span) {
    signature_.dims.push_back(name);
    define_open_static(name, StaticValue::of_dim(dim::Dim::symbol(symbol(name))), span);
  }

  void define_pack(const std::string& name, Span span) {
    signature_.packs.push_back(name);
    Entity entity;
    entity.kind = Entity::Kind::pack;
    entity.span = span;
    entity.shape = {{dim::Dim(0), symbol(name)}};
    if (is_bound()) entity.shape = substitute(entity.shape, bindings_);
    body_.scope.define(name, std::move(entity));
  }

  void take_generic(const syntax::Generic& generic) {
    const std::string& name = generic.name.text;
    if (!generic.bound) return define_dim(name, generic.span);
    if (generic.bound->kind == syntax::TypeKind::function) return;  // see take_function_generic
    Type type;
    if (is_tree_bound(*generic.bound)) {
      type = Type::of(Type::Kind::variable);
      type.variable = symbol(name);
      signature_.trees.push_back(name);
    } else {
      const auto* named = syntax::if_is<syntax::NamedType>(*generic.bound);
      const auto element_class = named && named->name.parts.size() == 1
                                     ? element_class_named(named->name.parts[0].text)
                                     : std::nullopt;
      if (!element_class) {
        report(body_, diagnostics::unknown_type, generic.bound->span,
               "a generic is bounded by `float`, `int`, `number`, `element`, `tree`, `model` or a function "
               "type");
        signature_.failed = true;
        return;
      }
      type = Type::tensor(Element::open(symbol(name), *element_class));
      signature_.elements.push_back(name);
    }
    StaticValue value = StaticValue::of_type(std::move(type));
    if (is_bound()) value = substitute(value, bindings_);
    define_static(body_, name, value, generic.span);
  }

  /// `[F: fn(f32) -> f32]`: another name for the type of whatever can be called so.
  void take_function_generic(const syntax::Generic& generic) {
    if (!generic.bound || generic.bound->kind != syntax::TypeKind::function) return;
    Type type = evaluate_type(body_, *generic.bound);
    signature_.failed = signature_.failed || type.failed();
    define_static(body_, generic.name.text, StaticValue::of_type(std::move(type)), generic.span);
  }

  bool is_function_generic(const syntax::Type& type) const {
    const auto* named = syntax::if_is<syntax::NamedType>(type);
    if (named == nullptr || named->name.parts.size() != 1 || !named->dims.empty()) return false;
    const auto& generics = signature_.function.syntax->generics;
    return std::any_of(generics.begin(), generics.end(), [&](const syntax::Generic& generic) {
      return generic.name.text == named->name.parts[0].text && generic.bound &&
             generic.bound->kind == syntax::TypeKind::function;
    });
  }

  /// A parameter in an extent of the signature gets its symbol before any type is read.
  void name_extent(const syntax::Parameter& syntax) {
    const std::string& name = syntax.name.text;
    const auto* type = syntax.type ? syntax::if_is<syntax::NamedType>(*syntax.type) : nullptr;
    if (!extent_names_.count(name) || type == nullptr || kind_of(syntax) != ParameterKind::value) return;
    const auto fresh = [&] {
      return mode_ == SignatureMode::open ? open_name(name) : *new_runtime(body_, name).bare_symbol();
    };
    if (syntax.is_inout) {
      report(body_, diagnostics::static_needed, syntax.span,
             fmt::format("`{}` may change, so it cannot be the extent of an axis", name))
          .help = "extents are parameters that are not `inout`, or bound by `let`";
      signature_.failed = true;
    }
    if (type->dims.empty()) {
      const auto found = bindings_.dims.find(open_name(name));
      const bool is_known = is_bound() && found != bindings_.dims.end();
      body_.extent_integers.emplace(name, is_known ? found->second : dim::Dim::symbol(fresh()));
    } else {
      const auto found = bindings_.families.find(name);
      const bool is_known = is_bound() && found != bindings_.families.end();
      body_.extent_families.emplace(name, is_known ? found->second : fresh());
    }
  }

  void take_extent(SignatureParameter& parameter) {
    const std::string& name = parameter.syntax->name.text;
    const auto integer = body_.extent_integers.find(name);
    const auto family = body_.extent_families.find(name);
    if (integer == body_.extent_integers.end() && family == body_.extent_families.end()) return;
    if (parameter.type.failed()) return;
    const bool suits = parameter.type.is_tensor() && parameter.type.element.kind == Element::Kind::known &&
                       parameter.type.element.type == ElementType::i32;
    if (!suits) {
      Diagnostic& diagnostic =
          report(body_, diagnostics::static_needed, parameter.syntax->span,
                 fmt::format("`{}` is the extent of an axis, so its elements are `i32`", name));
      diagnostic.label = this_is(parameter.type);
      diagnostic.help =
          "lengths are `i32`; at the C interface the caller may give offsets of 64 bits instead";
      signature_.failed = true;
      return;
    }
    parameter.is_extent = true;
    if (integer != body_.extent_integers.end()) parameter.integer = integer->second;
    if (family != body_.extent_families.end()) parameter.family = family->second;
  }

  void take_parameter(const syntax::Parameter& syntax) {
    if (syntax.name == "self" && !syntax.type) {
      signature_.self = &syntax;
      return;
    }
    SignatureParameter parameter{&syntax, kind_of(syntax), Type::error()};
    if (syntax.type && is_function_generic(*syntax.type)) parameter.kind = ParameterKind::function;
    const std::string& name = syntax.name.text;
    switch (parameter.kind) {
      case ParameterKind::dim:
        define_open_static(name, StaticValue::of_dim(dim::Dim::symbol(symbol(name))), syntax.span);
        parameter.type = Type::of(Type::Kind::dim);
        break;
      case ParameterKind::boolean:
        define_open_static(name, StaticValue::of_boolean(dim::Dim::symbol(symbol(name))), syntax.span);
        parameter.type = Type::scalar(ElementType::boolean);
        break;
      case ParameterKind::string:
        take_other(name, StaticValue::of_string(""), syntax.span);
        parameter.type = Type::of(Type::Kind::string);
        break;
      case ParameterKind::function: {
        parameter.type = evaluate_type(body_, *syntax.type);
        auto opaque = std::make_shared<StaticFunction>();
        opaque->type = parameter.type;
        if (!parameter.type.failed())
          take_other(name, StaticValue::of_function(std::move(opaque)), syntax.span);
        break;
      }
      case ParameterKind::type:
        report(body_, diagnostics::unknown_type, syntax.span,
               "a type is a generic of the function: `fn f[M: model](…)`");
        break;
      case ParameterKind::value:
        if (syntax.type) {
          parameter.type = evaluate_type(body_, *syntax.type);
        } else {
          report(body_, diagnostics::unknown_type, syntax.span, fmt::format("`{}` needs a type", name));
        }
        break;
    }
    take_extent(parameter);
    signature_.failed = signature_.failed || parameter.type.failed();
    signature_.parameters.push_back(std::move(parameter));
  }

  void take_other(const std::string& name, StaticValue value, Span span) {
    value.is_open = value.kind == StaticValue::Kind::string;
    if (is_bound()) {
      if (const auto found = bindings_.others.find(name); found != bindings_.others.end())
        value = found->second;
    }
    define_static(body_, name, value, span);
  }

  Body& body_;
  SignatureMode mode_;
  const Bindings& bindings_;
  std::set<std::string> extent_names_;
  Signature signature_;
};

}  // namespace

Signature make_signature(Body& body, const FunctionReference& function, SignatureMode mode,
                         const Bindings& bindings) {
  return SignatureMaker(body, mode, bindings).make(function);
}

namespace {

bool is_symbol(const dim::Dim& dim, const std::string& name) { return dim.bare_symbol() == name; }

/// Whether a dim stands bare in a type: an argument of the type then determines it.
bool stands_bare(const Type& type, const std::string& name) {
  const auto in_items = [&] {
    return std::any_of(type.items.begin(), type.items.end(),
                       [&](const Type& item) { return stands_bare(item, name); });
  };
  if (type.kind == Type::Kind::array && is_symbol(type.count, name)) return true;
  if (type.model) {
    for (const StaticValue& argument : type.model->arguments) {
      if (argument.kind == StaticValue::Kind::dim && is_symbol(argument.dim, name)) return true;
      if (argument.type && stands_bare(*argument.type, name)) return true;
    }
  }
  for (const Axis& axis : type.shape) {
    if (!axis.is_pack() && is_symbol(axis.extent, name)) return true;
  }
  return in_items();
}

bool occurs(const Type& type, const std::string& name) {
  if (stands_bare(type, name)) return true;
  for (const Axis& axis : type.shape) {
    if (!axis.is_pack() && axis.extent.symbols().count(name)) return true;
  }
  return std::any_of(type.items.begin(), type.items.end(),
                     [&](const Type& item) { return occurs(item, name); });
}

}  // namespace

bool is_determined_by_arguments(const Signature& signature, const std::string& dim) {
  return std::any_of(signature.parameters.begin(), signature.parameters.end(),
                     [&](const SignatureParameter& parameter) { return stands_bare(parameter.type, dim); });
}

void check_dims_are_determined(Body& body, const Signature& signature) {
  for (const std::string& name : signature.dims) {
    bool determined = is_determined_by_arguments(signature, name);
    for (const Type& result : signature.results) determined = determined || occurs(result, name);
    if (determined) continue;
    Diagnostic& diagnostic =
        report(body, diagnostics::dims_not_determined, signature.function.syntax->name.span,
               fmt::format("nothing determines `{}`", name));
    for (const SignatureParameter& parameter : signature.parameters) {
      if (occurs(parameter.type, name)) diagnostic.labels.push_back({parameter.syntax->span, "used here"});
    }
    diagnostic.help = fmt::format(
        "a dim stands alone as an axis of a parameter, or is a parameter itself: `{}: dim`", name);
  }
}

void prove_extents(Body& body, const syntax::Function& function) {
  for (const syntax::Parameter& parameter : function.parameters) {
    if (parameter.type && kind_of(parameter) == ParameterKind::value) evaluate_type(body, *parameter.type);
  }
  for (const syntax::Result& result : function.results) evaluate_type(body, *result.type);
}

bool is_checked_at_use(const FunctionReference& function) {
  if (function.model != nullptr && has_type_parameter(*function.model)) return true;
  return std::any_of(
      function.syntax->generics.begin(), function.syntax->generics.end(),
      [](const syntax::Generic& generic) { return generic.bound && is_tree_bound(*generic.bound); });
}

}  // namespace kiln::sema
