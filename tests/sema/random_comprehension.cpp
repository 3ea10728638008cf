#include "random_comprehension.h"

#include <algorithm>

namespace kiln::sema {
namespace {

using Values = Formula::Values;

int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b != 0 && a < 0); }

Formula number(int64_t value) { return {"number", value, "", {}}; }
Formula name(const std::string& of) { return {"name", 0, of, {}}; }
Formula join(const std::string& sign, Formula a, Formula b) {
  return {sign, 0, "", {std::move(a), std::move(b)}};
}

bool is_broken(RandomComprehension::Judgement judgement) {
  return judgement == RandomComprehension::Judgement::broken ||
         judgement == RandomComprehension::Judgement::broken_read;
}

class Maker {
 public:
  explicit Maker(std::mt19937& random) : random_(random) {}

  RandomComprehension run() {
    RandomComprehension made;
    made.dims = {"N", "M"};
    if (choose(3) == 0) made.dims.push_back("K");
    made.has_runtime = choose(5) == 0;
    const std::vector<std::string> dims = made.dims;
    for (int count = choose(3); count > 0; --count) made.facts.push_back(fact(dims));
    std::vector<std::string> names = dims;
    const int indices = 1 + choose(3) / 2;
    for (int i = 0; i < indices; ++i) {
      const std::string index(1, static_cast<char>('i' + i));
      const Formula low = choose(5) == 0 ? number(choose(3)) : number(0);
      const bool ends_at_index = i > 0 && choose(4) == 0;
      made.ranges.push_back({index, low, ends_at_index ? name("i") : extent(dims)});
      names.push_back(index);
    }
    std::vector<std::string> all = names;
    if (made.has_runtime) all.push_back("n");
    if (choose(4) == 0) made.filter = condition(names);
    if (choose(3) == 0) made.guard = condition(all);
    const int axes = 1 + (choose(4) == 0);
    for (int i = 0; i < axes; ++i) {
      made.extents.push_back(extent(dims));
      made.subscripts.push_back(subscript(made, all));
    }
    return made;
  }

 private:
  int choose(int count) { return static_cast<int>(random_() % static_cast<uint32_t>(count)); }
  const std::string& pick(const std::vector<std::string>& list) {
    return list[static_cast<size_t>(choose(static_cast<int>(list.size())))];
  }

  /// Of dims; mostly such that it cannot be negative.
  Formula extent(const std::vector<std::string>& dims) {
    const Formula one = name(pick(dims)), other = name(pick(dims));
    switch (choose(12)) {
      case 0: return number(1 + choose(6));
      case 1: return join("+", one, number(1 + choose(2)));
      case 2: return join("*", one, other);
      case 3: return join("*", number(2), one);
      case 4: return join("/", one, number(2 + choose(2)));
      case 5: return join("+", one, other);
      case 6: return join(choose(2) ? "min" : "max", one, other);
      case 7: return join("/", join("+", one, number(1)), number(2));
      case 8: return join("-", one, number(1));
      case 9: return join("/", one, other);
      default: return one;
    }
  }

  Formula fact(const std::vector<std::string>& dims) {
    const Formula one = name(pick(dims)), other = name(pick(dims));
    switch (choose(7)) {
      case 0: return join("<=", one, other);
      case 1: return join("==", one, join("*", number(1 + choose(3)), other));
      case 2: return join("==", join("%", one, number(2)), number(0));
      case 3: return join("<", one, join("+", other, number(choose(3))));
      case 4: return join("<=", join("+", one, number(choose(2))), join("*", number(2), other));
      default: return join(">=", one, number(1 + choose(2)));
    }
  }

  Formula condition(const std::vector<std::string>& names) {
    static const std::vector<std::string> signs = {"<", "<=", ">", ">=", "==", "<", ">="};
    const auto comparison = [&] { return join(pick(signs), name(pick(names)), small(names)); };
    return choose(4) == 0 ? join("and", comparison(), comparison()) : comparison();
  }

  Formula small(const std::vector<std::string>& names) {
    if (choose(3) == 0) return number(choose(4));
    const Formula one = name(pick(names));
    return choose(2) ? one
                     : join(choose(2) ? "+" : "-", one, choose(2) ? number(choose(3)) : name(pick(names)));
  }

