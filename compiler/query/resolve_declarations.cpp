#include <cctype>

#include "query/resolver.h"
#include "sema/evaluate.h"

namespace kiln::query {

namespace {

/// The kind of a parameter, as the checker sees it.
SymbolKind kind_of(const syntax::Parameter& parameter) {
  return sema::kind_of(parameter) == sema::ParameterKind::value ? SymbolKind::parameter
                                                                : SymbolKind::static_parameter;
}

SymbolKind kind_of(const syntax::Field& field) {
  switch (field.kind) {
    case syntax::FieldKind::param: return SymbolKind::param;
    case syntax::FieldKind::state: return SymbolKind::state;
    case syntax::FieldKind::submodel: break;
  }
  return SymbolKind::submodel;
}

SymbolKind kind_of(const syntax::Declaration& declaration) {
  switch (declaration.kind) {
    case syntax::DeclarationKind::model: return SymbolKind::model;
    case syntax::DeclarationKind::type: return SymbolKind::type;
    case syntax::DeclarationKind::constant: return SymbolKind::constant;
    default: return SymbolKind::function;
  }
}

/// Blanks and comments become single blanks.
std::string on_one_line(std::string_view text) {
  std::string line;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "//") {
      while (i < text.size() && text[i] != '\n') ++i;
    }
    const bool is_blank = i >= text.size() || std::isspace(static_cast<unsigned char>(text[i])) != 0;
    if (!is_blank) line += text[i];
    if (is_blank && !line.empty() && line.back() != ' ' && line.back() != '(') line += ' ';
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

/// Where what follows a function's signature begins: `=` or `{`.
uint32_t header_end(const syntax::Function& function) { return function.body.span.begin; }

}  // namespace

std::string Resolver::header_of(const syntax::Declaration& declaration) const {
  const std::string_view text = analysis_.files[declaration.span.file].text();
  uint32_t begin = declaration.span.begin, end = declaration.span.end;
  for (const syntax::Annotation& annotation : declaration.annotations) begin = annotation.span.end;
  switch (declaration.kind) {
    case syntax::DeclarationKind::function:
      end = header_end(syntax::as<syntax::Function>(declaration));
      break;
    case syntax::DeclarationKind::model: {
      const auto& model = syntax::as<syntax::Model>(declaration);
      end = declaration.name.span.end;
      if (!model.parameters.empty()) {
        end = static_cast<uint32_t>(
                  std::min(text.find(')', model.parameters.back().span.end), text.size() - 1)) +
              1;
      }
      if (!model.where.empty()) end = model.where.back()->span.end;
      break;
    }
    default: break;
  }
  if (end < begin) return "";
  std::string header = on_one_line(text.substr(begin, end - begin));
  while (!header.empty() && (header.back() == '=' || header.back() == '{' || header.back() == ' '))
    header.pop_back();
  return header;
}

SymbolId Resolver::declare_node(const void* node, SymbolKind kind, const syntax::Name& name, Span whole,
                                const syntax::Doc& doc) {
  Symbol symbol = named(kind, name, whole);
  symbol.doc = doc;
  const SymbolId id = add(std::move(symbol));
  analysis_.by_node.emplace(node, id);
  return id;
}

void Resolver::declare_module(const sema::Module& module) {
  Symbol symbol;
  symbol.kind = SymbolKind::module;
  symbol.name = module.name;
  symbol.span = symbol.whole = {module.file.number, 0, 0};
  symbol.doc = module.file.doc;
  symbol.header = "import " + module.name;
  analysis_.by_node.emplace(&module, add(std::move(symbol)));
  for (const syntax::DeclarationPtr& declaration : module.file.declarations)
    declare_declaration(*declaration);
}

void Resolver::declare_declaration(const syntax::Declaration& declaration) {
  const auto* test = syntax::if_is<syntax::Test>(declaration);
  if (test != nullptr && test->property) declare_parameters(test->property->parameters);
  if (!declaration.name.present()) return;
  if (const auto* function = syntax::if_is<syntax::Function>(declaration)) {
    return declare_function(*function, SymbolKind::function);
  }
  const SymbolId id =
      declare_node(&declaration, kind_of(declaration), declaration.name, declaration.span, declaration.doc);
  analysis_.symbols[id].header = header_of(declaration);
  if (const auto* type = syntax::if_is<syntax::TypeDeclaration>(declaration)) {
    analysis_.parameters.emplace(id, &type->parameters);
    declare_parameters(type->parameters);
  }
  const auto* model = syntax::if_is<syntax::Model>(declaration);
  if (model == nullptr) return;
  analysis_.symbols[id].model = model;
  analysis_.parameters.emplace(id, &model->parameters);
  declare_parameters(model->parameters);
  for (const syntax::Field& field : model->fields) {
    const SymbolId declared = declare_node(&field, kind_of(field), field.name, field.span, field.doc);
    analysis_.symbols[declared].header = on_one_line(analysis_.files.text_of(field.span));
  }
  for (const auto& method : model->methods) declare_function(*method, SymbolKind::method);
}

void Resolver::declare_function(const syntax::Function& function, SymbolKind kind) {
  const SymbolId id = declare_node(&function, kind, function.name, function.span, function.doc);
  analysis_.symbols[id].header = header_of(function);
  analysis_.symbols[id].function = &function;
  analysis_.parameters.emplace(id, &function.parameters);
  declare_parameters(function.parameters);
}

void Resolver::declare_parameters(const std::vector<syntax::Parameter>& parameters) {
  for (const syntax::Parameter& parameter : parameters) {
    const bool is_self = parameter.name == "self" && !parameter.type;
    const SymbolId id = declare_node(&parameter, is_self ? SymbolKind::self : kind_of(parameter),
                                     parameter.name, parameter.span, parameter.doc);
    analysis_.symbols[id].is_inout = parameter.is_inout;
    analysis_.symbols[id].header = on_one_line(analysis_.files.text_of(parameter.span));
  }
}

void Resolver::mark_declaration(const void* node, const syntax::Name& name) {
  if (const auto id = analysis_.symbol_of_node(node)) mark(name.span, *id, true);
}

void Resolver::visit_import(const syntax::Import& import) {
  const auto found = module_->imports.find(import.called().text);
  if (found == module_->imports.end()) return;
  const auto id = analysis_.symbol_of_node(found->second);
  if (!id) return;
  mark(import.module.span, *id);
  if (import.alias.present()) mark(import.alias.span, *id);
}

std::optional<SymbolId> Resolver::visit_qualified(const syntax::QualifiedName& name) {
  std::optional<SymbolId> id = refer(name.parts[0]);
  if (name.parts.size() < 2) return id;
  const auto module = module_->imports.find(name.parts[0].text);
  if (module == module_->imports.end()) return std::nullopt;
  const syntax::Declaration* declaration = module->second->find(name.parts[1].text);
  id = analysis_.symbol_of_node(declaration);
  if (id) mark(name.parts[1].span, *id);
  return id;
}

void Resolver::visit(const syntax::Declaration& declaration) {
  for (const syntax::Annotation& annotation : declaration.annotations)
    visit_arguments(annotation.arguments, {});
  if (declaration.name.present()) mark_declaration(&declaration, declaration.name);
  switch (declaration.kind) {
    case syntax::DeclarationKind::function:
      return visit_function(syntax::as<syntax::Function>(declaration), nullptr);
    case syntax::DeclarationKind::function_alias:
      visit_qualified(syntax::as<syntax::FunctionAlias>(declaration).target);
      return;
    case syntax::DeclarationKind::model: return visit_model(syntax::as<syntax::Model>(declaration));
    case syntax::DeclarationKind::type: {
      const auto& type = syntax::as<syntax::TypeDeclaration>(declaration);
      const Block block(*this, type.span);
      visit_parameters(type.parameters, false);
      return visit(*type.type, false);
    }
    case syntax::DeclarationKind::constant: {
      const auto& constant = syntax::as<syntax::Constant>(declaration);
      if (constant.type) visit(*constant.type, false);
      return visit(*constant.value);
    }
    case syntax::DeclarationKind::rule: return visit_rule(syntax::as<syntax::Rule>(declaration));
    case syntax::DeclarationKind::test: {
      const auto& test = syntax::as<syntax::Test>(declaration);
      if (!test.property) return visit(test.body);
      const Block block(*this, test.span);
      return visit_function(*test.property, nullptr);
    }
    case syntax::DeclarationKind::mesh: return;
  }
}

void Resolver::visit_parameters(const std::vector<syntax::Parameter>& parameters, bool may_quantify) {
  for (const syntax::Parameter& parameter : parameters) {
    if (const auto id = analysis_.symbol_of_node(&parameter)) {
      know(*id);
      mark(parameter.name.span, *id, true);
    }
  }
  for (const syntax::Parameter& parameter : parameters) {
    if (parameter.type) visit(*parameter.type, may_quantify);
    refer(parameter.condition);
    visit_optional(parameter.default_value);
  }
}

void Resolver::visit_function(const syntax::Function& function, const syntax::Model* model) {
  if (model != nullptr) mark_declaration(&function, function.name);
  for (const syntax::Parameter& parameter : function.parameters) {
    const auto id = analysis_.symbol_of_node(&parameter);
    if (id && analysis_.symbols[*id].kind == SymbolKind::self) analysis_.symbols[*id].model = model;
  }
  const Block block(*this, function.span);
  for (const syntax::Generic& generic : function.generics) {
    const SymbolId id =
        declare(generic.bound ? SymbolKind::generic : SymbolKind::dim, generic.name, generic.span, 0);
    analysis_.symbols[id].header = on_one_line(analysis_.files.text_of(generic.span));
    if (generic.bound) visit(*generic.bound, true);
  }
  visit_parameters(function.parameters, true);
  for (const syntax::Result& result : function.results) {
    visit(*result.type, true);
    if (!result.name.present()) continue;
    const SymbolId id = declare(SymbolKind::result, result.name, result.span, 0);
    analysis_.symbols[id].doc = result.doc;
    analysis_.symbols[id].header = on_one_line(analysis_.files.text_of(result.span));
  }
  for (const syntax::ExpressionPtr& condition : function.where) visit(*condition);
  visit_statements(function.body);
}

void Resolver::visit_model(const syntax::Model& model) {
  const Block block(*this, model.span);
  visit_parameters(model.parameters, false);
  for (const syntax::ExpressionPtr& condition : model.where) visit(*condition);
  for (const syntax::Field& field : model.fields) {
    mark_declaration(&field, field.name);
    visit(*field.type, false);
    if (field.initial) {
      const Block initial(*this, field.initial->span);
      Symbol rng;
      rng.kind = SymbolKind::builtin;
      rng.name = "rng";
      rng.header = "rng: Rng";
      rng.doc = "The stream of this field, forked from the one that `init` is given by the field's path.";
      know(add(std::move(rng)));
      visit(*field.initial);
    }
    visit_optional(field.condition);
  }
  for (const syntax::Field& field : model.fields) {
    if (const auto id = analysis_.symbol_of_node(&field)) know(*id);
  }
  for (const auto& method : model.methods) {
    if (const auto id = analysis_.symbol_of_node(method.get())) know(*id);
  }
  Symbol self;
  self.kind = SymbolKind::self;
  self.name = "self";
  self.span = model.name.span;
  self.whole = model.span;
  self.header = "self: " + model.name.text;
  self.model = &model;
  know(add(std::move(self)));
  for (const auto& method : model.methods) visit_function(*method, &model);
}

void Resolver::visit_rule(const syntax::Rule& rule) {
  visit_qualified(rule.function);
  const Block block(*this, rule.span);
  for (const auto* list : {&rule.parameters, &rule.results}) {
    for (const syntax::RuleParameter& parameter : *list) {
      declare(SymbolKind::parameter, parameter.name, parameter.span, 0);
      if (parameter.tangent.present()) declare(SymbolKind::parameter, parameter.tangent, parameter.span, 0);
    }
  }
  visit_statements(rule.body);
}

}  // namespace kiln::query
