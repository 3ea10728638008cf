#include "syntax/ast_printer.h"

namespace kiln::syntax {

void AstPrinter::file(const File& file) {
  doc(file.doc);
  if (!file.doc.empty() && file.imports.empty()) line();  // else it would be the doc of the declaration
  for (const Import& import : file.imports) {
    put("import ");
    name(import.module);
    if (import.alias.present()) put(" as ").put(import.alias.text);
    line();
  }
  for (const DeclarationPtr& item : file.declarations) {
    if (!out_.empty()) line();
    declaration(*item);
    line();
  }
}

void AstPrinter::annotations(const std::vector<Annotation>& annotations) {
  for (const Annotation& annotation : annotations) {
    put("@").put(annotation.name.text);
    if (!annotation.arguments.empty()) arguments(annotation.arguments);
    line();
  }
}

void AstPrinter::declaration(const Declaration& declaration) {
  doc(declaration.doc);
  annotations(declaration.annotations);
  switch (declaration.kind) {
    case DeclarationKind::function: return function(as<Function>(declaration));
    case DeclarationKind::model: return model(as<Model>(declaration));
    case DeclarationKind::rule: return rule(as<Rule>(declaration));
    case DeclarationKind::function_alias:
      put("export fn ").put(declaration.name.text).put(" = ");
      return name(as<FunctionAlias>(declaration).target);
    case DeclarationKind::type: {
      const auto& node = as<TypeDeclaration>(declaration);
      put(node.is_exported ? "export type " : "type ").put(node.name.text);
      if (!node.parameters.empty()) parameters(node.parameters);
      put(" = ");
      return type(*node.type);
    }
    case DeclarationKind::constant: {
      const auto& node = as<Constant>(declaration);
      put("const ").put(node.name.text);
      if (node.type != nullptr) put(": "), type(*node.type);
      put(" = ");
      return expression(*node.value);
    }
    case DeclarationKind::test: return test(as<Test>(declaration));
    case DeclarationKind::mesh:
      put("mesh ");
      return list(as<Mesh>(declaration).axes, [this](const Name& axis) { put(axis.text); });
  }
}

void AstPrinter::body(const Block& content, bool is_one_line) {
  if (!is_one_line) {
    put(" ");
    return block(content);
  }
  put(" = ");
  expression(*content.result);
}

void AstPrinter::where(const std::vector<ExpressionPtr>& conditions) {
  if (conditions.empty()) return;
  put(" where ");
  list(conditions, [this](const ExpressionPtr& condition) { expression(*condition); });
}

void AstPrinter::function(const Function& function) {
  put(function.is_exported ? "export fn " : "fn ").put(function.name.text);
  if (!function.generics.empty()) {
    put("[");
    list(function.generics, [this](const Generic& generic) {
      put(generic.name.text);
      if (generic.bound != nullptr) put(": "), type(*generic.bound);
    });
    put("]");
  }
  parameters(function.parameters);
  if (!function.results.empty()) {
    put(" -> ");
    list(function.results, [this](const Result& item) { result(item); });
  }
  where(function.where);
  body(function.body, function.is_one_line);
}

void AstPrinter::test(const Test& test) {
  put("test ");
  quoted(test.title);
  if (test.property != nullptr) {
    put(" for ");
    list(test.property->parameters, [this](const Parameter& item) { parameter(item); });
    where(test.property->where);
  }
  put(" ");
  block(test.property != nullptr ? test.property->body : test.body);
}

void AstPrinter::parameters(const std::vector<Parameter>& parameters) {
  put("(");
  list(parameters, [this](const Parameter& item) { parameter(item); });
  put(")");
}

void AstPrinter::parameter(const Parameter& parameter) {
  if (!parameter.doc.empty()) line(), doc(parameter.doc);
  if (parameter.is_inout) put("inout ");
  put(parameter.name.text);
  if (parameter.type != nullptr) put(": "), type(*parameter.type);
  if (parameter.condition.present()) put(" if ").put(parameter.condition.text);
  if (parameter.default_value != nullptr) put(" = "), expression(*parameter.default_value);
}

void AstPrinter::result(const Result& result) {
  if (!result.doc.empty()) line(), doc(result.doc);
  if (result.name.present()) put(result.name.text).put(": ");
  type(*result.type);
}

void AstPrinter::model(const Model& model) {
  put("model ").put(model.name.text);
  if (!model.parameters.empty()) parameters(model.parameters);
  where(model.where);
  put(" {");
  ++indent_;
  for (const Field& item : model.fields) line(), field(item);
  for (const auto& method : model.methods) line(), declaration(*method);
  --indent_;
  line();
  put("}");
}

void AstPrinter::field(const Field& field) {
  doc(field.doc);
  annotations(field.annotations);
  if (field.kind != FieldKind::submodel) put(field.kind == FieldKind::param ? "param " : "state ");
  put(field.name.text).put(": ");
  type(*field.type);
  if (field.initial != nullptr) put(" = "), expression(*field.initial);
  if (field.condition != nullptr) put(" if "), expression(*field.condition);
}

void AstPrinter::rule_parameter(const RuleParameter& parameter) {
  put(parameter.name.text);
  if (parameter.tangent.present()) put(": ").put(parameter.tangent.text);
}

void AstPrinter::rule(const Rule& rule) {
  put(rule.is_adjoint ? "adjoint of " : "derivative of ");
  name(rule.function);
  put("(");
  list(rule.parameters, [this](const RuleParameter& item) { rule_parameter(item); });
  put(")");
  if (!rule.results.empty()) put(" -> ");
  list(rule.results, [this](const RuleParameter& item) { rule_parameter(item); });
  body(rule.body, rule.is_one_line);
}

void AstPrinter::type(const Type& type) {
  switch (type.kind) {
    case TypeKind::model: put("model"); return;
    case TypeKind::function: {
      const auto& node = as<FunctionType>(type);
      put("fn(");
      list(node.parameters, [this](const TypePtr& parameter) { this->type(*parameter); });
      put(") -> ");
      return this->type(*node.result);
    }
    case TypeKind::tuple:
      put("(");
      list(as<TupleType>(type).fields, [this](const TypeField& field) {
        if (!field.doc.empty()) line(), doc(field.doc);
        if (field.name.present()) put(field.name.text).put(": ");
        this->type(*field.type);
      });
      put(")");
      return;
    case TypeKind::named: break;
  }
  const auto& node = as<NamedType>(type);
  name(node.name);
  if (node.has_arguments) arguments(node.arguments);
  for (const Dims& dims : node.dims) {
    put("[");
    list(dims.items, [this](const DimItem& item) { dim_item(item); });
    put("]");
  }
}

void AstPrinter::dim_item(const DimItem& item) {
  if (item.is_pack) put("...").put(item.name.text);
  if (item.is_pack) return;
  if (item.name.present()) put(item.name.text).put(": ");
  expression(*item.extent);
  if (item.mesh_axis.present()) put(" @ ").put(item.mesh_axis.text);
}

}  // namespace kiln::syntax
