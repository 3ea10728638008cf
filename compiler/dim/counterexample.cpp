#include <algorithm>

#include "dim/facts.h"
#include "dim/structure.h"

namespace kiln::dim {
namespace {

constexpr int most_points = 20000;  // assignments of dims and run-time values that satisfy their conditions
constexpr int most_steps = 150000;  // on the way to them
constexpr int most_evaluations = 200000;  // of complete assignments, indices included
constexpr size_t most_constants = 8;
constexpr int64_t whole_range = 8;  // longer ranges are tried near their ends
constexpr int64_t end_of_range = 4;

using Values = std::map<std::string, int64_t>;

void collect_constants(const Dim& dim, std::set<int64_t>& constants) {
  const auto add = [&](int64_t value) {
    if (std::abs(value) > 5 && std::abs(value) < (int64_t{1} << 40)) constants.insert(std::abs(value));
  };
  add(dim.polynomial().constant);
  for (const SharedTerm& term : dim.polynomial().terms) {
    add(term.coefficient);
    for (const AtomPointer& atom : term.factors->atoms)
      for (const Dim& operand : atom->operands) collect_constants(operand, constants);
  }
}

void collect_constants(const Condition& condition, std::set<int64_t>& constants) {
  collect_constants(condition.value, constants);
  for (const Condition& part : condition.operands) collect_constants(part, constants);
}

/// Tries small values for the symbols around a goal, in order of the sum of their places in the lists of
/// candidates.
class ModelSearch {
 public:
  ModelSearch(const Facts& facts, const Condition& goal, bool goal_fails)
      : goal_(goal), goal_fails_(goal_fails) {
    const std::set<std::string> around = symbols_around(facts, goal);
    std::set<int64_t> constants;
    collect_constants(goal, constants);
    std::set<std::string> declared;
    for (const FactEntry& entry : facts.impl().entries) {
      if (entry.kind == FactEntry::Kind::condition) {
        std::set<std::string> names;
        collect_symbols(entry.condition, names);
        if (!std::includes(around.begin(), around.end(), names.begin(), names.end())) continue;
        conditions_.push_back({entry.condition, std::move(names), 0});
        collect_constants(entry.condition, constants);
      } else if (around.count(entry.name) && declared.insert(entry.name).second) {
        if (entry.kind == FactEntry::Kind::index)
          indices_.push_back(&entry);
        else
          symbols_.push_back({entry.name, entry.kind == FactEntry::Kind::dim, {}});
        collect_constants(entry.low, constants);
        collect_constants(entry.high, constants);
      }
    }
    for (const std::string& name : around)
      if (!declared.count(name)) symbols_.push_back({name, false, {}});
    fill_candidates(constants);
    schedule_conditions();
  }

  std::optional<Values> find() {
    size_t largest_sum = 0;
    for (const Symbol& symbol : symbols_) largest_sum += symbol.candidates.size() - 1;
    if (!conditions_hold(0)) return std::nullopt;
    for (size_t sum = 0; sum <= largest_sum && points_left_ > 0; ++sum)
      if (assign(0, sum)) return found_;
    return std::nullopt;
  }

 private:
  struct Symbol {
    std::string name;
    bool is_dim;
    std::vector<int64_t> candidates;
  };
  struct Filter {
    Condition condition;
    std::set<std::string> names;
    size_t level;  // how many symbols, then indices, have to be known
  };

  void fill_candidates(const std::set<int64_t>& constants) {
    std::vector<int64_t> more;
    for (const int64_t constant : constants) {
      if (more.size() >= most_constants * 6) break;
      for (const int64_t value :
           {constant, constant + 1, constant - 1, 2 * constant, 2 * constant + 1, 2 * constant - 1})
        if (std::find(more.begin(), more.end(), value) == more.end()) more.push_back(value);
    }
    for (Symbol& symbol : symbols_) {
      symbol.candidates = symbol.is_dim ? std::vector<int64_t>{1, 2, 0, 3, 4, 5}
                                        : std::vector<int64_t>{1, 0, 2, -1, -2, 3, 4, 5, 6};
      for (const int64_t value : more)
        if (std::find(symbol.candidates.begin(), symbol.candidates.end(), value) == symbol.candidates.end())
          symbol.candidates.push_back(value);
    }
  }

  void schedule_conditions() {
    for (Filter& filter : conditions_) {
      for (size_t i = 0; i < symbols_.size(); ++i)
        if (filter.names.count(symbols_[i].name)) filter.level = i + 1;
      for (size_t i = 0; i < indices_.size(); ++i)
        if (filter.names.count(indices_[i]->name)) filter.level = symbols_.size() + i + 1;
    }
  }

