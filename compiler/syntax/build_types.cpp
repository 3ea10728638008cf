#include "syntax/tree_builder.h"

namespace kiln::syntax {

TypePtr TreeBuilder::type(Parser::TypeContext* context) {
  const Deeper deeper(*this);
  TypePtr built;
  if (too_deep(context)) {
    built = std::make_unique<ModelType>();  // the declaration is left out
  } else if (auto* function = dynamic_cast<Parser::FunctionTypeContext*>(context)) {
    auto node = std::make_unique<FunctionType>();
    std::vector<Parser::TypeContext*> types = function->type();
    node->result = type(types.back());
    types.pop_back();
    for (Parser::TypeContext* parameter : types) node->parameters.push_back(type(parameter));
    built = std::move(node);
  } else if (dynamic_cast<Parser::ModelTypeContext*>(context)) {
    built = std::make_unique<ModelType>();
  } else if (auto* tuple = dynamic_cast<Parser::TupleTypeContext*>(context)) {
    built = tuple_type(tuple);
  } else {
    built = named_type(dynamic_cast<Parser::NamedTypeContext*>(context));
  }
  built->span = span(context);
  return built;
}

TypePtr TreeBuilder::tuple_type(Parser::TupleTypeContext* context) {
  const auto fields = context->fieldType();
  if (fields.size() == 1 && fields.front()->member() == nullptr) return type(fields.front()->type());
  auto node = std::make_unique<TupleType>();
  for (Parser::FieldTypeContext* field : fields)
    node->fields.push_back({doc(field), span(field), optional_name(field->member()), type(field->type())});
  return node;
}

TypePtr TreeBuilder::named_type(Parser::NamedTypeContext* context) {
  auto node = std::make_unique<NamedType>();
  Parser::TypeNameContext* written = context->typeName();
  node->name.span = span(written);
  node->name.parts.push_back(name(written->ident()));
  for (Parser::MemberContext* member : written->member()) node->name.parts.push_back(name(member));
  node->has_arguments = context->LPAREN() != nullptr;
  node->arguments = arguments(context->args());
  for (Parser::DimsContext* dims_context : context->dims()) {
    Dims dims;
    dims.span = span(dims_context);
    for (Parser::DimItemContext* item : dims_context->dimItem()) dims.items.push_back(dim_item(item));
    node->dims.push_back(std::move(dims));
  }
  return node;
}

DimItem TreeBuilder::dim_item(Parser::DimItemContext* context) {
  DimItem item;
  item.span = span(context);
  item.is_pack = context->PACK() != nullptr;
  item.extent = optional_expression(context->expr());
  // `...S`, `b: B`, `B @ dp`: what an ident means depends on the signs around it.
  size_t next = 0;
  if (item.is_pack || context->COLON() != nullptr) item.name = optional_name(context->ident(next++));
  if (context->AT() != nullptr) item.mesh_axis = name(context->ident(next));
  return item;
}

}  // namespace kiln::syntax
