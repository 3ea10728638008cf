#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/check_statements.h"
#include "sema/conversions.h"
#include "sema/exact.h"
#include "sema/first_values.h"
#include "sema/fixes.h"
#include "sema/indices.h"
#include "sema/prelude.h"
#include "sema/proofs.h"
#include "sema/ragged.h"
#include "sema/report.h"
#include "sema/subscripts.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

/// What stands left of `=`, without its last brackets.
struct Target {
  Place place;
  Type type;
  const Entity* root = nullptr;
  std::string name;       // of the variable
  bool is_first = false;  // of a result that has no value yet
  std::optional<dim::Dim> integer;
};

void report_no_variable(Body& body, const syntax::Expression& expression) {
  const auto* name = syntax::if_is<syntax::NameExpression>(expression);
  if (name == nullptr) {
    report(body, diagnostics::not_a_variable, expression.span, "this is no variable and no part of one")
        .help =
        "what changes is a variable, a field, or a part at subscripts; submodels at literal subscripts or in "
        "a loop";
    return;
  }
  Diagnostic& diagnostic = report(body, diagnostics::not_a_variable, expression.span,
                                  fmt::format("`{}` cannot be changed", name->name.text));
  const Entity* entity = body.scope.find(name->name.text);
  const syntax::Declaration* declaration = body.module.find(name->name.text);
  if (entity != nullptr && entity->kind == Entity::Kind::fixed && !entity->why_constant.empty()) {
    diagnostic.labels.push_back({entity->span, entity->why_constant});
    fix_by_var(body, diagnostic, entity->span);
    if (entity->why_constant == counts_rounds)
      diagnostic.help = instead_of_a_counter;
    else if (diagnostic.fixes.empty())
      diagnostic.help = "declare it with `var`";
  } else if (entity != nullptr) {
    diagnostic.labels.push_back({entity->span, entity->kind == Entity::Kind::fixed ? "static" : "an index"});
  } else if (declaration != nullptr) {
    const bool is_constant = declaration->kind == syntax::DeclarationKind::constant;
    diagnostic.labels.push_back({declaration->name.span, is_constant ? "a `const`" : "declared here"});
    if (is_constant) diagnostic.help = "declare a `var` in the function";
  }
}

std::optional<Target> check_target(Body& body, const syntax::Expression& expression) {
  if (const auto* name = syntax::if_is<syntax::NameExpression>(expression)) {
    const Entity* entity = body.scope.find(name->name.text);
    if (entity != nullptr && entity->kind == Entity::Kind::variable) {
      if (entity->type.failed()) return std::nullopt;
      if (!may_change(body, entity, entity->is_mutable, expression.span, name->name.text))
        return std::nullopt;
      Target target{entity->place,
                    entity->type,
                    entity,
                    name->name.text,
                    entity->is_result && !body.assigned_results.count(name->name.text),
                    entity->integer};
      target.place.span = expression.span;
      return target;
    }
  }
  Value value = check_expression(body, expression);
  if (value.failed()) return std::nullopt;
  if (!value.place) {
    report_no_variable(body, expression);
    return std::nullopt;
  }
  const std::string text(body.session.files.text_of(expression.span));
  if (!may_change(body, value.root, value.is_mutable, expression.span, text)) return std::nullopt;
  return Target{*value.place, value.type, value.root, text, false, value.integer};
}

syntax::BinaryOperator operator_of(syntax::AssignOperator op) {
  switch (op) {
    case syntax::AssignOperator::add: return syntax::BinaryOperator::add;
    case syntax::AssignOperator::subtract: return syntax::BinaryOperator::subtract;
    case syntax::AssignOperator::multiply: return syntax::BinaryOperator::multiply;
    default: return syntax::BinaryOperator::divide;
  }
}

void update_integer(Body& body, const Target& target, const Value& value) {
  forget_place(body, target.place);
  if (!value.integer) return;
  if (Entity* entity = body.scope.find(target.name); entity != nullptr && entity->integer) {
    entity->integer = value.integer;
  }
}

