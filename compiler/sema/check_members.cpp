#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/conversions.h"
#include "sema/enclosing.h"
#include "sema/evaluate.h"
#include "sema/foreign_habits.h"
#include "sema/indices.h"
#include "sema/library_search.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

/// Where `name` begins among leaves with paths, and how many there are.
std::pair<uint32_t, uint32_t> leaves_below(const LeafList& leaves, const std::string& name) {
  uint32_t first = 0, count = 0;
  for (uint32_t i = 0; i < leaves.size(); ++i) {
    const std::string& path = leaves[i].path;
    if (path != name && path.compare(0, name.size() + 1, name + ".") != 0) continue;
    if (count == 0) first = i;
    ++count;
  }
  return {first, count};
}

Value part_value(Body& body, Value& base, uint32_t first, uint32_t count, const Type& part, Span span) {
  const Type type = with_axes(part, base.type.axes);
  Value value(type, span);
  if (base.place) {
    value.place = Place{base.place->slot, base.place->first_leaf + first, count, span};
    value.is_mutable = base.is_mutable;
    value.root = base.root;
    value.tree = place_value(body, span, *value.place, type);
  } else {
    settle(body, base);
    if (base.failed()) return Value::error(span);
    value.tree = part_of(body, span, std::move(base.tree), first, type);
  }
  if (type.is_scalar() && is_integral(type.element)) value.integer.reset();
  return value;
}

std::optional<Value> tuple_field(Body& body, Value& base, const std::string& name, Span span) {
  uint32_t first = 0;
  for (size_t i = 0; i < base.type.items.size(); ++i) {
    const uint32_t count = leaf_count(body.session, base.type.items[i]);
    if (base.type.names[i] == name && !name.empty()) {
      if (!base.fields.empty()) return std::move(base.fields[i]);
      return part_value(body, base, first, count, base.type.items[i], span);
    }
    first += count;
  }
  return std::nullopt;
}

