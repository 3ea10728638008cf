#include "expression.h"

#include <cctype>
#include <stdexcept>

namespace kiln::dim::test {
namespace {

/// A recursive-descent reader of the case table: or, and, one comparison, sums, products, primaries.
class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {}

  Expression read() {
    Expression result = level(0);
    skip_spaces();
    if (place_ != text_.size()) throw std::runtime_error("not an expression: " + text_);
    return result;
  }

 private:
  inline static const std::vector<std::vector<std::string>> levels = {
      {"or"}, {"and"}, {"<=", ">=", "==", "!=", "<", ">"}, {"+", "-"}, {"*", "/", "%"}};

  Expression level(size_t depth) {
    if (depth == levels.size()) return primary();
    Expression left = level(depth + 1);
    for (bool found = true; found;) {
      found = false;
      for (const std::string& operation : levels[depth])
        if (accept(operation)) {
          Expression right = level(depth + 1);
          left = {operation, 0, "", {std::move(left), std::move(right)}};
          found = true;
          break;
        }
    }
    return left;
  }

  Expression primary() {
    if (accept("-")) return {"-", 0, "", {{"number", 0, "", {}}, primary()}};
    if (accept("(")) {
      Expression inner = level(0);
      expect(")");
      return inner;
    }
    skip_spaces();
    size_t end = place_;
    while (end < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[end])) || text_[end] == '_'))
      ++end;
    const std::string word = text_.substr(place_, end - place_);
    place_ = end;
    if (word.empty()) throw std::runtime_error("not an expression: " + text_);
    if (std::isdigit(static_cast<unsigned char>(word[0]))) return {"number", std::stoll(word), "", {}};
    if ((word == "min" || word == "max") && accept("(")) {
      Expression first = level(0);
      expect(",");
      Expression second = level(0);
      expect(")");
      return {word, 0, "", {std::move(first), std::move(second)}};
    }
    return {"name", 0, word, {}};
  }

  void skip_spaces() {
    while (place_ < text_.size() && text_[place_] == ' ') ++place_;
  }
  bool accept(const std::string& token) {
    skip_spaces();
    if (text_.compare(place_, token.size(), token) != 0) return false;
    place_ += token.size();
    return true;
  }
  void expect(const std::string& token) {
    if (!accept(token)) throw std::runtime_error("expected " + token + " in " + text_);
  }

  const std::string& text_;
  size_t place_ = 0;
};

int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b != 0 && a < 0); }

}  // namespace

Expression read_expression(const std::string& text) { return Reader(text).read(); }

std::optional<int64_t> Expression::evaluate(const Values& values) const {
  if (operation == "number") return number;
  if (operation == "name") {
    const auto found = values.find(name);
    if (found == values.end()) throw std::runtime_error("no value for " + name + " in " + to_string());
    return found->second;
  }
  const std::optional<int64_t> left = operands[0].evaluate(values), right = operands[1].evaluate(values);
  if (!left || !right) return std::nullopt;
  if (operation == "+") return *left + *right;
  if (operation == "-") return *left - *right;
  if (operation == "*") return *left * *right;
  if (operation == "min") return std::min(*left, *right);
  if (operation == "max") return std::max(*left, *right);
  if (*right < 1) return std::nullopt;
  const int64_t quotient = floor_divide(*left, *right);
  return operation == "/" ? quotient : *left - *right * quotient;
}

std::optional<bool> Expression::holds(const Values& values) const {
  if (operation == "or" || operation == "and") {
    const std::optional<bool> left = operands[0].holds(values);
    if (!left || *left == (operation == "or")) return left;
    return operands[1].holds(values);
  }
  const std::optional<int64_t> left = operands[0].evaluate(values), right = operands[1].evaluate(values);
  if (!left || !right) return std::nullopt;
  return operation == "<"    ? *left < *right
         : operation == "<=" ? *left <= *right
         : operation == ">"  ? *left > *right
         : operation == ">=" ? *left >= *right
         : operation == "==" ? *left == *right
                             : *left != *right;
}

Dim Expression::to_dim() const {
  if (operation == "number") return number;
  if (operation == "name") return Dim::symbol(name);
  const Dim left = operands[0].to_dim(), right = operands[1].to_dim();
  return operation == "+"     ? left + right
         : operation == "-"   ? left - right
         : operation == "*"   ? left * right
         : operation == "/"   ? left / right
         : operation == "%"   ? left % right
         : operation == "min" ? min(left, right)
                              : max(left, right);
}

Condition Expression::to_condition() const {
  if (operation == "or")
    return Condition::either_of({operands[0].to_condition(), operands[1].to_condition()});
  if (operation == "and") return Condition::both_of({operands[0].to_condition(), operands[1].to_condition()});
  const Dim left = operands[0].to_dim(), right = operands[1].to_dim();
  return operation == "<"    ? Condition::less(left, right)
         : operation == "<=" ? Condition::less_equal(left, right)
         : operation == ">"  ? Condition::less(right, left)
         : operation == ">=" ? Condition::less_equal(right, left)
         : operation == "==" ? Condition::equal(left, right)
                             : Condition::not_equal(left, right);
}

void Expression::collect_divisors(std::vector<Dim>& divisors) const {
  for (const Expression& operand : operands) operand.collect_divisors(divisors);
  if (operation == "/" || operation == "%") divisors.push_back(operands[1].to_dim());
}

void Expression::collect_names(std::set<std::string>& names) const {
  if (operation == "name") names.insert(name);
  for (const Expression& operand : operands) operand.collect_names(names);
}

std::string Expression::to_string() const {
  if (operation == "number") return std::to_string(number);
  if (operation == "name") return name;
  if (operation == "min" || operation == "max")
    return operation + "(" + operands[0].to_string() + ", " + operands[1].to_string() + ")";
  return "(" + operands[0].to_string() + " " + operation + " " + operands[1].to_string() + ")";
}

}  // namespace kiln::dim::test