  /// What programs write, and random arithmetic.
  Formula subscript(const RandomComprehension& made, const std::vector<std::string>& names) {
    const RandomComprehension::Range& range =
        made.ranges[static_cast<size_t>(choose(static_cast<int>(made.ranges.size())))];
    const Formula index = name(range.index), last = name(made.ranges.back().index);
    const Formula end = range.high;
    switch (choose(12)) {
      case 0:
      case 1: return index;
      case 2: return join("-", join("-", end, number(1)), index);
      case 3: return join("/", index, number(2 + choose(2)));
      case 4: return join("%", index, made.extents.back());
      case 5: return join("+", join("*", index, made.ranges.back().high), last);
      case 6: return join("min", index, join("-", made.extents.back(), number(1)));
      case 7: return join("max", join("-", index, number(1)), number(0));
      case 8: return join("+", join("*", number(2), index), number(choose(2)));
      case 9: return join("-", index, number(choose(3)));
      default: return arithmetic(names, 2);
    }
  }

  Formula arithmetic(const std::vector<std::string>& names, int depth) {
    static const std::vector<std::string> signs = {"+", "-", "*", "/", "%", "+", "-", "min", "max"};
    if (depth == 0 || choose(4) == 0) return choose(3) == 0 ? number(choose(4)) : name(pick(names));
    const std::string sign = pick(signs);
    Formula right = sign == "/" || sign == "%" ? (choose(2) ? number(1 + choose(3)) : name(pick({"N", "M"})))
                                               : arithmetic(names, depth - 1);
    return join(sign, arithmetic(names, depth - 1), std::move(right));
  }

  std::mt19937& random_;
};

}  // namespace

std::optional<int64_t> Formula::evaluate(const Values& values) const {
  if (operation == "number") return number;
  if (operation == "name") return values.at(name);
  const std::optional<int64_t> a = operands[0].evaluate(values);
  if (!a) return std::nullopt;
  if (operation == "and" && *a == 0) return 0;
  const std::optional<int64_t> b = operands[1].evaluate(values);
  if (!b) return std::nullopt;
  if (operation == "and") return *b;
  if (operation == "+") return *a + *b;
  if (operation == "-") return *a - *b;
  if (operation == "*") return *a * *b;
  if (operation == "min") return std::min(*a, *b);
  if (operation == "max") return std::max(*a, *b);
  if (operation == "<") return *a < *b;
  if (operation == "<=") return *a <= *b;
  if (operation == ">") return *a > *b;
  if (operation == ">=") return *a >= *b;
  if (operation == "==") return *a == *b;
  if (*b < 1) return std::nullopt;
  return operation == "/" ? floor_divide(*a, *b) : *a - *b * floor_divide(*a, *b);
}

std::string Formula::text() const {
  if (operation == "number") return std::to_string(number);
  if (operation == "name") return name;
  if (operation == "min" || operation == "max")
    return operation + "(" + operands[0].text() + ", " + operands[1].text() + ")";
  return "(" + operands[0].text() + " " + operation + " " + operands[1].text() + ")";
}

std::string RandomComprehension::program() const {
  std::string text = "export fn f(";
  for (const std::string& dim : dims) text += dim + ": dim, ";
  if (has_runtime) text += "n: i32, ";
  text += "x: f32[";
  for (size_t i = 0; i < extents.size(); ++i) text += (i ? ", " : "") + extents[i].text();
  text += "]) -> y: f32";
  for (size_t i = 0; i < facts.size(); ++i) text += (i ? ", " : " where ") + facts[i].text();
  text += " = sum[";
  for (size_t i = 0; i < ranges.size(); ++i)
    text += (i ? ", " : "") + ranges[i].index + ": " + ranges[i].low.text() + ".." + ranges[i].high.text();
  if (filter) text += " where " + filter->text();
  text += "] ";
  std::string read = "x[";
  for (size_t i = 0; i < subscripts.size(); ++i) read += (i ? ", " : "") + subscripts[i].text();
  read += "]";
  return text + (guard ? "(if " + guard->text() + " { " + read + " } else { 0 })" : read) + "\n";
}

bool RandomComprehension::is_data(const Range& range) const {
  return range.high.operation == "name" && std::find(dims.begin(), dims.end(), range.high.name) == dims.end();
}

