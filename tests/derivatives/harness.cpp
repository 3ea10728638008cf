#include "harness.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "../programs/ways.h"
#include "program_text.h"

namespace kiln::derivatives {
namespace {

using tests::Case;
using tests::Outcome;
using tests::Program;
using Numbers = std::vector<double>;

/// How far a number of this type may be from what it should be, relative to the largest of its tensor (or 1).
double tolerance_of(ElementType element) {
  switch (element) {
    case ElementType::f64: return 1e-11;
    case ElementType::f32: return 1e-5;
    case ElementType::f16: return 1e-2;
    default: return 1e-1;  // bf16: 8 bits
  }
}

/// Distinct multiples of 1/64, so that all types hold them, none of them at a corner of a row.
Numbers points(const Row& row, size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> step(static_cast<int>(std::ceil(row.low * 64)),
                                          static_cast<int>(std::floor(row.high * 64)));
  Numbers numbers;
  std::set<int> used;
  while (numbers.size() < count) {
    const int at = step(random);
    if (at % 16 == 0 || std::abs(at) < 3 || !used.insert(std::abs(at)).second) continue;
    numbers.push_back(at / 64.0);
  }
  return numbers;
}

Numbers directions(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> step(-64, 64);
  Numbers numbers;
  for (size_t i = 0; i < count; ++i) numbers.push_back(step(random) / 64.0);
  return numbers;
}

double dot(const Numbers& a, const Numbers& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// The largest difference, relative to the largest of the second, or 1.
double distance(const Numbers& a, const Numbers& b) {
  if (a.size() != b.size()) return INFINITY;
  double scale = 1, most = 0;
  for (double number : b) scale = std::max(scale, std::abs(number));
  for (size_t i = 0; i < a.size(); ++i) {
    const double apart = std::abs(a[i] - b[i]);
    if (!(apart <= most)) most = apart;  // NaN too
  }
  return most / scale;
}

/// One row with one element type.
class RowRun {
 public:
  /// `exact`: the program in f64.
  RowRun(const Program& program, const Program& exact, const Row& row, size_t number, ElementType element,
         Found& found)
      : program_(program),
        exact_(exact),
        row_(row),
        name_(fmt::format("row_{}", number)),
        element_(element),
        found_(found) {
    found_.holds.fill(true);
    if (!row.has_forward) found_.holds[forward] = false;
  }

  void run() {
    for (const auto& [m, n] : {Size{2, 0}, {2, 1}, {2, 2}, {3, 7}, {5, 2}})
      if (m >= row_.least_m && n >= row_.least_n) at_size(m, n);
    for (const int64_t b : {0, 1, 3}) in_batches(b, 2, 3);
    if (row_.least_n == 0) in_batches(2, 3, 0);
    if (element_ != ElementType::f64) return;
    for (const auto& [m, n] : {Size{2, 1}, {3, 5}}) against_differences(m, n);
  }

 private:
  using Results = std::map<std::string, Numbers>;
  using Size = std::pair<int64_t, int64_t>;

  void fail(Mode mode, const std::string& what, double by) {
    found_.holds[mode] = false;
    found_.problems += fmt::format("{} in {}: {} is off by {:.2g}\n", row_.name, name_of(element_), what, by);
  }

  void expect(Mode mode, const Numbers& a, const Numbers& b, double tolerance, const std::string& what) {
    const double by = distance(a, b);
    if (!(by <= tolerance)) fail(mode, what, by);
  }

  Case make(const std::string& function, const tests::RecordedTensors& arguments) const {
    Case one;
    one.function = function + "_" + name_;
    one.arguments = arguments;
    return one;
  }

  static Results results_of(const Program& program, const Case& one, const Outcome& outcome) {
    Results results;
    const elaborate::Function& function = program.function_of(one);
    for (size_t i = 0; i < function.arguments.size(); ++i) {
      if (function.arguments[i].direction != elaborate::Direction::out) continue;
      const graph::Tensor& tensor = outcome.values.arguments[i].at(0);
      Numbers numbers;
      for (int64_t at = 0; at < tensor.count(); ++at) numbers.push_back(tensor.at(at).real);
      results[function.arguments[i].name] = std::move(numbers);
    }
    return results;
  }

  void fails(const char* where, const std::string& message) {
    found_.holds.fill(false);
    found_.problems += row_.name + where + ": " + message + "\n";
  }

  /// A call of the interpreter, and its arguments; one that fails is a problem of the row.
  std::optional<Outcome> interpret(const Program& program, const Case& one, tools::CallValues& before,
                                   const char* where) {
    const std::string problem = program.arguments_of(one, before);
    Outcome outcome = problem.empty() ? program.interpret(one, before) : Outcome{before, problem};
    if (outcome.message.empty()) return outcome;
    fails(where, outcome.message);
    return std::nullopt;
  }

  /// Interpreted; with `also_compiled` held against the library.
  Results call(const Case& one, bool also_compiled) {
    tools::CallValues before;
    const std::optional<Outcome> interpreted = interpret(program_, one, before, "");
    if (!interpreted) return {};
    const Results results = results_of(program_, one, *interpreted);
    if (!also_compiled) return results;
    if (element_ != ElementType::f64) against_exact(one, results);
    const Outcome called = program_.call_symbolic(one, before, 1);
    if (!called.message.empty()) {
      fails(", compiled", called.message);
      return results;
    }
    for (const auto& [result, numbers] : results_of(program_, one, called))
      expect(mode_of(result), numbers, results.at(result), tolerance_of(element_),
             "compiled `" + result + "`");
    return results;
  }

  static Mode mode_of(const std::string& result) {
    if (result == "dy") return forward;
    return result == "fr" || result == "rf" || result.ends_with("rr") ? second_order : reverse;
  }

  /// The same numbers in f64: all types hold the arguments.
  void against_exact(const Case& one, const Results& results) {
    tools::CallValues before;
    const std::optional<Outcome> outcome = interpret(exact_, one, before, " in f64");
    if (!outcome) return;
    const Results exact = results_of(exact_, one, *outcome);
    for (const auto& [result, numbers] : results)
      expect(one.function.starts_with("batched") ? batched : mode_of(result), numbers, exact.at(result),
             tolerance_of(element_), "`" + result + "` against f64");
  }

  Case all(int64_t m, int64_t n, const Numbers& x) const {
    const auto count = static_cast<size_t>(m * n);
    return make("all", {{"x", {{m, n}, x, 1}},
                        {"v", {{m, n}, directions(count, 3), 1}},
                        {"u", {{m, n}, directions(count, 4), 1}},
                        {"c", {{n}, directions(static_cast<size_t>(n), 5), 1}}});
  }

  /// The modes against each other, at the same point.
  void at_size(int64_t m, int64_t n) {
    const auto count = static_cast<size_t>(m * n);
    const Numbers v = directions(count, 3), u = directions(count, 4),
                  c = directions(static_cast<size_t>(n), 5);
    const double tolerance = tolerance_of(element_);
    Results r = call(all(m, n, points(row_, count, 1)), true);
    if (r.empty()) return;
    const std::string at = fmt::format(" at M = {}, N = {}", m, n);
    expect(reverse, r["again"], r["g"], tolerance, "the gradient under `checkpoint`" + at);
    if (second_under_checkpoint(element_))
      expect(second_order, r["again_rr"], r["rr"], tolerance,
             "the second derivative under `checkpoint`" + at);
    if (!row_.has_forward) return;
    expect(reverse, {dot(r["g"], v)}, {dot(c, r["dy"])}, tolerance, "reverse against forward" + at);
    expect(second_order, r["rf"], r["fr"], tolerance,
           "reverse over forward against forward over reverse" + at);
    expect(second_order, {dot(r["rr"], v)}, {dot(r["fr"], u)}, tolerance,
           "symmetry of second derivatives" + at);
  }

  void in_batches(int64_t b, int64_t m, int64_t n) {
    const auto points_each = static_cast<size_t>(m * n);
    Numbers x, c, loop;
    for (int64_t k = 0; k < b; ++k) {
      const Numbers one = points(row_, points_each, static_cast<unsigned>(k) + 1);
      x.insert(x.end(), one.begin(), one.end());
      const Numbers seed = directions(static_cast<size_t>(n), 5);
      c.insert(c.end(), seed.begin(), seed.end());
      const Numbers g = call(all(m, n, one), false)["g"];
      loop.insert(loop.end(), g.begin(), g.end());
    }
    Results r = call(make("batched", {{"x", {{b, m, n}, x, 1}}, {"c", {{b, n}, c, 1}}}), true);
    expect(batched, r["g"], loop, tolerance_of(element_), fmt::format("a batch of {} against a loop", b));
  }

  /// First and second derivatives against central differences of values and gradients.
  void against_differences(int64_t m, int64_t n) {
    const auto count = static_cast<size_t>(m * n);
    const double step = 1e-5;
    const Numbers x = points(row_, count, 1), v = directions(count, 3),
                  c = directions(static_cast<size_t>(n), 5);
    const auto moved = [&](double by) {
      Numbers result = x;
      for (size_t i = 0; i < result.size(); ++i) result[i] += by * v[i];
      return call(all(m, n, result), false);
    };
    Results here = call(all(m, n, x), false), above = moved(step), below = moved(-step);
    if (here.empty() || above.empty() || below.empty()) return;
    const auto difference = [&](const std::string& result) {
      Numbers numbers = above[result];
      for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = (numbers[i] - below[result][i]) / (2 * step);
      return numbers;
    };
    const std::string at = fmt::format(" against differences at M = {}, N = {}", m, n);
    expect(reverse, {dot(here["g"], v)}, {dot(c, difference("y"))}, 1e-6, "the gradient" + at);
    expect(second_order, {dot(here["rr"], v)}, {dot(directions(count, 4), difference("g"))}, 1e-6,
           "reverse over reverse" + at);
    if (!row_.has_forward) return;
    expect(forward, here["dy"], difference("y"), 1e-6, "forward" + at);
    expect(second_order, here["fr"], difference("g"), 1e-6, "forward over reverse" + at);
  }

  const Program& program_;
  const Program& exact_;
  const Row& row_;
  std::string name_;
  ElementType element_;
  Found& found_;
};

/// Made once.
const Program& program_for(ElementType element) {
  static std::map<ElementType, std::unique_ptr<Program>> known;
  std::unique_ptr<Program>& place = known[element];
  if (!place) {
    const std::filesystem::path file =
        std::filesystem::path(testing::TempDir()) / fmt::format("derivatives_{}.model", name_of(element));
    std::ofstream(file) << program_text(rows(), element);
    place = std::make_unique<Program>(file);
    EXPECT_EQ(place->problem(), "");
  }
  return *place;
}

std::vector<Found> find(ElementType element) {
  const std::vector<Row> all = rows();
  std::vector<Found> found(all.size());
  const Program &program = program_for(element), &exact = program_for(ElementType::f64);
  if (!program.problem().empty() || !exact.problem().empty()) return found;
  for (size_t number = 0; number < all.size(); ++number)
    RowRun(program, exact, all[number], number, element, found[number]).run();
  return found;
}

}  // namespace

std::vector<ElementType> element_types() {
  return {ElementType::f64, ElementType::f32, ElementType::f16, ElementType::bf16};
}

const std::vector<Found>& found_for(ElementType element) {
  static std::map<ElementType, std::vector<Found>> known;
  const auto [place, is_new] = known.try_emplace(element);
  if (is_new) place->second = find(element);
  return place->second;
}

}  // namespace kiln::derivatives
