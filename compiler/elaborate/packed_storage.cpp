#include <algorithm>

#include "elaborate/elaborator.h"

/// How ragged values lie in memory: a ragged axis and that of its rows are one, on which the rows lie one
/// after the other, row b from `offsets[b]` on; `rows[p]` is the row of place p.
namespace kiln::elaborate {

using dim::Dim;
using graph::DerivedDim;
using graph::ExprId;
using graph::ValueId;

namespace {

graph::Index index_of(const Dim& extent, const char* name) { return {extent, name}; }

}  // namespace

/// offsets[b], the places before row b; rows[p], the row of place p; for lengths that are the product of
/// these tensors. Made where the function begins, once.
uint32_t Elaborator::table_of(const std::vector<ValueId>& lengths, const std::vector<std::string>& names) {
  for (uint32_t i = 0; i < tables_.size(); ++i)
    if (tables_[i].lengths == lengths) return i;
  graph::Function& function = regions_[0]->function;
  graph::Expressions& pool = function.expressions;
  graph::Builder make(function);
  const Dim rows = function.type_of(lengths[0]).shape[0];
  const auto call = [&](ScalarFunction scalar, ExprId a, ExprId b) { return pool.call(scalar, {a, b}); };
  const auto i32 = [&](ExprId expr) { return pool.convert(expr, ElementType::i32); };
  const auto i64 = [&](ExprId expr) { return pool.convert(expr, ElementType::i64); };
  const auto length_at = [&](ExprId row) {
    ExprId product;
    for (const ValueId value : lengths) {
      const ExprId length = pool.read(value, function.type_of(value).element, {row});
      product = product.valid() ? call(ScalarFunction::multiply, product, length) : length;
    }
    return product;
  };

  Table table;
  table.lengths = lengths;
  std::vector<uint32_t> inputs;
  for (const ValueId value : lengths)
    if (const auto input = input_of(value)) inputs.push_back(*input);
  Dim longest;
  if (inputs.size() == lengths.size()) {
    table.total = derived(DerivedDim::Kind::total, inputs, names);
    longest = derived(DerivedDim::Kind::longest, inputs, names);
  } else {
    std::vector<int64_t> product;
    for (const ValueId value : lengths) {
      const std::vector<int64_t> numbers = constant_of(value).value_or(std::vector<int64_t>{});
      if (product.empty()) product.assign(numbers.size(), 1);
      for (size_t i = 0; i < product.size(); ++i) product[i] *= std::max<int64_t>(numbers[i], 0);
    }
    int64_t total = 0, greatest = 0;
    for (const int64_t length : product) {
      total += length;
      greatest = std::max(greatest, length);
    }
    table.total = total;
    longest = greatest;
  }

  // The sums of whole runs of rows, then for each row those before it: no scan over all.
  constexpr int64_t run = 64;
  graph::Compute runs;
  runs.domain = {index_of(rows / run, "c"), index_of(run, "j")};
  runs.write = {pool.index(0)};
  runs.reducer = graph::Reducer::sum;
  runs.body = length_at(call(
      ScalarFunction::add, call(ScalarFunction::multiply, pool.integer(run), pool.index(0)), pool.index(1)));
  const ValueId run_sums = make.compute(std::move(runs), {rows / run}, "length_runs");
  graph::Compute before;
  before.domain = {index_of(rows, "b"), index_of(rows / run, "c")};
  before.write = {pool.index(0)};
  before.reducer = graph::Reducer::sum;
  before.guard = {call(ScalarFunction::less, pool.index(1),
                       call(ScalarFunction::quotient, pool.index(0), pool.integer(run)))};
  before.body = pool.read(run_sums, ElementType::i32, {pool.index(1)});
  const ValueId whole_runs = make.compute(std::move(before), {rows}, "runs_before");
  graph::Compute rest;
  rest.domain = {index_of(rows, "b"), index_of(run, "j")};
  rest.write = {pool.index(0)};
  rest.reducer = graph::Reducer::sum;
  const ExprId first = call(ScalarFunction::multiply, pool.integer(run),
                            call(ScalarFunction::quotient, pool.index(0), pool.integer(run)));
  const ExprId row = call(ScalarFunction::add, first, pool.index(1));
  rest.guard = {call(ScalarFunction::less, row, pool.index(0))};
  rest.body = length_at(row);
  const ValueId rest_of_run = make.compute(std::move(rest), {rows}, "rows_before");
  table.offsets = make.map({rows},
                           call(ScalarFunction::add, pool.read(whole_runs, ElementType::i32, {pool.index(0)}),
                                pool.read(rest_of_run, ElementType::i32, {pool.index(0)})),
                           names[0] + "_offsets");
  function.values[table.offsets.number].range = graph::ElementRange{0, table.total + 1};

  graph::Compute places;
  places.domain = {index_of(rows, "b"), index_of(longest, "t")};
  places.guard = {call(ScalarFunction::less, pool.index(1), i64(length_at(pool.index(0))))};
  places.write = {call(ScalarFunction::add, i64(pool.read(table.offsets, ElementType::i32, {pool.index(0)})),
                       pool.index(1))};
  places.reducer = graph::Reducer::last;
  places.body = i32(pool.index(0));
  table.rows = make.compute(std::move(places), {table.total}, names[0] + "_rows");
  function.values[table.rows.number].range = graph::ElementRange{0, rows};
  tables_.push_back(std::move(table));
  return static_cast<uint32_t>(tables_.size()) - 1;
}

/// An element of a table, in the expressions of the innermost region.
ExprId Elaborator::table_entry(ValueId table, ExprId place) {
  LeafValue leaf;
  leaf.element = ElementType::i32;
  leaf.variables = {table_variable()};
  graph::Expressions& pool = regions_[0]->function.expressions;
  leaf.body = pool.read(table, ElementType::i32, {pool.index(leaf.variables[0])});
  return expressions().convert(at(leaf, {place}), ElementType::i64);
}

/// A variable that stands in for the place in a table; never in a domain.
uint32_t Elaborator::table_variable() {
  if (!table_variable_) {
    variables_.push_back({Dim(1), "", std::nullopt, std::nullopt});
    table_variable_ = static_cast<uint32_t>(variables_.size()) - 1;
  }
  return *table_variable_;
}

/// How a value over these variables lies in memory: one ragged axis with that of its rows as one packed axis;
/// otherwise, and if `is_padded`, each axis to its bound.
Elaborator::Storage Elaborator::storage_of(const Variables& variables, bool is_padded) const {
  std::optional<uint32_t> ragged;
  for (const uint32_t variable : variables) {
    if (!variables_[variable].limit) continue;
    is_padded = is_padded || ragged || !variables_[variable].rows;
    ragged = variable;
  }
  Storage storage;
  if (!ragged || is_padded) {
    for (const uint32_t variable : variables) storage.push_back({variable, std::nullopt});
    return storage;
  }
  const uint32_t row = variables_[*ragged].rows->row;
  const bool has_rows = std::find(variables.begin(), variables.end(), row) != variables.end();
  for (const uint32_t variable : variables) {
    if (has_rows && variable == *ragged) continue;
    storage.push_back({variable, has_rows && variable == row ? ragged : std::nullopt});
  }
  return storage;
}

std::vector<Dim> Elaborator::shape_of(const Storage& storage) const {
  std::vector<Dim> shape;
  for (const StorageAxis& axis : storage)
    shape.push_back(axis.packed ? tables_[variables_[*axis.packed].rows->table].total
                                : variables_[axis.variable].extent);
  return shape;
}

/// Where a point lies.
std::vector<ExprId> Elaborator::places_in(const Storage& storage, const std::map<uint32_t, ExprId>& values) {
  const auto value_of = [&](uint32_t variable) {
    const auto found = values.find(variable);
    return found == values.end() ? expressions().index(variable) : found->second;
  };
  std::vector<ExprId> places;
  for (const StorageAxis& axis : storage) {
    ExprId place = value_of(axis.variable);
    if (axis.packed) {
      const Table& table = tables_[variables_[*axis.packed].rows->table];
      const ValueId offsets = table.offsets;
      place = expressions().call(ScalarFunction::add, {table_entry(offsets, place), value_of(*axis.packed)});
    }
    places.push_back(place);
  }
  return places;
}

/// The point at a place of a packed axis: its row, and where in the row.
std::pair<ExprId, ExprId> Elaborator::point_at(uint32_t table, ExprId place) {
  const ValueId rows = tables_[table].rows, offsets = tables_[table].offsets;
  const ExprId row = table_entry(rows, place);
  return {row, expressions().call(ScalarFunction::subtract, {place, table_entry(offsets, row)})};
}

}  // namespace kiln::elaborate