bool RandomComprehension::leaves_axis(const Range& range, int64_t low, int64_t high,
                                      const Values& values) const {
  for (size_t i = 0; i < subscripts.size(); ++i)
    if (subscripts[i].name == range.index && (low < 0 || high > extents[i].evaluate(values).value_or(0)))
      return true;
  return false;
}

bool RandomComprehension::is_ever_reached(int64_t largest) const {
  return search(
             largest, [](const Values&) { return true; }, {},
             [](Judgement judgement) {
               return judgement == Judgement::holds || judgement == Judgement::broken_read;
             })
      .has_value();
}

RandomComprehension::Judgement RandomComprehension::judge(const Values& values) const {
  for (const Formula& condition : facts)
    if (condition.evaluate(values).value_or(0) == 0) return Judgement::impossible;
  for (const Formula& extent : extents)
    if (extent.evaluate(values).value_or(-1) < 0) return Judgement::broken;
  for (const Range& range : ranges) {
    if (is_data(range)) continue;
    const auto low = range.low.evaluate(values), high = range.high.evaluate(values);
    if (!low || !high || *high < *low) return Judgement::broken;
  }
  for (const Range& range : ranges) {
    const int64_t low = *range.low.evaluate(values), high = *range.high.evaluate(values);
    if (is_data(range) && high > low && leaves_axis(range, low, high, values)) return Judgement::broken;
    const auto value = values.find(range.index);
    if (value == values.end() || value->second < low || value->second >= high) return Judgement::impossible;
  }
  for (const auto* condition : {&filter, &guard})
    if (*condition) {
      const auto holds = (*condition)->evaluate(values);
      if (!holds) return Judgement::broken;
      if (*holds == 0) return Judgement::impossible;
    }
  for (size_t i = 0; i < subscripts.size(); ++i) {
    const auto at = subscripts[i].evaluate(values);
    if (!at || *at < 0 || *at >= *extents[i].evaluate(values)) return Judgement::broken_read;
  }
  return Judgement::holds;
}

std::optional<Values> RandomComprehension::search_indices(Values& values, size_t next, const Values& given,
                                                          const Wanted& is_wanted) const {
  // Before its index has a value, a range is judged by itself: the indices outside of it are empty.
  if (is_wanted(judge(values))) return values;
  if (next == ranges.size()) return std::nullopt;
  const auto low = ranges[next].low.evaluate(values), high = ranges[next].high.evaluate(values);
  if (!low || !high) return std::nullopt;
  for (int64_t value = *low; value < *high; ++value) {
    const auto wanted = given.find(ranges[next].index);
    if (wanted != given.end() && wanted->second != value) continue;
    values[ranges[next].index] = value;
    if (auto found = search_indices(values, next + 1, given, is_wanted)) return found;
  }
  values.erase(ranges[next].index);
  return std::nullopt;
}

std::optional<Values> RandomComprehension::search(int64_t largest, const Filter& is_allowed,
                                                  const Values& given, const Wanted& is_wanted) const {
  std::vector<std::string> names = dims;
  if (has_runtime) names.push_back("n");
  const std::function<std::optional<Values>(Values&, size_t)> next = [&](Values& values,
                                                                         size_t i) -> std::optional<Values> {
    if (i == names.size()) {
      if (!is_allowed(values)) return std::nullopt;
      Values with_indices = values;
      return search_indices(with_indices, 0, given, is_wanted);
    }
    const auto wanted = given.find(names[i]);
    for (int64_t value = names[i] == "n" ? -2 : 0; value <= largest; ++value) {
      if (wanted != given.end() && wanted->second != value) continue;
      values[names[i]] = value;
      if (auto found = next(values, i + 1)) return found;
    }
    return std::nullopt;
  };
  Values values;
  return next(values, 0);
}

std::optional<Values> RandomComprehension::find_violation(int64_t largest, const Filter& is_allowed) const {
  return search(largest, is_allowed, {}, is_broken);
}

bool RandomComprehension::is_violation(const Values& given, int64_t largest) const {
  for (const auto& [symbol, value] : given) largest = std::max(largest, value);
  return search(
             largest, [](const Values&) { return true; }, given, is_broken)
      .has_value();
}

RandomComprehension make_comprehension(std::mt19937& random) { return Maker(random).run(); }

}  // namespace kiln::sema