void assign_whole(Body& body, const syntax::Assign& assign, TypedBlock& out) {
  const auto target = check_target(body, *assign.place);
  const Want want = target ? Want{&target->type, false} : Want{};
  Value value = check_expression(body, *assign.value, want);
  if (target && target->is_first && assign.op == syntax::AssignOperator::set)
    body.assigned_results.insert(target->name);
  if (!target || value.failed()) return;
  if (assign.op != syntax::AssignOperator::set) {
    Value old = check_expression(body, *assign.place);
    if (old.failed()) return;
    value =
        combine(body, operator_of(assign.op), assign.op_span, assign.span, std::move(old), std::move(value));
  }
  if (!convert_to(body, value, target->type, true, fmt::format("`{}`", target->name))) return;
  const auto integer = stored_integer(body, value, value.type.element);
  out.statements.push_back(set_statement(assign.span, target->place, std::move(value.tree)));
  value.integer = integer;
  update_integer(body, *target, value);
}

/// Collects the names of the left side that nothing declares: they are its indices.
class LeftIndices {
 public:
  explicit LeftIndices(Body& body) : body_(body) {}
  std::vector<syntax::Binder> binders;

  void collect(const std::vector<syntax::SubscriptItem>& items) {
    for (const syntax::SubscriptItem& item : items) {
      if (item.kind == syntax::SubscriptKind::pack && item.name.present() && is_new(item.name)) {
        add(item.name, syntax::BinderKind::pack);
      }
      if (item.kind == syntax::SubscriptKind::binder) stated.push_back(&item);
      if (item.kind == syntax::SubscriptKind::point) collect(*item.first);
      collect(item.parts);
    }
  }
  std::vector<const syntax::SubscriptItem*> stated;

 private:
  bool is_new(const syntax::Name& name) const {
    if (body_.scope.find(name.text) || body_.module.find(name.text) ||
        body_.module.imports.count(name.text)) {
      return false;
    }
    for (const syntax::Binder& binder : binders) {
      if (binder.name.text == name.text) return false;
    }
    return !is_prelude_function(name.text) && !(name == "pi") && !(name == "inf");
  }

  void add(const syntax::Name& name, syntax::BinderKind kind) {
    syntax::Binder binder;
    binder.kind = kind;
    binder.span = name.span;
    binder.name = name;
    binders.push_back(std::move(binder));
  }

  void collect(const syntax::Expression& expression) {
    switch (expression.kind) {
      case syntax::ExpressionKind::name: {
        const auto& name = syntax::as<syntax::NameExpression>(expression).name;
        if (is_new(name)) add(name, syntax::BinderKind::index);
        return;
      }
      case syntax::ExpressionKind::binary:
        collect(*syntax::as<syntax::Binary>(expression).left);
        return collect(*syntax::as<syntax::Binary>(expression).right);
      case syntax::ExpressionKind::unary: return collect(*syntax::as<syntax::Unary>(expression).operand);
      case syntax::ExpressionKind::subscript: return collect(syntax::as<syntax::Subscript>(expression).items);
      case syntax::ExpressionKind::call:
        for (const auto& argument : syntax::as<syntax::Call>(expression).arguments) collect(*argument.value);
        return;
      case syntax::ExpressionKind::conditional:
      default: return;
    }
  }

  Body& body_;
};

/// Names of indices that stand bare, once each, so that no cell is written twice.
bool collect_bare(const Body& body, const std::vector<syntax::SubscriptItem>& items,
                  std::set<IndexId>& seen) {
  for (const syntax::SubscriptItem& item : items) {
    const syntax::Name* name = nullptr;
    switch (item.kind) {
      case syntax::SubscriptKind::whole: continue;
      case syntax::SubscriptKind::joined:
        if (!collect_bare(body, item.parts, seen)) return false;
        continue;
      case syntax::SubscriptKind::pack:
        if (!item.name.present()) continue;
        name = &item.name;
        break;
      case syntax::SubscriptKind::binder: name = &item.name; break;
      case syntax::SubscriptKind::point:
        if (const auto* written = syntax::if_is<syntax::NameExpression>(*item.first)) name = &written->name;
        break;
      default: return false;
    }
    const Entity* entity = name ? body.scope.find(name->text) : nullptr;
    const bool is_index =
        entity && (entity->kind == Entity::Kind::index || entity->kind == Entity::Kind::pack_index);
    if (!is_index || !seen.insert(entity->index).second) return false;
  }
  return true;
}

