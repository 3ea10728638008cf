#include "sema/model_instances.h"

#include <algorithm>

#include <fmt/format.h>

#include "sema/check_expressions.h"
#include "sema/conversions.h"
#include "sema/evaluate.h"
#include "sema/models.h"
#include "sema/proofs.h"
#include "sema/report.h"
#include "sema/trees.h"

namespace kiln::sema {

namespace {

bool is_one_constant(const syntax::Expression& expression) {
  if (expression.kind == syntax::ExpressionKind::number || expression.kind == syntax::ExpressionKind::boolean)
    return true;
  const auto* unary = syntax::if_is<syntax::Unary>(expression);
  return unary != nullptr && is_one_constant(*unary->operand);
}

/// The function of one leaf's stream that gives the leaf its first value. Null after a report.
std::shared_ptr<const TypedFunction> initialiser(Session& session, Root& root, const ModelApplication& model,
                                                 const ModelField& field, const LeafList& leaves,
                                                 uint32_t leaf) {
  Body body(session, root, *model.module);
  body.facts = root.facts;
  body.is_trusted = !root.is_generic && !has_type_parameter(*model.syntax);
  body.is_conditional = !root.is_generic;
  define_model_arguments(body, model);
  body.scope.push();
  TypedFunction& typed = *body.function;
  typed.name = fmt::format("{}.{}", model.syntax->name.text, field.name);
  typed.span = field.syntax->name.span;
  const Slot slot = new_slot(body, "rng", Type::of(Type::Kind::rng));
  typed.parameters.push_back({slot, false});
  Entity rng;
  rng.span = field.syntax->initial->span;
  rng.type = Type::of(Type::Kind::rng);
  rng.place = whole_place(body, slot, rng.span);
  rng.is_mutable = true;
  body.scope.define("rng", std::move(rng));

  const bool is_single = leaves.size() == 1 && field.type.is_tensor();
  const bool fills = !is_single && is_one_constant(*field.syntax->initial);
  const Type leaf_type =
      is_single ? field.type
                : Type::tensor(Element::of(leaves[leaf].type.element), shape_of(leaves[leaf].type.shape));
  const Type wanted = fills ? leaf_type : field.type;
  Value value = check_expression(body, *field.syntax->initial, Want{&wanted, true});
  if (value.failed()) return nullptr;
  if (!convert_to(body, value, wanted, true, fmt::format("`{}`", field.name))) return nullptr;
  typed.result_type = value_type(session, leaf_type);
  typed.body.result = is_single || fills ? std::move(value.tree)
                                         : part_of(body, value.span, std::move(value.tree), leaf, leaf_type);
  return std::move(body.function);
}

/// The functions of the leaves of a model that stands in another one several times are made once.
class Initialisers {
 public:
  Initialisers(Session& session, Root& root) : session_(session), root_(root) {}

  /// Adds one function for each leaf; false after a report.
  bool add(const Type& type, std::vector<std::shared_ptr<const TypedFunction>>& initial) {
    if (type.kind == Type::Kind::array) {
      for (int64_t i = 0; i < type.count.constant().value_or(1); ++i) {
        if (!add(type.items[0], initial)) return false;
      }
      return true;
    }
    const std::string key = key_of(*type.model);
    if (const auto made = by_model_.find(key); made != by_model_.end()) {
      initial.insert(initial.end(), made->second.begin(), made->second.end());
      return true;
    }
    const auto first = static_cast<std::ptrdiff_t>(initial.size());
    for (const ModelField& field : fields_of(session_, *type.model)) {
      if (field.syntax->kind == syntax::FieldKind::submodel) {
        if (!add(field.type, initial)) return false;
        continue;
      }
      const LeafList leaves = leaves_of(session_, field.type);
      for (uint32_t leaf = 0; leaf < leaves.size(); ++leaf) {
        auto function = initialiser(session_, root_, *type.model, field, leaves, leaf);
        if (!function) return false;
        initial.push_back(std::move(function));
      }
    }
    by_model_[key].assign(initial.begin() + first, initial.end());
    return true;
  }

 private:
  Session& session_;
  Root& root_;
  std::map<std::string, std::vector<std::shared_ptr<const TypedFunction>>> by_model_;
};

void check_field(Session& session, Root& root, Body& body, const ModelApplication& model,
                 const ModelField& field) {
  const Type& type = field.type;
  if (type.failed()) return;
  evaluate_type(body,
                *field.syntax->type);  // with the facts of the model: extents and the `where`s of submodels
  if (field.syntax->kind == syntax::FieldKind::submodel) {
    if (type.kind == Type::Kind::model || type.kind == Type::Kind::array) return;
    report(body, diagnostics::field_type, field.syntax->type->span,
           fmt::format("`{}` is no model: say `param` or `state`", field.name))
        .label = to_string(type);
    return;
  }
  if (field.syntax->kind == syntax::FieldKind::param && !(type.is_tensor() && is_floating(type.element))) {
    report(body, diagnostics::param_not_float, field.syntax->type->span, "a `param` is a tensor of floats")
        .label = to_string(type);
    return;
  }
  const LeafList leaves = leaves_of(session, type);
  if (!leaves.empty()) initialiser(session, root, model, field, leaves, 0);
}

}  // namespace

std::shared_ptr<const ModelInstance> instantiate_model(Session& session, Root& root,
                                                       const ModelApplication& model, Span use) {
  const std::string key = key_of(model);
  if (const auto found = root.models.find(key); found != root.models.end()) return found->second;
  Type type = Type::of(Type::Kind::model);
  type.model = std::make_shared<const ModelApplication>(model);
  session.trail.push_back({fmt::format("the initial values of {}", to_string(type)), use});
  auto instance = std::make_shared<ModelInstance>();
  instance->text = to_string(type);
  instance->key = key;
  instance->type = value_type(session, type);
  const bool good = Initialisers(session, root).add(type, instance->initial);
  session.trail.pop_back();
  if (!good) return nullptr;
  root.models.emplace(key, instance);
  return instance;
}

const GenericResult& check_model_generically(Session& session, const Module& module,
                                             const syntax::Model& model) {
  const auto entry = session.model_results.try_emplace(&model);
  GenericResult& result = entry.first->second;
  if (!entry.second || has_type_parameter(model)) return result;
  result.is_active = true;
  std::vector<TrailStep> trail;
  trail.swap(session.trail);
  Root root;
  root.is_generic = true;
  const ModelApplication own = open_application(module, model);
  Body body(session, root, module);
  define_model_arguments(body, own);
  root.facts = body.facts;
  std::map<std::string, Span> seen;
  const auto declare = [&](const syntax::Name& name) {
    const auto [at, is_new] = seen.emplace(name.text, name.span);
    if (is_new) return;
    report(body, diagnostics::declared_twice, name.span, fmt::format("`{}` is declared twice", name.text))
        .labels.push_back({at->second, "the first declaration"});
  };
  for (const syntax::Parameter& parameter : model.parameters) declare(parameter.name);
  for (const syntax::Field& field : model.fields) declare(field.name);
  for (const auto& method : model.methods) declare(method->name);
  for (const ModelField& field : fields_of(session, own)) check_field(session, root, body, own, field);
  trail.swap(session.trail);
  result.inferred = std::move(root.inferred);
  result.is_active = false;
  return result;
}

}  // namespace kiln::sema
