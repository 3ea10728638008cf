#include "dim/facts.h"

#include "dim/structure.h"
#include "dim/system.h"

namespace kiln::dim {

Facts::Facts() : impl_(std::make_unique<Impl>()) {}
Facts::Facts(const Facts& other) : impl_(std::make_unique<Impl>(*other.impl_)) {}
Facts::Facts(Facts&&) noexcept = default;
Facts& Facts::operator=(const Facts& other) {
  if (this != &other) impl_ = std::make_unique<Impl>(*other.impl_);
  return *this;
}
Facts& Facts::operator=(Facts&&) noexcept = default;
Facts::~Facts() = default;

void Facts::add_dim(const std::string& name) {
  impl_->system = nullptr;
  impl_->entries.push_back({FactEntry::Kind::dim, name, 0, 0, {}});
}

void Facts::add_index(const std::string& name, const Dim& low, const Dim& high) {
  impl_->system = nullptr;
  impl_->entries.push_back({FactEntry::Kind::index, name, low, high, {}});
}

void Facts::add_runtime(const std::string& name) {
  impl_->system = nullptr;
  impl_->entries.push_back({FactEntry::Kind::runtime, name, 0, 0, {}});
}

void Facts::add(const Condition& condition) {
  impl_->system = nullptr;
  impl_->entries.push_back({FactEntry::Kind::condition, {}, 0, 0, condition});
}

Facts with_conditions(const Facts& facts, const std::vector<Condition>& conditions) {
  Facts result;
  using Kind = FactEntry::Kind;
  const auto copy = [&](bool first_part) {
    for (const FactEntry& entry : facts.impl().entries) {
      const bool declares = entry.kind == Kind::dim || entry.kind == Kind::runtime;
      if (declares != first_part) continue;
      if (entry.kind == Kind::dim) result.add_dim(entry.name);
      if (entry.kind == Kind::runtime) result.add_runtime(entry.name);
      if (entry.kind == Kind::index) result.add_index(entry.name, entry.low, entry.high);
      if (entry.kind == Kind::condition) result.add(entry.condition);
    }
  };
  copy(true);
  for (const Condition& condition : conditions) result.add(condition);
  copy(false);
  return result;
}

Facts with_short_axes(const Facts& facts) {
  std::vector<Condition> limits;
  for (const FactEntry& entry : facts.impl().entries) {
    if (entry.kind != FactEntry::Kind::dim) continue;
    limits.push_back(Condition::less_equal(Dim::symbol(entry.name), INT32_MAX));
  }
  return with_conditions(facts, limits);
}

const System& prepared(const Facts& facts) {
  const Facts::Impl& impl = facts.impl();
  if (!impl.system) impl.system = std::make_shared<const System>(impl.entries);
  return *impl.system;
}

void collect_divisors(const Dim& dim, std::vector<Dim>& divisors) {
  for (const SharedTerm& term : dim.polynomial().terms)
    for (const AtomPointer& atom : term.factors->atoms) {
      for (const Dim& operand : atom->operands) collect_divisors(operand, divisors);
      if (atom->kind == Dim::AtomKind::quotient) divisors.push_back(atom->operands[1]);
    }
}

void collect_divisors(const Condition& condition, std::vector<Dim>& divisors) {
  collect_divisors(condition.value, divisors);
  for (const Condition& part : condition.operands) collect_divisors(part, divisors);
}

void collect_symbols(const Condition& condition, std::set<std::string>& names) {
  names.merge(condition.value.symbols());
  for (const Condition& part : condition.operands) collect_symbols(part, names);
}

}  // namespace kiln::dim