/// The indices that stand bare somewhere: two points that differ in one of them differ in the cell.
void collect_separating(const Body& body, const std::vector<syntax::SubscriptItem>& items,
                        std::set<IndexId>& seen) {
  for (const syntax::SubscriptItem& item : items) {
    const syntax::Name* name = item.name.present() ? &item.name : nullptr;
    if (item.kind == syntax::SubscriptKind::point) {
      if (const auto* written = syntax::if_is<syntax::NameExpression>(*item.first)) name = &written->name;
    }
    const Entity* entity = name != nullptr ? body.scope.find(name->text) : nullptr;
    if (entity != nullptr &&
        (entity->kind == Entity::Kind::index || entity->kind == Entity::Kind::pack_index)) {
      seen.insert(entity->index);
    }
    collect_separating(body, item.parts, seen);
  }
}

bool writes_once(const Body& body, const std::vector<syntax::SubscriptItem>& items, const IndexSet& set) {
  std::set<IndexId> seen;
  collect_separating(body, items, seen);
  return std::all_of(set.all.begin(), set.all.end(), [&](IndexId id) { return seen.count(id) != 0; });
}

/// Whether every cell is written: bare indices that run over their whole axes.
bool covers_all(Body& body, const syntax::Subscript& left, const Shape& shape) {
  size_t explicit_items = 0;
  for (const auto& item : left.items) explicit_items += item.kind != syntax::SubscriptKind::pack;
  size_t axis = 0;
  std::vector<OpenAxis> before;
  for (const syntax::SubscriptItem& item : left.items) {
    if (item.kind == syntax::SubscriptKind::pack) {
      axis += shape.size() - explicit_items;
      before.resize(axis);
      continue;
    }
    const Axis here = resolved_axis(body.session, shape[axis++], before, before.size());
    before.emplace_back();
    const std::string* name = item.kind == syntax::SubscriptKind::binder ? &item.name.text : nullptr;
    if (item.kind == syntax::SubscriptKind::point) {
      if (const auto* written = syntax::if_is<syntax::NameExpression>(*item.first))
        name = &written->name.text;
    }
    if (name == nullptr) continue;  // whole axes and splits, whose product was proved
    const Entity* entity = body.scope.find(*name);
    const Index& index = body.indices[entity->index];
    before.back().point = dim::Dim::symbol(index.symbol);
    if (!index.low || !index.low->is_constant(0) || !same_dim(body, *index.extent, here.extent)) return false;
  }
  return true;
}

/// A name that looks like an index but is a value.
void label_value(const Body& body, const syntax::SubscriptItem& item, Diagnostic& diagnostic) {
  if (item.kind != syntax::SubscriptKind::point) return;
  const auto* name = syntax::if_is<syntax::NameExpression>(*item.first);
  const Entity* entity = name != nullptr ? body.scope.find(name->name.text) : nullptr;
  if (entity == nullptr || entity->kind != Entity::Kind::variable) return;
  diagnostic.labels.push_back(
      {entity->span, fmt::format("`{}` is this value here, not an index", name->name.text)});
}

bool check_writes(Body& body, const syntax::Assign& assign, const syntax::Subscript& left,
                  const IndexSet& set, const Target& target) {
  if (target.is_first) {
    std::set<IndexId> bare;
    const bool good = assign.op == syntax::AssignOperator::set && !left.where &&
                      collect_bare(body, left.items, bare) && covers_all(body, left, target.type.shape);
    if (!good) {
      body.assigned_results.insert(target.name);
      if (is_told_of(body, left.span, target.name)) return false;
      Diagnostic& diagnostic =
          report(body, diagnostics::first_assignment, left.span,
                 fmt::format("the first assignment of `{}` does not give every cell a value", target.name));
      diagnostic.labels.push_back({target.root->span, to_string(target.type)});
      offer_first_value(body, diagnostic, target.name, target.type);
      for (const syntax::SubscriptItem& item : left.items) label_value(body, item, diagnostic);
      return false;
    }
  }
  const bool scales =
      assign.op == syntax::AssignOperator::multiply || assign.op == syntax::AssignOperator::divide;
  if (scales && !writes_once(body, left.items, set)) {
    report(body, diagnostics::repeated_write, left.span,
           fmt::format("a cell of `{}` may be written twice by `{}`", target.name, symbol_of(assign.op)))
        .help = "only `=`, `+=` and `-=` may meet a cell twice";
    return false;
  }
  return true;
}