std::optional<Value> gradient_field(Body& body, Value& base, const std::string& name, Span span) {
  if (base.type.items[0].kind != Type::Kind::model) return std::nullopt;
  for (const ModelField& field : fields_of(body.session, *base.type.items[0].model)) {
    if (field.name != name || field.syntax->kind == syntax::FieldKind::state) continue;
    if (base.type.pattern != "*") {
      report_limit(body, span, "a field of a gradient with a path pattern");
      return Value::error(span);
    }
    const Type type = gradient_type(body.session, field.type);
    const auto [first, count] = leaves_below(leaves_of(body.session, base.type), name);
    return part_value(body, base, first, count, type, span);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Value> field_of(Body& body, Value& base, const std::string& name, Span span) {
  switch (base.type.kind) {
    case Type::Kind::tuple: return tuple_field(body, base, name, span);
    case Type::Kind::gradient: return gradient_field(body, base, name, span);
    case Type::Kind::model:
      for (const ModelField& field : fields_of(body.session, *base.type.model)) {
        if (field.name == name)
          return part_value(body, base, field.first_leaf, field.leaf_count, field.type, span);
      }
      return std::nullopt;
    default: return std::nullopt;
  }
}

Value params_of(Body& body, Value base, const std::string& pattern, Span span) {
  const Type type = Type::gradient(base.type, pattern);
  const LeafList leaves = leaves_of(body.session, base.type);
  TypedBlock block;
  Place place;
  if (base.place) {
    place = *base.place;
  } else {
    place = whole_place(body, new_slot(body, "model", base.type), span);
    block.statements.push_back(bind_statement(span, {place.slot}, std::move(base.tree)));
  }
  std::vector<TypedExprPtr> fields;
  for (uint32_t i = 0; i < leaves.size(); ++i) {
    const Leaf& leaf = leaves[i];
    const bool is_chosen =
        leaf.role == LeafRole::param && is_float(leaf.type.element) && path_matches(leaf.path, pattern);
    if (!is_chosen) continue;
    const Type item = Type::tensor(Element::of(leaf.type.element), shape_of(leaf.type.shape));
    fields.push_back(place_value(body, span, Place{place.slot, place.first_leaf + i, 1, span}, item));
  }
  Value value(type, span, tuple_of(body, span, std::move(fields), type));
  return block_as_value(body, span, std::move(value), std::move(block));
}

namespace {

std::vector<std::string> member_names(Body& body, const Type& type) {
  std::vector<std::string> names = type.names;
  if (type.kind == Type::Kind::model) {
    for (const ModelField& field : fields_of(body.session, *type.model)) names.push_back(field.name);
    for (const auto& method : type.model->syntax->methods) names.push_back(method->name.text);
  }
  return names;
}

const syntax::Field* absent_field(const Type& type, const std::string& name) {
  if (type.kind != Type::Kind::model) return nullptr;
  for (const syntax::Field& field : type.model->syntax->fields) {
    if (field.name == name && field.condition) return &field;
  }
  return nullptr;
}

Value member_of_module(Body& body, const Module& module, const syntax::Member& member) {
  const syntax::Declaration* declaration = module.find(member.name.text);
  if (declaration == nullptr) {
    std::vector<std::string> known;
    for (const auto& [declared, node] : module.declarations) known.push_back(declared);
    Diagnostic& diagnostic = report(body, diagnostics::unknown_member, member.name.span,
                                    fmt::format("`{}` declares no `{}`", module.name, member.name.text));
    if (const std::string_view advice = advice_on_declared(member.name.text); !advice.empty()) {
      diagnostic.help = advice;
    } else if (const std::string other = advice_on_other_file(body, module, member.name.text);
               !other.empty()) {
      diagnostic.help = other;
    } else if (const std::string near = nearest_name(member.name.text, known); !near.empty()) {
      diagnostic.fix(member.name.span, near, fmt::format("did you mean `{}`?", near));
    }
    return Value::error(member.span);
  }
  if (member.name.text[0] == '_') {
    report(body, diagnostics::private_name, member.name.span,
           fmt::format("`{}` is private to `{}`", member.name.text, module.name));
    return Value::error(member.span);
  }
  if (auto type = type_of_expression(body, member)) {
    Value value(*type, member.span);
    value.fixed = StaticValue::of_type(*type);
    return value;
  }
  return declared_value(body, module, *declaration, member.span);
}

}  // namespace

Value check_member(Body& body, const syntax::Member& member) {
  if (const auto* name = syntax::if_is<syntax::NameExpression>(*member.base);
      name != nullptr && body.scope.find(name->name.text) == nullptr) {
    const auto module = body.module.imports.find(name->name.text);
    if (module != body.module.imports.end()) return member_of_module(body, *module->second, member);
  }
  if (auto type = type_of_expression(body, member)) {
    Value value(*type, member.span);
    value.fixed = StaticValue::of_type(*type);
    return value;
  }
  if (reports_unknown_base(body, member)) return Value::error(member.span);
  Value base = check_expression(body, *member.base);
  if (base.failed()) return Value::error(member.span);
  if (!base.is_type()) {
    if (auto field = field_of(body, base, member.name.text, member.span)) return std::move(*field);
  }
  const std::string& name = member.name.text;
  if (const syntax::Field* field = absent_field(base.type, name)) {
    report(body, diagnostics::unknown_member, member.name.span, fmt::format("`{}` is not there", name))
        .labels.push_back({field->condition->span, "its condition does not hold"});
    return Value::error(member.span);
  }
  if (base.type.kind == Type::Kind::model && name == "params") {
    return params_of(body, std::move(base), "*", member.span);
  }
  Diagnostic& diagnostic = report(body, diagnostics::unknown_member, member.name.span,
                                  fmt::format("{} has no member `{}`", described(base.type), name));
  const std::string_view advice = advice_on_member(name);
  if (const std::string near = nearest_name(name, member_names(body, base.type)); !near.empty()) {
    diagnostic.fix(member.name.span, near, fmt::format("did you mean `{}`?", near));
  } else if (!advice.empty() && base.type.kind != Type::Kind::tuple) {
    diagnostic.help = advice;
    const std::string text(body.session.files.text_of(member.base->span));
    if ((name == "T" || name == "mT") && base.type.is_tensor() && base.type.shape.size() == 2)
      diagnostic.offer(member.span, fmt::format("(for[i, j] {}[j, i])", text));
  } else if (base.type.is_tensor()) {
    diagnostic.help =
        "tensors have no members: what is a method elsewhere is a function or index notation here";
  }
  return Value::error(member.span);
}

}  // namespace kiln::sema
