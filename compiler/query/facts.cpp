#include "query/facts.h"

#include <algorithm>

#include "sema/body.h"
#include "sema/value.h"

namespace kiln::query {

namespace {

std::vector<std::string> texts_of(const std::vector<dim::Condition>& conditions) {
  std::vector<std::string> texts;
  for (const dim::Condition& condition : conditions) texts.push_back(sema::to_string(condition));
  return texts;
}

std::string known_value(const std::optional<dim::Dim>& integer, bool is_static) {
  return integer && is_static ? sema::to_string(*integer) : "";
}

}  // namespace

Weight Facts::weight_of(const sema::Body& body) {
  if (body.is_muted) return Weight::muted;
  return body.root.is_generic ? Weight::generic : Weight::instance;
}

void Facts::checked(const sema::Body& body, const syntax::Expression& expression, const sema::Value& value) {
  if (!concerns(expression.span) || value.failed() || expression.kind == syntax::ExpressionKind::number)
    return;
  const Weight weight = weight_of(body);
  TypeFact& fact = expressions_[&expression];
  if (fact.weight >= weight) return;
  fact = {value.type, known_value(value.integer, value.is_static), weight};
}

void Facts::defined(const sema::Body& body, const sema::Entity& entity) {
  if (!concerns(entity.span) || entity.type.failed()) return;
  const Weight weight = weight_of(body);
  TypeFact& fact = names_[entity.span.begin];
  if (fact.weight >= weight) return;
  fact = {entity.type, known_value(entity.integer, entity.is_static), weight};
}

void Facts::ended(const sema::Body& body) {
  const Weight weight = weight_of(body);
  for (const sema::Index& index : body.indices) {
    if (!index.has_range || !concerns(index.span)) continue;
    RangeFact& fact = ranges_[index.span.begin];
    if (fact.weight >= weight) continue;
    if (index.is_pack) {
      fact = {"", sema::to_string(index.pack), weight};
    } else if (index.low && index.extent) {
      fact = {sema::to_string(*index.low), sema::to_string(*index.low + *index.extent), weight};
    }
  }
}

void Facts::finished(sema::Session& session) {
  modules_ = std::move(session.modules);
  functions_ = std::move(session.generic_results);
  models_ = std::move(session.model_results);
  fields_ = std::move(session.fields);
}

std::vector<const syntax::Expression*> Facts::around(uint32_t offset) const {
  std::vector<const syntax::Expression*> found;
  for (const auto& [expression, fact] : expressions_) {
    if (expression->span.begin <= offset && offset <= expression->span.end) found.push_back(expression);
  }
  std::sort(found.begin(), found.end(), [](const syntax::Expression* a, const syntax::Expression* b) {
    const uint32_t length_a = a->span.end - a->span.begin, length_b = b->span.end - b->span.begin;
    return length_a != length_b ? length_a < length_b : a->span.begin < b->span.begin;
  });
  return found;
}

const syntax::Expression* Facts::ending_at(uint32_t offset) const {
  const syntax::Expression* longest = nullptr;
  for (const auto& [expression, fact] : expressions_) {
    if (expression->span.end != offset) continue;
    if (longest == nullptr || expression->span.begin < longest->span.begin) longest = expression;
  }
  return longest;
}

const TypeFact* Facts::of(const syntax::Expression& expression) const {
  const auto found = expressions_.find(&expression);
  return found == expressions_.end() ? nullptr : &found->second;
}

const TypeFact* Facts::of_name(Span name) const {
  if (!concerns(name)) return nullptr;
  const auto found = names_.find(name.begin);
  return found == names_.end() ? nullptr : &found->second;
}

const RangeFact* Facts::range_of(Span name) const {
  if (!concerns(name)) return nullptr;
  const auto found = ranges_.find(name.begin);
  return found == ranges_.end() || found->second.weight == Weight::none ? nullptr : &found->second;
}

std::vector<std::string> Facts::inferred(const syntax::Function& function) const {
  const auto found = functions_.find(&function);
  return found == functions_.end() ? std::vector<std::string>{} : texts_of(found->second.inferred);
}

std::vector<std::string> Facts::inferred(const syntax::Model& model) const {
  const auto found = models_.find(&model);
  return found == models_.end() ? std::vector<std::string>{} : texts_of(found->second.inferred);
}

const std::vector<sema::ModelField>* Facts::fields_of(const sema::ModelApplication& model) const {
  const auto found = fields_.find(sema::key_of(model));
  return found == fields_.end() ? nullptr : &found->second;
}

}  // namespace kiln::query