  bool assign(size_t place, size_t sum) {
    if (place == symbols_.size()) {
      if (sum != 0 || points_left_-- <= 0) return false;
      return enter_ranges(0);
    }
    const Symbol& symbol = symbols_[place];
    size_t rest = 0;  // what the symbols after this one can take at most
    for (size_t i = place + 1; i < symbols_.size(); ++i) rest += symbols_[i].candidates.size() - 1;
    for (size_t i = sum > rest ? sum - rest : 0; i <= sum && i < symbol.candidates.size(); ++i) {
      values_[symbol.name] = symbol.candidates[i];
      if (--steps_left_ <= 0) points_left_ = 0;
      if (conditions_hold(place + 1) && assign(place + 1, sum - i)) return true;
      if (points_left_ <= 0) return false;
    }
    return false;
  }

  bool conditions_hold(size_t level) const {
    return std::all_of(conditions_.begin(), conditions_.end(), [&](const Filter& filter) {
      return filter.level != level || filter.condition.evaluate(values_) == true;
    });
  }

  bool enter_ranges(size_t level) {
    if (level == indices_.size()) {
      if (--evaluations_left_ <= 0) points_left_ = 0;
      return !goal_fails_ || goal_.evaluate(values_) != true ? succeed() : false;
    }
    const FactEntry& index = *indices_[level];
    const std::optional<int64_t> low = index.low.evaluate(values_), high = index.high.evaluate(values_);
    if (!low || !high) return goal_fails_ ? succeed() : false;  // a division by less than 1 breaks the range
    for (int64_t value = *low; value < *high; ++value) {
      if (*high - *low > whole_range && value == *low + end_of_range) value = *high - end_of_range;
      values_[index.name] = value;
      if (conditions_hold(symbols_.size() + level + 1) && enter_ranges(level + 1)) return true;
      if (points_left_ <= 0) break;
    }
    values_.erase(index.name);
    return false;
  }

  bool succeed() {
    found_ = values_;
    return true;
  }

  const Condition& goal_;
  bool goal_fails_;
  std::vector<Symbol> symbols_;
  std::vector<const FactEntry*> indices_;
  std::vector<Filter> conditions_;
  Values values_, found_;
  int points_left_ = most_points, steps_left_ = most_steps, evaluations_left_ = most_evaluations;
};

/// Adds the symbols of the ranges of indices in the set. True if it grew.
bool add_ranges(const Facts& facts, std::set<std::string>& names) {
  const size_t before = names.size();
  for (const FactEntry& entry : facts.impl().entries)
    if (entry.kind == FactEntry::Kind::index && names.count(entry.name)) {
      names.merge(entry.low.symbols());
      names.merge(entry.high.symbols());
    }
  return names.size() != before;
}

bool may_break(const FactEntry& index) {
  std::vector<Dim> divisors;
  collect_divisors(index.low, divisors);
  collect_divisors(index.high, divisors);
  return std::any_of(divisors.begin(), divisors.end(),
                     [](const Dim& divisor) { return divisor.constant().value_or(0) < 1; });
}

}  // namespace

std::set<std::string> symbols_behind(const Facts& facts, const Condition& goal) {
  std::set<std::string> names;
  collect_symbols(goal, names);
  while (add_ranges(facts, names)) {
  }
  return names;
}

std::set<std::string> symbols_around(const Facts& facts, const Condition& goal) {
  std::set<std::string> names;
  collect_symbols(goal, names);
  const auto is_among = [&](const std::string& name) { return names.count(name) > 0; };
  for (bool grew = true; grew;) {
    const size_t before = names.size();
    add_ranges(facts, names);
    for (const FactEntry& entry : facts.impl().entries) {
      std::set<std::string> tied;
      bool belongs = false;
      if (entry.kind == FactEntry::Kind::condition) {
        collect_symbols(entry.condition, tied);
      } else if (entry.kind == FactEntry::Kind::index) {
        // The goal is met only where the range is not empty, and the range may break.
        tied = entry.low.symbols();
        tied.merge(entry.high.symbols());
        belongs = tied.empty() || may_break(entry);
      }
      if (!belongs && std::none_of(tied.begin(), tied.end(), is_among)) continue;
      if (entry.kind == FactEntry::Kind::index) names.insert(entry.name);
      names.merge(tied);
    }
    grew = names.size() != before;
  }
  return names;
}

std::optional<Values> find_counterexample(const Facts& facts, const Condition& goal) {
  return ModelSearch(facts, goal, true).find();
}

bool is_satisfiable(const Facts& facts, const Condition& goal) {
  return ModelSearch(facts, goal, false).find().has_value();
}

}  // namespace kiln::dim
