#include "graph/reducer.h"

#include <array>
#include <cmath>

namespace kiln::graph {
namespace {

using R = Reducer;
using F = ScalarFunction;

constexpr std::array<ReducerRow, 10> table = {{
    {R::assign, "assign", {}, false},
    {R::sum, "sum", F::add, false},
    {R::product, "prod", F::multiply, false},
    {R::minimum, "min", F::minimum, false},
    {R::maximum, "max", F::maximum, false},
    {R::any, "any", F::logical_or, false},
    {R::all, "all", F::logical_and, false},
    {R::argmax, "argmax", {}, true},
    {R::argmin, "argmin", {}, true},
    {R::last, "last", {}, false},
}};

constexpr bool rows_stand_in_order() {
  for (size_t i = 0; i < table.size(); ++i)
    if (table[i].reducer != static_cast<R>(i)) return false;
  return true;
}
static_assert(rows_stand_in_order(), "the table follows the order of Reducer");

}  // namespace

const ReducerRow& row_of(Reducer reducer) { return table[static_cast<size_t>(reducer)]; }

std::optional<Reducer> reducer_named(std::string_view name) {
  for (const ReducerRow& row : table)
    if (row.name == name) return row.reducer;
  return std::nullopt;
}

ElementType reduced_type(Reducer reducer, ElementType body) {
  return row_of(reducer).reports_index ? ElementType::i32 : body;
}

Scalar neutral_element(Reducer reducer, ElementType body) {
  switch (reducer) {
    case R::product: return convert(Scalar::of_integer(1), ElementType::i64, body);
    case R::minimum: return highest_of(body);
    case R::maximum: return lowest_of(body);
    case R::all: return Scalar::of_integer(1);
    case R::argmax:
    case R::argmin: return Scalar::of_integer(-1);
    case R::assign:
    case R::sum:
    case R::any:
    case R::last: break;
  }
  return Scalar{};
}

bool beats(Reducer reducer, ElementType body, Scalar candidate, Scalar best) {
  if (is_float(body) && std::isnan(best.real)) return false;
  if (is_float(body) && std::isnan(candidate.real)) return true;
  const Scalar operands[2] = {reducer == R::argmax ? best : candidate,
                              reducer == R::argmax ? candidate : best};
  return evaluate(F::less, body, operands).integer != 0;
}

}  // namespace kiln::graph
