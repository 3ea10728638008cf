#include <algorithm>

#include "base/internal_check.h"
#include "elaborate/elaborator.h"
#include "sema/type.h"

/// Axes whose extent is data (docs/decisions/ragged.md). The variable of such an axis runs to a bound that
/// the call knows (the longest row), and its limit says where a row ends. In memory the axis and that of its
/// rows are one: the rows lie one after the other, row b from `offsets[b]` on, and `rows[p]` is the row of
/// place p.
namespace kiln::elaborate {

using dim::Dim;
using graph::DerivedDim;
using graph::ExprId;
using graph::ExprKind;
using graph::ValueId;

bool holds_data(const Dim& value) {
  for (const std::string& symbol : value.symbols())
    if (symbol.find_first_of("#$") != std::string::npos) return true;
  return false;
}

namespace {

bool is_reference(const std::string& symbol) { return symbol.front() == '$'; }
size_t distance_of(const std::string& reference) { return std::stoul(reference.substr(1)); }

}  // namespace

/// The input or constant of the function whose elements a leaf is, if it is nothing else.
std::optional<ValueId> Elaborator::root_of(const LeafValue& leaf) {
  if (leaf.region != 0) return std::nullopt;
  const graph::Function& function = regions_[0]->function;
  const graph::Expr& expr = function.expressions[leaf.body];
  if (expr.kind != ExprKind::read || expr.operands.size() != leaf.variables.size()) return std::nullopt;
  for (size_t axis = 0; axis < expr.operands.size(); ++axis) {
    const graph::Expr& at_axis = function.expressions[expr.operands[axis]];
    if (at_axis.kind != ExprKind::index || at_axis.index != leaf.variables[axis]) return std::nullopt;
  }
  const graph::Node& node = function.node_of(expr.value);
  const bool is_root =
      std::holds_alternative<graph::Input>(node.op) || std::holds_alternative<graph::Constant>(node.op);
  return is_root ? std::optional(expr.value) : std::nullopt;
}

std::optional<uint32_t> Elaborator::input_of(ValueId root) const {
  if (regions_[0]->function.type_of(root).element != ElementType::i32) return std::nullopt;  // no length
  const auto& inputs = regions_[0]->function.inputs;
  const auto found = std::find(inputs.begin(), inputs.end(), root);
  if (found == inputs.end()) return std::nullopt;
  return static_cast<uint32_t>(found - inputs.begin());
}

const std::string& Elaborator::name_of_input(uint32_t position) const {
  const graph::Function& function = regions_[0]->function;
  return function[function.inputs[position]].name;
}

/// A dim that the call computes from integers among its arguments.
Dim Elaborator::derived(DerivedDim::Kind kind, const std::vector<uint32_t>& inputs,
                        const std::vector<std::string>& names) {
  graph::Function& function = regions_[0]->function;
  for (const DerivedDim& known : function.derived)
    if (known.kind == kind && known.inputs == inputs) return Dim::symbol(known.dim);
  std::string name;
  for (const std::string& part : names) name += (name.empty() ? "" : "_") + part;
  std::replace(name.begin(), name.end(), '.', '_');
  if (kind == DerivedDim::Kind::total) name += "_total";
  if (kind == DerivedDim::Kind::longest) name += "_longest";
  while (std::find(function.dims.begin(), function.dims.end(), name) != function.dims.end()) name += "_";
  function.derived.push_back({name, kind, inputs});
  for (auto& region : regions_) region->function.dims.push_back(name);
  return Dim::symbol(name);
}

/// The numbers of a constant, if the leaf is one.
std::optional<std::vector<int64_t>> Elaborator::constant_of(ValueId root) const {
  const graph::Function& function = regions_[0]->function;
  const auto* constant = std::get_if<graph::Constant>(&function.node_of(root).op);
  if (constant == nullptr) return std::nullopt;
  const ElementType element = function.type_of(root).element;
  const auto size = static_cast<size_t>(size_of(element));
  std::vector<int64_t> numbers;
  for (size_t at = 0; at + size <= constant->data.size(); at += size)
    numbers.push_back(load(constant->data.data() + at, element).integer);
  return numbers;
}

/// An extent with what the call knows of it as dims: integers among the arguments, numbers.
Dim Elaborator::graph_dim(const Dim& extent) {
  std::map<std::string, Dim> values;
  // `min(k, N)`: what stands in it may be negative, as no dim is.
  for (const Dim::Term& term : extent.terms())
    for (const Dim::Atom& atom : term.factors)
      if (atom.kind == Dim::AtomKind::minimum || atom.kind == Dim::AtomKind::maximum) return extent;
  for (const std::string& symbol : extent.symbols()) {
    const auto found = symbols_.find(symbol);
    if (found == symbols_.end() || !found->second.shape.empty()) continue;
    if (const auto input = inputs_of_symbols_.find(symbol); input != inputs_of_symbols_.end()) {
      values.emplace(symbol,
                     derived(DerivedDim::Kind::value, {input->second.position}, {input->second.name}));
      continue;
    }
    if (const auto root = root_of(found->second)) {  // an argument, handed on under another name
      if (const auto input = input_of(*root)) {
        values.emplace(symbol, derived(DerivedDim::Kind::value, {*input}, {name_of_input(*input)}));
        continue;
      }
    }
    if (found->second.region != 0) continue;
    const graph::Expr* expr = &regions_[0]->function.expressions[found->second.body];
    while (expr->kind == ExprKind::call && expr->function == ScalarFunction::convert)
      expr = &regions_[0]->function.expressions[expr->operands[0]];
    if (expr->kind == ExprKind::literal && is_integer(expr->type))
      values.emplace(symbol, expr->literal.integer);
  }
  return values.empty() ? extent : extent.substitute(values);
}

/// Does something as if the regions within this one were not at work.
void Elaborator::in_region(uint32_t region, const std::function<void()>& work) {
  std::vector<std::unique_ptr<Region>> inner;
  while (depth() > region) {
    inner.push_back(std::move(regions_.back()));
    regions_.pop_back();
  }
  work();
  for (; !inner.empty(); inner.pop_back()) {
    std::vector<std::string>& dims = inner.back()->function.dims;
    for (const DerivedDim& derived : regions_.front()->function.derived)  // it may have made new ones
      if (std::find(dims.begin(), dims.end(), derived.dim) == dims.end()) dims.push_back(derived.dim);
    regions_.push_back(std::move(inner.back()));
  }
}

/// The index that a leaf of rank 0 is, if it is nothing else.
std::optional<uint32_t> Elaborator::index_in(const LeafValue& leaf) const {
  if (!leaf.variables.empty()) return std::nullopt;
  internal_check(leaf.region <= depth(),
                 "elaborate: an extent of a differentiated block is used outside of it");
  const graph::Expr& expr = regions_[leaf.region]->function.expressions[leaf.body];
  return expr.kind == ExprKind::index ? std::optional(expr.index) : std::nullopt;
}

/// The outermost region where an extent can be said: limits outlive the blocks in which they are made.
uint32_t Elaborator::region_of(const Dim& value) const {
  uint32_t region = 0;
  for (const std::string& symbol : value.symbols()) {
    const auto element = elements_->find(symbol);
    const auto found = symbols_.find(element == elements_->end() ? symbol : element->second.family);
    if (found != symbols_.end() && found->second.body.valid() && !index_in(found->second))
      region = std::max(region, found->second.region);
    if (element == elements_->end()) continue;
    for (const Dim& subscript : element->second.subscripts) region = std::max(region, region_of(subscript));
  }
  return region;
}

ExprId Elaborator::data_of_symbol(const std::string& symbol, const Variables& before) {
  if (is_reference(symbol)) return expressions().index(before[before.size() - distance_of(symbol)]);
  if (const auto element = elements_->find(symbol); element != elements_->end()) {
    const auto family = symbols_.find(element->second.family);
    internal_check(family != symbols_.end(), "elaborate: the lengths " + symbol + " are not known");
    std::vector<ExprId> subscripts;
    for (const Dim& subscript : element->second.subscripts) subscripts.push_back(data_of(subscript, before));
    return expressions().convert(at(family->second, subscripts), ElementType::i64);
  }
  if (const auto found = symbols_.find(symbol); found != symbols_.end()) {
    if (const auto index = index_in(found->second)) return expressions().index(*index);
    return expressions().convert(at(found->second, {}), ElementType::i64);
  }
  internal_check(symbol.find('#') == std::string::npos, "elaborate: the extent " + symbol + " is not known");
  return expressions().dim(Dim::symbol(symbol));
}

/// An extent as an i64 expression. `before` are the variables of the axes before it, for `$1`.
ExprId Elaborator::data_of(const Dim& value, const Variables& before) {
  return data_of_terms(graph_dim(value), before);
}

ExprId Elaborator::data_of_terms(const Dim& known, const Variables& before) {
  if (!holds_data(known)) return expressions().dim(known);
  const auto call = [&](ScalarFunction function, ExprId a, ExprId b) {
    return expressions().call(function, {a, b});
  };
  const auto of_atom = [&](const Dim::Atom& atom) {
    if (atom.kind == Dim::AtomKind::symbol) return data_of_symbol(atom.symbol, before);
    ExprId result = data_of_terms(atom.operands[0], before);
    for (size_t i = 1; i < atom.operands.size(); ++i) {
      const ExprId operand = data_of_terms(atom.operands[i], before);
      result = call(atom.kind == Dim::AtomKind::quotient  ? ScalarFunction::quotient
                    : atom.kind == Dim::AtomKind::minimum ? ScalarFunction::minimum
                                                          : ScalarFunction::maximum,
                    result, operand);
    }
    return result;
  };
  ExprId sum;
  for (const Dim::Term& term : known.terms()) {
    ExprId product;
    for (const Dim::Atom& atom : term.factors) {
      const ExprId factor = of_atom(atom);
      product = product.valid() ? call(ScalarFunction::multiply, product, factor) : factor;
    }
    const ExprId coefficient = expressions().integer(term.coefficient);
    if (!product.valid())
      product = coefficient;
    else if (term.coefficient != 1)
      product = call(ScalarFunction::multiply, coefficient, product);
    sum = sum.valid() ? call(ScalarFunction::add, sum, product) : product;
  }
  return sum.valid() ? sum : expressions().integer(0);
}

namespace {

/// With each datum at its bound, or at 0 where more of it makes the whole less.
std::optional<Dim> bounded(const Dim& value,
                           const std::function<std::optional<Dim>(const std::string&)>& bound_of) {
  Dim result = 0;
  for (const Dim::Term& term : value.terms()) {
    Dim product = term.coefficient;
    bool has_data = false;
    for (const Dim::Atom& atom : term.factors) {
      if (atom.kind == Dim::AtomKind::symbol) {
        const bool is_datum = atom.symbol.find_first_of("#$") != std::string::npos;
        has_data = has_data || is_datum;
        const std::optional<Dim> bound = is_datum ? bound_of(atom.symbol) : Dim::symbol(atom.symbol);
        if (!bound) return std::nullopt;
        product = product * *bound;
        continue;
      }
      std::vector<Dim> operands;
      for (const Dim& operand : atom.operands) {
        has_data = has_data || holds_data(operand);
        const auto bound = bounded(operand, bound_of);
        if (bound)
          operands.push_back(*bound);
        else if (atom.kind != Dim::AtomKind::minimum)
          return std::nullopt;
      }
      if (operands.empty()) return std::nullopt;
      if (atom.kind == Dim::AtomKind::quotient) {
        if (holds_data(atom.operands[1])) return std::nullopt;
        product = product * (operands[0] / operands[1]);
        continue;
      }
      Dim extreme = operands[0];
      for (size_t i = 1; i < operands.size(); ++i)
        extreme = atom.kind == Dim::AtomKind::minimum ? min(extreme, operands[i]) : max(extreme, operands[i]);
      product = product * extreme;
    }
    if (has_data && term.coefficient < 0) continue;
    result = result + product;
  }
  return result;
}

}  // namespace

/// What an extent is at most, as a dim of the call.
std::optional<Dim> Elaborator::bound_of(const Dim& extent) {
  // Integers among the arguments only where nothing else bounds it: they tie the work memory to their value.
  for (const bool takes_values : {false, true}) {
    const auto bound = bounded(
        graph_dim(extent), [&](const std::string& symbol) { return bound_of_symbol(symbol, takes_values); });
    if (bound) return bound;
  }
  return std::nullopt;
}

std::optional<Dim> Elaborator::bound_of_symbol(const std::string& symbol, bool takes_values) {
  if (const auto found = bounds_->find(symbol); found != bounds_->end()) return found->second;
  if (is_reference(symbol)) return std::nullopt;
  const auto element = elements_->find(symbol);
  if (element == elements_->end()) {
    const auto scalar = symbols_.find(symbol);
    if (!takes_values || scalar == symbols_.end() || !scalar->second.shape.empty()) return std::nullopt;
    const auto argument = inputs_of_symbols_.find(symbol);
    if (argument != inputs_of_symbols_.end())
      return derived(DerivedDim::Kind::value, {argument->second.position}, {argument->second.name});
    const auto root = scalar->second.body.valid() ? root_of(scalar->second) : std::nullopt;
    const auto input = root ? input_of(*root) : std::nullopt;
    if (!input) return std::nullopt;
    return derived(DerivedDim::Kind::value, {*input}, {name_of_input(*input)});
  }
  const std::string& family = element->second.family;
  if (const auto input = inputs_of_symbols_.find(family); input != inputs_of_symbols_.end())
    return derived(DerivedDim::Kind::longest, {input->second.position}, {input->second.name});
  const auto leaf = symbols_.find(family);
  const auto root = leaf == symbols_.end() ? std::nullopt : root_of(leaf->second);
  if (const auto input = root ? input_of(*root) : std::nullopt)
    return derived(DerivedDim::Kind::longest, {*input}, {name_of_input(*input)});
  const auto numbers = root ? constant_of(*root) : std::nullopt;
  if (!numbers) return std::nullopt;
  int64_t longest = 0;
  for (const int64_t number : *numbers) longest = std::max(longest, number);
  return Dim(longest);
}

/// The rows of an axis whose extent is `lengths[b]` for the bare index b of all rows.
std::optional<Elaborator::RaggedRows> Elaborator::rows_of(const Dim& extent, const Variables& before) {
  const auto symbol = extent.bare_symbol();
  const auto element = symbol ? elements_->find(*symbol) : elements_->end();
  if (element == elements_->end() || element->second.subscripts.size() != 1) return std::nullopt;
  const auto at_row = element->second.subscripts[0].bare_symbol();
  const auto family = symbols_.find(element->second.family);
  if (!at_row || family == symbols_.end() || family->second.shape.size() != 1) return std::nullopt;
  const auto root = root_of(family->second);
  if (!root) return std::nullopt;
  const ExprId row = data_of_symbol(*at_row, before);
  if (expressions()[row].kind != ExprKind::index) return std::nullopt;
  const uint32_t variable = expressions()[row].index;
  if (variables_[variable].limit || !(variables_[variable].extent == family->second.shape[0]))
    return std::nullopt;
  return RaggedRows{table_of({*root}, {element->second.family.substr(0, element->second.family.find('#'))}),
                    variable};
}

uint32_t Elaborator::new_variable(const Dim& extent, std::string name, const Variables& before) {
  const Dim known = graph_dim(extent);
  IndexVariable variable{known, std::move(name), std::nullopt, std::nullopt};
  if (holds_data(known)) {
    const std::optional<Dim> bound = bound_of(known);
    if (!bound) {
      limit(span_, "the axis of " + sema::to_string(extent) +
                       " elements needs a bound: lengths are arguments, or an `assert` says that they are at "
                       "most a dim");
    }
    variable.extent = bound.value_or(Dim(1));
    in_region(region_of(known),
              [&] { variable.limit = scalar_leaf(data_of(known, before), ElementType::i64); });
    variable.rows = rows_of(known, before);
    if (!variable.rows) require_length(*variable.limit);
  }
  variables_.push_back(std::move(variable));
  return static_cast<uint32_t>(variables_.size()) - 1;
}

/// Lengths among the arguments are looked at before a call begins; others here.
void Elaborator::require_length(const LeafValue& length) {
  const ExprId body = at(length, {});
  if (!required_lengths_.emplace(depth(), body.number).second) return;
  check_holds(expressions().call(ScalarFunction::less_equal, {expressions().integer(0), body}),
              graph::Check::Kind::assertion, "a length is at least 0", span_);
}

Elaborator::Variables Elaborator::new_variables(const std::vector<Dim>& shape) {
  Variables result;
  for (const Dim& extent : shape) result.push_back(new_variable(extent, "", result));
  return result;
}

std::vector<Dim> Elaborator::extents_of(const Variables& variables) const {
  std::vector<Dim> shape;
  for (const uint32_t variable : variables) shape.push_back(variables_[variable].extent);
  return shape;
}

/// The extent of a variable at these values of others, as an expression.
ExprId Elaborator::extent_at(uint32_t variable, const std::map<uint32_t, ExprId>& values) {
  const IndexVariable& info = variables_[variable];
  if (!info.limit) return expressions().dim(info.extent);
  return substitute(at(*info.limit, {}), values);
}

/// That a ragged index is in its row.
ExprId Elaborator::within_limit(uint32_t variable) {
  return expressions().call(ScalarFunction::less, {expressions().index(variable), extent_at(variable, {})});
}

/// A fresh variable like another, at these values of the variables that its limit speaks of.
uint32_t Elaborator::variable_like(uint32_t like, const std::map<uint32_t, ExprId>& values) {
  IndexVariable fresh = variables_[like];
  if (fresh.limit) {
    std::map<uint32_t, uint32_t> indices;
    for (const auto& [variable, value] : values) {
      if (expressions()[value].kind == ExprKind::index) indices.emplace(variable, expressions()[value].index);
    }
    const LeafValue limit = *fresh.limit;
    if (indices.size() < values.size()) {
      fresh.limit = scalar_leaf(substitute(at(limit, {}), values), ElementType::i64);
    } else {
      in_region(limit.region, [&] {
        std::map<uint32_t, ExprId> renamed;
        for (const auto& [variable, index] : indices) renamed.emplace(variable, expressions().index(index));
        fresh.limit = scalar_leaf(substitute(limit.body, renamed), ElementType::i64);
      });
    }
  }
  if (fresh.rows) {
    if (const auto row = values.find(fresh.rows->row); row != values.end()) {
      const graph::Expr& expr = expressions()[row->second];
      if (expr.kind == ExprKind::index && !variables_[expr.index].limit &&
          variables_[expr.index].extent == variables_[fresh.rows->row].extent)
        fresh.rows->row = expr.index;
      else
        fresh.rows.reset();
    }
  }
  variables_.push_back(std::move(fresh));
  return static_cast<uint32_t>(variables_.size()) - 1;
}

/// Fresh variables like these, in order; limits speak of the fresh ones.
Elaborator::Variables Elaborator::fresh_like(const Variables& variables) {
  Variables result;
  std::map<uint32_t, ExprId> values;
  for (const uint32_t variable : variables) {
    result.push_back(variable_like(variable, values));
    values.emplace(variable, expressions().index(result.back()));
  }
  return result;
}

}  // namespace kiln::elaborate
