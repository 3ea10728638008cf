#include "dim/facts.h"

#include <algorithm>

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
  impl_->entries.push_back({FactEntry::Kind::dim, name, 0, 0, {}, nullptr});
}

void Facts::add_index(const std::string& name, const Dim& low, const Dim& high) {
  impl_->system = nullptr;
  impl_->entries.push_back({FactEntry::Kind::index, name, low, high, {}, nullptr});
}

void Facts::add_runtime(const std::string&) {}  // what nothing declares is one

void Facts::add(const Condition& condition) {
  impl_->system = nullptr;
  ++impl_->conditions;
  std::set<std::string> names;
  collect_symbols(condition, names);
  impl_->entries.push_back({FactEntry::Kind::condition,
                            {},
                            0,
                            0,
                            condition,
                            std::make_shared<const std::set<std::string>>(std::move(names))});
}

namespace {

/// More conditions than this are looked through for those that concern a goal: a system has room for some
/// hundred symbols.
constexpr size_t most_conditions = 60;

}  // namespace

bool has_many_conditions(const Facts& facts) { return facts.impl().conditions > most_conditions; }

Facts facts_for(const Facts& facts, const std::set<std::string>& goal) {
  const std::vector<FactEntry>& entries = facts.impl().entries;
  const auto is_condition = [](const FactEntry& entry) { return entry.kind == FactEntry::Kind::condition; };
  std::set<std::string> dims, wanted = goal;
  for (const FactEntry& entry : entries) {
    if (entry.kind == FactEntry::Kind::dim) dims.insert(entry.name);
    if (entry.kind != FactEntry::Kind::index) continue;
    wanted.insert(entry.name);
    wanted.merge(entry.low.symbols());
    wanted.merge(entry.high.symbols());
  }
  std::vector<bool> kept(entries.size(), false);
  for (bool grew = true; grew;) {
    grew = false;
    for (size_t i = 0; i < entries.size(); ++i) {
      if (kept[i]) continue;
      bool has_runtime = false, concerns = false;
      if (is_condition(entries[i])) {
        for (const std::string& name : *entries[i].symbols) {
          if (dims.count(name)) continue;
          has_runtime = true;
          concerns = concerns || wanted.count(name);
        }
      }
      if (has_runtime && !concerns) continue;
      kept[i] = grew = true;
      if (is_condition(entries[i])) wanted.insert(entries[i].symbols->begin(), entries[i].symbols->end());
    }
  }
  Facts result;
  for (size_t i = 0; i < entries.size(); ++i)
    if (kept[i]) result.impl_->entries.push_back(entries[i]);
  return result;  // its count of conditions stays 0: it is not looked through again
}

Facts with_conditions(const Facts& facts, const std::vector<Condition>& conditions) {
  Facts result;
  using Kind = FactEntry::Kind;
  const auto copy = [&](bool first_part) {
    for (const FactEntry& entry : facts.impl().entries) {
      if ((entry.kind == Kind::dim) != first_part) continue;
      if (entry.kind == Kind::dim) result.add_dim(entry.name);
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
