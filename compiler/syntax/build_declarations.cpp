#include <utility>

#include "syntax/tree_builder.h"

namespace kiln::syntax {

Span TreeBuilder::span(antlr4::ParserRuleContext* context) const {
  const Span first = tokens_.span(context->getStart());
  if (context->getStop() == nullptr) return {first.file, first.begin, first.begin};
  const Span last = tokens_.span(context->getStop());
  return last.end < first.begin ? Span{first.file, first.begin, first.begin} : cover(first, last);
}

std::string_view TreeBuilder::text(Span place) const {
  return tokens_.source().substr(place.begin, place.end - place.begin);
}

Name TreeBuilder::name(antlr4::ParserRuleContext* context) const {
  const Span place = span(context);
  return {std::string(text(place)), place};
}

Name TreeBuilder::optional_name(antlr4::ParserRuleContext* context) const {
  return context == nullptr ? Name{} : name(context);
}

QualifiedName TreeBuilder::qualified_name(Parser::QnameContext* context) const {
  QualifiedName qualified;
  qualified.span = span(context);
  for (Parser::IdentContext* part : context->ident()) qualified.parts.push_back(name(part));
  return qualified;
}

bool TreeBuilder::too_deep(antlr4::ParserRuleContext* context) {
  if (depth_ <= static_cast<size_t>(max_tree_depth)) return false;
  if (std::exchange(depth_reported_, true)) return true;
  Diagnostic& diagnostic = reporter_.mistake(diagnostics::nested_too_deeply, span(context->getStart()),
                                             "this is nested too deeply");
  diagnostic.help = "give parts of it a name with `let`";
  return true;
}

std::unique_ptr<File> TreeBuilder::file(Parser::FileContext* context, Kept kept) {
  std::unique_ptr<File> file = start(context->getStart());
  for (Parser::ImportDeclContext* import_context : context->importDecl()) add(import_context, *file);
  for (Parser::DeclContext* declaration_context : context->decl()) add(declaration_context, kept, *file);
  return file;
}

std::unique_ptr<File> TreeBuilder::start(const antlr4::Token* first) {
  auto file = std::make_unique<File>();
  file->number = reporter_.file();
  file->doc = docs_.take_head(first, first->getType() == Parser::IMPORT);
  return file;
}

void TreeBuilder::add(Parser::ImportDeclContext* context, File& file) {
  if (!context->exception) file.imports.push_back(import(context));
}

void TreeBuilder::add(Parser::DeclContext* context, Kept kept, File& file) {
  if (context->exception) return;
  const int mistakes = reporter_.mistakes();
  DeclarationPtr built = declaration(context);
  // One with a mistake is built all the same, for what else there is to say about it. What was stuck at its
  // first token was the one before.
  const bool broken =
      messages_.has_mistake(tokens_.index_of(context->getStart()) + 1, tokens_.index_of(context->getStop()));
  const bool is_faultless = !broken && reporter_.mistakes() == mistakes;
  if (is_faultless || kept == Kept::all) file.declarations.push_back(std::move(built));
}

Import TreeBuilder::import(Parser::ImportDeclContext* context) {
  Import import;
  import.span = span(context);
  import.module = qualified_name(context->qname());
  import.alias = optional_name(context->ident());
  return import;
}

DeclarationPtr TreeBuilder::declaration(Parser::DeclContext* context) {
  depth_reported_ = false;
  Doc text = doc(context);
  DeclarationPtr declaration = declaration_body(context);
  declaration->span = span(context);
  declaration->doc = std::move(text);
  declaration->annotations = annotations(context->annotation());
  return declaration;
}

DeclarationPtr TreeBuilder::declaration_body(Parser::DeclContext* context) {
  if (context->fnDecl()) return function_or_alias(context->fnDecl());
  if (context->modelDecl()) return model(context->modelDecl());
  if (context->typeDecl()) return type_declaration(context->typeDecl());
  if (context->constDecl()) return constant(context->constDecl());
  if (context->ruleDecl()) return rule(context->ruleDecl());
  if (context->testDecl()) return test(context->testDecl());
  internal_check(context->meshDecl() != nullptr, "TreeBuilder: an unknown declaration");
  return mesh(context->meshDecl());
}

std::vector<Annotation> TreeBuilder::annotations(const std::vector<Parser::AnnotationContext*>& list) {
  std::vector<Annotation> annotations;
  for (Parser::AnnotationContext* context : list)
    annotations.push_back({span(context), name(context->ident()), arguments(context->args())});
  return annotations;
}

DeclarationPtr TreeBuilder::function_or_alias(Parser::FnDeclContext* context) {
  if (auto* whole = dynamic_cast<Parser::FunctionContext*>(context)) return function(whole);
  auto* alias_context = dynamic_cast<Parser::FunctionAliasContext*>(context);
  auto alias = std::make_unique<FunctionAlias>();
  alias->name = name(alias_context->ident());
  alias->target = qualified_name(alias_context->qname());
  return alias;
}

std::unique_ptr<Function> TreeBuilder::function(Parser::FunctionContext* context) {
  auto function = std::make_unique<Function>();
  function->span = span(context);
  function->name = name(context->ident());
  function->is_exported = context->EXPORT() != nullptr;
  if (context->generics())
    for (Parser::GenericContext* generic : context->generics()->generic())
      function->generics.push_back({span(generic), name(generic->ident()), optional_type(generic->type())});
  function->parameters = parameters(context->params());
  if (context->results())
    for (Parser::ResultContext* result : context->results()->result())
      function->results.push_back(
          {doc(result), span(result), optional_name(result->ident()), type(result->type())});
  function->where = where(context->whereClause());
  function->body = function_body(context->fnBody(), function->is_one_line);
  return function;
}

std::vector<Parameter> TreeBuilder::parameters(Parser::ParamsContext* context) {
  std::vector<Parameter> parameters;
  if (context == nullptr) return parameters;
  for (Parser::ParamContext* param : context->param()) parameters.push_back(parameter(param));
  return parameters;
}

Parameter TreeBuilder::parameter(Parser::ParamContext* context) {
  Parameter parameter;
  parameter.doc = doc(context);
  parameter.span = span(context);
  parameter.is_inout = context->INOUT() != nullptr;
  parameter.name = name(context->ident(0));
  parameter.type = optional_type(context->type());
  parameter.condition = optional_name(context->ident(1));
  parameter.default_value = optional_expression(context->expr());
  return parameter;
}

std::vector<ExpressionPtr> TreeBuilder::where(Parser::WhereClauseContext* context) {
  std::vector<ExpressionPtr> conditions;
  if (context == nullptr) return conditions;
  for (Parser::ExprContext* condition : context->expr()) conditions.push_back(expression(condition));
  return conditions;
}

Block TreeBuilder::function_body(Parser::FnBodyContext* context, bool& is_one_line) {
  is_one_line = context->block() == nullptr;
  if (!is_one_line) return block(context->block(), BlockUse::gives_value);
  Block body;
  body.span = span(context->expr());
  body.result = expression(context->expr());
  return body;
}

DeclarationPtr TreeBuilder::model(Parser::ModelDeclContext* context) {
  auto model = std::make_unique<Model>();
  model->name = name(context->ident());
  model->parameters = parameters(context->params());
  model->where = where(context->whereClause());
  for (Parser::ModelItemContext* item : context->modelItem())
    if (!item->exception) model_item(item, *model);
  return model;
}

void TreeBuilder::model_item(Parser::ModelItemContext* context, Model& model) {
  Doc text = doc(context);
  std::vector<Annotation> marks = annotations(context->annotation());
  if (context->field()) {
    Field built = field(context->field());
    built.doc = std::move(text);
    built.annotations = std::move(marks);
    model.fields.push_back(std::move(built));
    return;
  }
  auto* method_context = dynamic_cast<Parser::FunctionContext*>(context->fnDecl());
  if (method_context == nullptr) {
    reporter_.mistake(diagnostics::syntax_error, span(context), "a model has no aliases of functions").help =
        "write it outside the model";
    return;
  }
  std::unique_ptr<Function> method = function(method_context);
  if (method->is_exported)
    reporter_
        .mistake(diagnostics::syntax_error, span(method_context->EXPORT()), "a method cannot be exported")
        .help = "export a function that calls it";
  method->doc = std::move(text);
  method->annotations = std::move(marks);
  model.methods.push_back(std::move(method));
}

Field TreeBuilder::field(Parser::FieldContext* context) {
  Field field;
  field.span = span(context);
  if (auto* value = dynamic_cast<Parser::ValueFieldContext*>(context)) {
    field.kind = value->PARAM() != nullptr ? FieldKind::param : FieldKind::state;
    field.name = name(value->ident());
    field.type = type(value->type());
    field.initial = expression(value->expr(0));
    field.condition = optional_expression(value->expr(1));
  } else {
    auto* submodel = dynamic_cast<Parser::SubmodelFieldContext*>(context);
    field.name = name(submodel->ident());
    field.type = type(submodel->type());
    field.condition = optional_expression(submodel->expr());
  }
  return field;
}

DeclarationPtr TreeBuilder::type_declaration(Parser::TypeDeclContext* context) {
  auto declaration = std::make_unique<TypeDeclaration>();
  declaration->name = name(context->ident());
  declaration->is_exported = context->EXPORT() != nullptr;
  declaration->parameters = parameters(context->params());
  declaration->type = type(context->type());
  return declaration;
}

DeclarationPtr TreeBuilder::constant(Parser::ConstDeclContext* context) {
  auto constant = std::make_unique<Constant>();
  constant->name = name(context->ident());
  constant->type = optional_type(context->type());
  constant->value = expression(context->expr());
  return constant;
}

DeclarationPtr TreeBuilder::rule(Parser::RuleDeclContext* context) {
  auto rule = std::make_unique<Rule>();
  if (auto* forward = dynamic_cast<Parser::DerivativeRuleContext*>(context)) {
    rule->function = qualified_name(forward->qname());
    for (Parser::TangentContext* tangent : forward->tangent())
      rule->parameters.push_back(rule_parameter(tangent));
    rule->body = function_body(forward->fnBody(), rule->is_one_line);
    return rule;
  }
  auto* reverse = dynamic_cast<Parser::AdjointRuleContext*>(context);
  rule->is_adjoint = true;
  rule->function = qualified_name(reverse->qname());
  for (Parser::IdentContext* parameter : reverse->ident())
    rule->parameters.push_back({span(parameter), name(parameter), {}});
  for (Parser::TangentContext* result : reverse->tangent()) rule->results.push_back(rule_parameter(result));
  rule->body = function_body(reverse->fnBody(), rule->is_one_line);
  return rule;
}

RuleParameter TreeBuilder::rule_parameter(Parser::TangentContext* context) {
  return {span(context), name(context->ident(0)), optional_name(context->ident(1))};
}

DeclarationPtr TreeBuilder::test(Parser::TestDeclContext* context) {
  auto test = std::make_unique<Test>();
  test->title = string_value(context->STRING());
  test->title_span = span(context->STRING());
  if (context->FOR() == nullptr) {
    test->body = block(context->block(), BlockUse::nested);
    return test;
  }
  test->property = std::make_unique<Function>();
  test->property->span = span(context);
  test->property->parameters = parameters(context->params());
  test->property->where = where(context->whereClause());
  test->property->body = block(context->block(), BlockUse::nested);
  for (const Parameter& parameter : test->property->parameters)
    if (parameter.default_value != nullptr)
      reporter_
          .mistake(diagnostics::syntax_error, parameter.default_value->span,
                   "a parameter of a test has no default value")
          .help = "its values are drawn; state what must hold of them with `where`";
  return test;
}

DeclarationPtr TreeBuilder::mesh(Parser::MeshDeclContext* context) {
  auto mesh = std::make_unique<Mesh>();
  for (Parser::IdentContext* axis : context->ident()) mesh->axes.push_back(name(axis));
  return mesh;
}

}  // namespace kiln::syntax
