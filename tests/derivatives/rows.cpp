#include "rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "base/scalar_function.h"
#include "graph/reducer.h"

namespace kiln::derivatives {
namespace {

using F = ScalarFunction;
using graph::Reducer;

/// Where a function is tried that is not tried in -1.5..1.5.
struct Range {
  F function;
  double low, high;
};
constexpr Range ranges[] = {
    {F::log, 0.3, 3},        {F::log2, 0.3, 3},   {F::log10, 0.3, 3},   {F::log1p, -0.5, 3},
    {F::sqrt, 0.3, 3},       {F::rsqrt, 0.3, 3},  {F::asin, -0.8, 0.8}, {F::acos, -0.8, 0.8},
    {F::pow, 0.3, 3},        {F::tan, -1.2, 1.2}, {F::atan2, 0.4, 2},   {F::divide, 0.4, 2},
    {F::reciprocal, 0.4, 2},
};

/// How the functions are written that are no names of the prelude. `a` and `b` are floats.
struct Written {
  F function;
  const char* text;
};
constexpr Written written[] = {
    {F::add, "a + b"},
    {F::subtract, "a - b"},
    {F::multiply, "a * b"},
    {F::divide, "a / b"},
    {F::negate, "-a * b"},
    {F::select, "if a < b { a * b } else { a * a }"},
    {F::convert, "T(sin(f64(a)) * f64(b))"},
};

struct Discrete {
  F function;
  const char* reason;
};
constexpr const char* integers = "of integers";
constexpr const char* decision = "gives a bool";
constexpr Discrete discrete[] = {
    {F::quotient, integers},    {F::remainder, integers},   {F::shift_left, integers},
    {F::shift_right, integers}, {F::bit_and, integers},     {F::bit_or, integers},
    {F::bit_xor, integers},     {F::bit_not, integers},     {F::random_bits, integers},
    {F::equal, decision},       {F::not_equal, decision},   {F::less, decision},
    {F::less_equal, decision},  {F::logical_and, decision}, {F::logical_or, decision},
    {F::logical_not, decision}, {F::is_nan, decision},      {F::is_inf, decision},
};

struct ReducerText {
  Reducer reducer;
  const char* body;  // empty: see `reason`
  const char* reason;
};
constexpr ReducerText reducers[] = {
    {Reducer::assign, "= for[i: N] x[0, i] * x[1, i]", ""},
    {Reducer::sum, "= for[i: N] sum[k: M] x[k, i] * x[k, i] * x[M - 1 - k, i]", ""},
    {Reducer::product, "= for[i: N] prod[k: M, j: N] sin(x[k, j] + x[k, i])", ""},
    {Reducer::minimum, "= for[i: N] min[k: M] sin(x[k, i])", ""},
    {Reducer::maximum, "= for[i: N] max[k: M] (x[k, i] * x[k, i])", ""},
    {Reducer::any, "", decision},
    {Reducer::all, "", decision},
    {Reducer::argmax, "", "gives a place"},
    {Reducer::argmin, "", "gives a place"},
    {Reducer::last, "{\n  var z: T[N] = 0\n  z[i * i % N] = x[0, i] * x[1, i]\n  y = z\n}", ""},
};

std::optional<std::string> text_of(F function) {
  for (const Written& row : written)
    if (row.function == function) return row.text;
  const ScalarFunctionRow& row = row_of(function);
  if (!row.callable) return std::nullopt;
  return std::string(row.name) + (row.arity == 2 ? "(a, b)" : "(a) * b");
}

const Discrete* discrete_row(F function) {
  const auto* found = std::find_if(std::begin(discrete), std::end(discrete),
                                   [&](const Discrete& row) { return row.function == function; });
  return found == std::end(discrete) ? nullptr : found;
}

/// Constructs that are no single function of a table.
std::vector<Row> constructs() {
  const std::string group = "Constructs";
  const auto loop = [](const std::string& head, const std::string& body) {
    return "{\n  var h: T[N] = for[i: N] x[0, i]\n  " + head + " { h = for[i: N] " + body + " }\n  y = h\n}";
  };
  const std::string round = "sin(h[i]) * x[1, i]";
  return {
      {"contraction", group, "= for[i: N] sum[j: N] x[0, j] * sin(x[1, i] * x[0, i])"},
      {"gather", group, "= for[i: N] x[0, i * i % N] * x[1, i]"},
      {"scatter (`+=`)", group, "{\n  var z: T[N] = 0\n  z[i * i % N] += x[0, i] * x[1, i]\n  y = z\n}"},
      {"padding (`else`)", group, "= for[i: N] x[0, i - 1 else 0] * x[1, i + 1 else 0]"},
      {"filter (`where`)", group, "= for[i: N] sum[k: N where k <= i] x[0, k] * x[1, k]"},
      {"strides and splits", group,
       "{\n  let z[(i: N, k: 2)] = x[k, i] * x[0, i]\n  y[i] = z[2 * i] * z[2 * i + 1]\n}"},
      {"joined and split axes", group,
       "{\n  let z[(k, i)] = x[k, i] * x[0, i]\n  y[i] = sum[k: M] z[(k, i: N)] * x[M - 1 - k, i]\n}"},
      {"windows", group, "= for[i: N] sum[k: 3] x[0, 2 * i + k - 2 else 0] * x[1, k else 0]"},
      {"diagonals", group, "{\n  let z[i, j] = x[0, i] * x[1, j]\n  y[i] = z[i, i] * z[N - 1 - i, i]\n}"},
      {"assignment at places (`=`)", group,
       "{\n  var z = x[0]\n  z[i / 2] = x[0, i] * x[1, i]\n  y = z * x[1]\n}"},
      {"read at an `argmax`", group,
       "{\n  let at[i: N] = argmax[k: M] x[k, i]\n  y[i] = x[at[i], i] * x[0, i]\n}"},
      {"`prod` with zeros", group,
       "= for[i: N] prod[k: M] (if k <= i % 3 { x[k, i] - x[k, i] } else { x[k, i] * x[0, i] })"},
      {"`max` of equals", group, "= for[i: N] (max[k: 2 * M] (x[k % M, i] * x[k % M, i])) * x[0, i]"},
      {"slices", group, "= x[0] * x[1] * x[0]"},
      {"mean", group, "= for[i: N] mean[k: M] (x[k, i] * x[k, i])"},
      {"`sort`", group, "{\n  let (v, _) = sort(x[0])\n  y[i] = v[i] * x[1, i]\n}"},
      {"`top_k`", group, "{\n  let (v, _) = top_k(x[:, 0], 2)\n  y[i] = v[0] * v[1] * x[1, i]\n}"},
      {"`cumsum`", group, "{\n  let z = cumsum(x[0])\n  y[i] = z[i] * x[1, i]\n}"},
      {"`scan`", group, "{\n  let z = scan(fn(p, q) = p * q, x[0])\n  y[i] = z[i] * x[1, i]\n}"},
      {"`if`", group, "= for[i: N] if x[0, i] > 0.25 { x[0, i] * x[1, i] } else { sin(x[1, i]) }"},
      {"`for` over a dim", group, loop("for t in 0..N", round)},
      {"`for` over data", group, loop("for t in 0..i32(x[0, 0] > 5) + 3 max 4", round)},
      {"`while` with `max`", group,
       "{\n  var k: i32 = 0\n  var h: T[N] = for[i: N] x[0, i]\n  while k < 3 max 5 {\n"
       "    h = for[i: N] " +
           round + "\n    k += 1\n  }\n  y = h\n}"},
      {"`checkpoint`", group, loop("for t in 0..N", "checkpoint { " + round + " }")},
      {"`stop_gradient`", group, "= for[i: N] stop_gradient(floor(x[0, i])) * x[1, i] * x[1, i]"},
      {"a `derivative of` rule", group, "= for[i: N] NAME_ruled(x[0, i], x[1, i])", -1.5, 1.5, true,
       "fn NAME_ruled(a: T, b: T) -> T = exp(a) * sin(b)\n"
       "derivative of NAME_ruled(a: da, b: db) = exp(a) * (sin(b) * da + cos(b) * db)\n"},
      {"an `adjoint of` rule", group, "= for[i: N] NAME_ruled(x[0, i], x[1, i])", -1.5, 1.5, false,
       "fn NAME_ruled(a: T, b: T) -> T = exp(a) * sin(b)\n"
       "adjoint of NAME_ruled(a, b) -> y: dy { return (y * dy, exp(a) * cos(b) * dy) }\n"},
  };
}

}  // namespace

std::vector<Row> rows() {
  std::vector<Row> result;
  for (int number = 0; number < scalar_function_count; ++number) {
    const F function = static_cast<F>(number);
    const std::optional<std::string> text = text_of(function);
    if (!text || discrete_row(function) != nullptr) continue;
    Row row;
    row.name = fmt::format("`{}`", name_of(function));
    row.group = "Scalar functions";
    row.before = "fn NAME_scalar(a: T, b: T) -> T = " + *text + "\n";
    row.body = "= for[i: N] NAME_scalar(x[0, i], x[1, i])";
    for (const Range& range : ranges)
      if (range.function == function) std::tie(row.low, row.high) = std::pair(range.low, range.high);
    result.push_back(std::move(row));
  }
  for (const ReducerText& reducer : reducers)
    if (*reducer.body != 0)
      result.push_back({fmt::format("`{}`", graph::name_of(reducer.reducer)), "Reducers", reducer.body});
  for (Row& row : constructs()) {
    const bool reads_always = row.name == "`top_k`" || row.name == "`for` over data";
    row.least_n = reads_always ? 1 : 0;
    result.push_back(std::move(row));
  }
  return result;
}

std::vector<Exception> exceptions() {
  std::vector<Exception> result;
  for (const Discrete& row : discrete)
    result.push_back({fmt::format("`{}`", name_of(row.function)), row.reason});
  for (const ReducerText& reducer : reducers)
    if (*reducer.body == 0)
      result.push_back({fmt::format("`{}` (reducer)", graph::name_of(reducer.reducer)), reducer.reason});
  return result;
}

std::vector<std::string> forgotten() {
  std::vector<std::string> result;
  for (int number = 0; number < scalar_function_count; ++number) {
    const F function = static_cast<F>(number);
    if (!text_of(function) && discrete_row(function) == nullptr) result.emplace_back(name_of(function));
  }
  for (int number = 0; number <= static_cast<int>(Reducer::last); ++number) {
    const auto reducer = static_cast<Reducer>(number);
    if (std::none_of(std::begin(reducers), std::end(reducers),
                     [&](const ReducerText& row) { return row.reducer == reducer; }))
      result.emplace_back(graph::name_of(reducer));
  }
  return result;
}

}  // namespace kiln::derivatives