AssignPoints::Op typed_operator(syntax::AssignOperator op) { return static_cast<AssignPoints::Op>(op); }

void assign_points(Body& body, const syntax::Assign& assign, const syntax::Subscript& left, TypedBlock& out) {
  auto target = check_target(body, *left.base);
  if (!target) return;
  if (!target->type.is_tensor()) {
    report(body, diagnostics::subscript_count, left.brackets, "only tensors have subscripts")
        .labels.push_back({left.base->span, this_is(target->type)});
    return;
  }
  const bool was_first = target->is_first;
  BlockScope scope(body);
  LeftIndices names(body);
  names.collect(left.items);
  auto set = declare_binders(body, names.binders, false);
  bool good = set.has_value();
  for (const syntax::SubscriptItem* item : names.stated) {
    const auto id = declare_index(body, item->name);
    if (!id || !set) {
      good = false;
      continue;
    }
    Value low = item->first ? check_index_expression(body, *item->first)
                            : constant_value(Constant::of_integer(0), item->span);
    Value high = check_index_expression(body, *item->last);
    const bool is_extent = high.integer && is_known_extent(body.session, *high.integer);
    if (low.failed() || high.failed() || !low.is_static || !(high.is_static || is_extent)) {
      good = false;
      continue;
    }
    body.indices[*id].low = *low.integer;
    body.indices[*id].extent = *high.integer - *low.integer;
    body.indices[*id].has_range = true;
    set->all.push_back(*id);
  }
  if (was_first) body.assigned_results.insert(target->name);  // later uses are not reported too
  if (!good) return;
  if (was_first) body.assigned_results.erase(target->name);  // but the right side cannot read it
  const bool inferred = infer_ranges(body, set->all, {&left, assign.value.get(), left.where.get()});
  if (!inferred) {
    if (was_first) body.assigned_results.insert(target->name);
    return;
  }
  assume_ranges(body, *set);
  body.no_effects = "an assignment with indices";
  body.effect_depth = body.scope.depth() + 1;
  auto node = std::make_unique<AssignPoints>();
  node->span = assign.span;
  if (left.where) {
    Value condition = check_expression(body, *left.where);
    good = require_condition(body, condition);
    if (good && condition.condition) body.facts.add(*condition.condition);
    node->condition = std::move(condition.tree);
    body.is_conditional = true;
  }
  auto checked = check_subscripts(body, target->type.shape, left.items, left.brackets, target->name, false);
  good = good && checked && check_writes(body, assign, left, *set, *target);
  const Type wanted = Type::tensor(target->type.element, checked ? checked->shape : Shape{});
  const Type scalar = Type::tensor(target->type.element);
  Value value = check_expression(body, *assign.value, Want{wanted.shape.empty() ? &scalar : &wanted, false});
  if (was_first) body.assigned_results.insert(target->name);
  if (!good || value.failed()) return;
  if (!convert_to(body, value, value.type.is_scalar() ? scalar : wanted, false,
                  fmt::format("an element of `{}`", target->name))) {
    return;
  }
  node->op = typed_operator(assign.op);
  node->place = target->place;
  node->binders = typed_binders(body, *set);
  node->subscripts = std::move(checked->subscripts);
  node->value = std::move(value.tree);
  node->defines = was_first;
  node->tensor_name = target->name;
  out.statements.push_back(std::move(node));
  forget_place(body, target->place);
}

}  // namespace

void check_assign(Body& body, const syntax::Assign& assign, TypedBlock& out) {
  const syntax::Assign* const outer = std::exchange(body.assignment, &assign);
  const auto* subscript = syntax::if_is<syntax::Subscript>(*assign.place);
  body.scope.push();
  if (subscript != nullptr) {
    assign_points(body, assign, *subscript, out);
  } else {
    assign_whole(body, assign, out);
  }
  body.scope.pop();
  body.assignment = outer;
}

}  // namespace kiln::sema
