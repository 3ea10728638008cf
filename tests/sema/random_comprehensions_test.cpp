// Random comprehensions through the checker, against brute force over small dims: what it accepts without a
// check is right at all of them, and a counter-example that it prints is one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include "random_comprehension.h"
#include "sema/check.h"
#include "source/diagnostic_table.h"

namespace kiln::sema {
namespace {

uint32_t from_environment(const char* name, uint32_t otherwise) {
  const char* text = std::getenv(name);
  return text ? static_cast<uint32_t>(std::strtoul(text, nullptr, 10)) : otherwise;
}

constexpr int64_t largest_dim = 5;

/// "for instance N = 1, i = 3" as values.
Formula::Values read_values(const std::string& label) {
  Formula::Values values;
  std::istringstream words(label);
  std::string word, last;
  while (words >> word) {
    if (word == "=") {
      int64_t value = 0;
      words >> value;
      values[last] = value;
    }
    last = word;
  }
  return values;
}

/// How many dims are multiplied in a formula at most, where `of` says it of names that are none.
int degree(const Formula& formula, const std::map<std::string, int>& of) {
  if (formula.operation == "number") return 0;
  if (formula.operation == "name") return of.contains(formula.name) ? of.at(formula.name) : 1;
  int sum = 0, greatest = 0;
  for (const Formula& operand : formula.operands) {
    sum += degree(operand, of);
    greatest = std::max(greatest, degree(operand, of));
  }
  return formula.operation == "*" ? sum : greatest;
}

/// Whether a subscript may wrap: 64 bits hold a product of two dims, and no longer one.
bool may_wrap(const RandomComprehension& one) {
  std::map<std::string, int> degrees;
  for (const RandomComprehension::Range& range : one.ranges)
    degrees[range.index] = std::max(degree(range.low, degrees), degree(range.high, degrees));
  return std::any_of(one.subscripts.begin(), one.subscripts.end(),
                     [&](const Formula& subscript) { return degree(subscript, degrees) > 2; });
}

struct Tally {
  int accepted = 0, left_to_run_time = 0, refuted = 0, unproved = 0, of_those_right = 0;
};

void judge(const RandomComprehension& one, Tally& tally) {
  SourceFiles files;
  Diagnostics diagnostics;
  const std::string text = one.program();
  SCOPED_TRACE(text);
  const auto program = check(files, files.add("random.model", text), {}, diagnostics);
  if (program) {
    const auto& where = program->functions[0].where;  // with what was inferred
    const auto is_allowed = [&](const Formula::Values& values) {
      for (const dim::Condition& condition : where)
        if (!condition.evaluate(values).value_or(false)) return false;
      return true;
    };
    if (print(*program).find('?') != std::string::npos) {
      EXPECT_TRUE(one.has_runtime || may_wrap(one)) << "a check at run time of what is known before";
      ++tally.left_to_run_time;
      return;
    }
    ++tally.accepted;
    const auto violation = one.find_violation(largest_dim, is_allowed);
    if (!violation) return;
    std::string values;
    for (const auto& [name, value] : *violation) values += " " + name + " = " + std::to_string(value);
    ADD_FAILURE() << "accepted, but wrong at" << values;
    return;
  }
  ASSERT_FALSE(diagnostics.all().empty());
  const Diagnostic& first = diagnostics.all()[0];
  if (!first.label.starts_with("for instance")) {
    ++tally.unproved;
    tally.of_those_right +=
        !one.find_violation(largest_dim, [](const Formula::Values&) { return true; }).has_value();
    return;
  }
  ++tally.refuted;
  // Facts that have nothing to do with the goal are not looked at: they may exclude everything.
  if (!one.is_ever_reached(largest_dim)) return;
  EXPECT_TRUE(one.is_violation(read_values(first.label), largest_dim))
      << first.kind->code << " " << first.message << ": " << first.label;
}

TEST(RandomComprehensions, AreJudgedAsBruteForceDoes) {
  const uint32_t seed = from_environment("KILN_RANDOM_SEED", 1),
                 count = from_environment("KILN_RANDOM_CASES", 1000);
  std::mt19937 random(seed);
  Tally tally;
  for (uint32_t i = 0; i < count; ++i) judge(make_comprehension(random), tally);
  std::printf(
      "seed %u, %u comprehensions: %d accepted, %d checked at run time, %d refuted by an example, %d "
      "unproved "
      "(%d of them right up to %d)\n",
      seed, count, tally.accepted, tally.left_to_run_time, tally.refuted, tally.unproved,
      tally.of_those_right, static_cast<int>(largest_dim));
  EXPECT_GT(tally.accepted, static_cast<int>(count / 20));
  EXPECT_GT(tally.refuted, static_cast<int>(count / 20));
}

}  // namespace
}  // namespace kiln::sema
