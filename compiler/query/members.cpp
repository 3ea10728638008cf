#include "query/members.h"

#include <algorithm>
#include <iterator>

#include "query/prelude_notes.h"
#include "sema/models.h"

namespace kiln::query {

namespace {

using sema::Type;

MemberInfo field_member(const Analysis& analysis, const sema::ModelField& field, Type type) {
  MemberInfo member;
  member.name = field.name;
  member.symbol = analysis.symbol_of_node(field.syntax);
  member.detail = to_string(type);
  member.type = std::move(type);
  member.doc = field.syntax->doc;
  return member;
}

std::vector<MemberInfo> model_members(const Analysis& analysis, const sema::ModelApplication& model) {
  std::vector<MemberInfo> members;
  if (const auto* fields = analysis.facts->fields_of(model)) {
    for (const sema::ModelField& field : *fields)
      members.push_back(field_member(analysis, field, field.type));
  } else {
    for (const syntax::Field& field : model.syntax->fields) {
      MemberInfo member;
      member.name = field.name.text;
      member.symbol = analysis.symbol_of_node(&field);
      member.detail = std::string(analysis.files.text_of(field.type->span));
      member.doc = field.doc;
      members.push_back(std::move(member));
    }
  }
  for (const auto& method : model.syntax->methods) {
    MemberInfo member;
    member.name = method->name.text;
    member.symbol = analysis.symbol_of_node(method.get());
    if (member.symbol) member.detail = analysis.symbol(*member.symbol).header;
    member.doc = method->doc;
    member.is_function = true;
    members.push_back(std::move(member));
  }
  return members;
}

std::vector<MemberInfo> gradient_members(const Analysis& analysis, const Type& type) {
  std::vector<MemberInfo> members;
  if (type.items.empty() || type.items[0].kind != Type::Kind::model) return members;
  const auto* fields = analysis.facts->fields_of(*type.items[0].model);
  if (fields == nullptr) return members;
  for (const sema::ModelField& field : *fields) {
    if (field.syntax->kind == syntax::FieldKind::state) continue;
    const bool is_model = field.type.kind == Type::Kind::model || field.type.kind == Type::Kind::array;
    members.push_back(
        field_member(analysis, field, is_model ? Type::gradient(field.type, type.pattern) : field.type));
  }
  return members;
}

}  // namespace

std::vector<MemberInfo> members_of(const Analysis& analysis, const Type& type) {
  std::vector<MemberInfo> members;
  switch (type.kind) {
    case Type::Kind::model: return model_members(analysis, *type.model);
    case Type::Kind::gradient: return gradient_members(analysis, type);
    case Type::Kind::tuple:
      for (size_t i = 0; i < type.items.size(); ++i) {
        if (type.names[i].empty()) continue;
        members.push_back({type.names[i], {}, type.items[i], to_string(type.items[i]), "", false});
      }
      return members;
    case Type::Kind::rng:
      for (const PreludeNote& note : rng_notes())
        members.push_back(
            {std::string(note.name), {}, {}, std::string(note.header), std::string(note.doc), true});
      return members;
    default: return members;
  }
}

std::optional<MemberInfo> member_of(const Analysis& analysis, const Type& type, const std::string& name) {
  for (MemberInfo& member : members_of(analysis, type)) {
    if (member.name == name) return std::move(member);
  }
  return std::nullopt;
}

std::vector<MemberInfo> members_of_model_type() {
  std::vector<MemberInfo> members;
  for (const PreludeNote& note : model_notes())
    members.push_back({std::string(note.name),
                       {},
                       {},
                       std::string(note.header),
                       std::string(note.doc),
                       note.name == "init"});
  return members;
}

std::vector<SymbolId> members_of_module(const Analysis& analysis, const sema::Module& module) {
  std::vector<SymbolId> members;
  for (const auto& [name, declaration] : module.declarations) {
    if (name[0] == '_') continue;
    if (const auto id = analysis.symbol_of_node(declaration)) members.push_back(*id);
  }
  return members;
}

std::optional<Type> type_of(const Analysis& analysis, const Symbol& symbol) {
  if (symbol.kind == SymbolKind::self && symbol.model != nullptr) {
    Type type = Type::of(Type::Kind::model);
    type.model = std::make_shared<const sema::ModelApplication>(
        sema::open_application(analysis.module(), *symbol.model));
    return type;
  }
  if (!row_of(symbol.kind).is_local && symbol.kind != SymbolKind::param && symbol.kind != SymbolKind::state &&
      symbol.kind != SymbolKind::submodel) {
    return std::nullopt;
  }
  const TypeFact* fact = analysis.facts->of_name(symbol.span);
  return fact == nullptr || fact->type.failed() ? std::nullopt : std::optional(fact->type);
}

std::optional<Type> type_of(const Analysis& analysis, const syntax::Expression& expression,
                            const NamedSymbol& named) {
  if (const TypeFact* fact = analysis.facts->of(expression)) return fact->type;
  switch (expression.kind) {
    case syntax::ExpressionKind::name: {
      const auto symbol = named(expression);
      return symbol ? type_of(analysis, analysis.symbol(*symbol)) : std::nullopt;
    }
    case syntax::ExpressionKind::member: {
      const auto& member = syntax::as<syntax::Member>(expression);
      const auto base = type_of(analysis, *member.base, named);
      if (!base) return std::nullopt;
      const auto found = member_of(analysis, *base, member.name.text);
      return found ? found->type : std::nullopt;
    }
    case syntax::ExpressionKind::subscript: {
      const auto base = type_of(analysis, *syntax::as<syntax::Subscript>(expression).base, named);
      if (!base || base->kind != Type::Kind::array) return std::nullopt;
      return base->items[0];
    }
    default: return std::nullopt;
  }
}

std::optional<SymbolId> called_by(const Analysis& analysis, std::optional<SymbolId> symbol,
                                  const std::optional<Type>& type) {
  if (symbol) {
    const SymbolKind kind = analysis.symbol(*symbol).kind;
    if (kind == SymbolKind::function || kind == SymbolKind::method || kind == SymbolKind::model ||
        kind == SymbolKind::type || kind == SymbolKind::builtin) {
      return symbol;
    }
  }
  if (!type || type->kind != Type::Kind::model) return std::nullopt;
  for (const auto& method : type->model->syntax->methods) {
    if (method->name == "call") return analysis.symbol_of_node(method.get());
  }
  return std::nullopt;
}

}  // namespace kiln::query
