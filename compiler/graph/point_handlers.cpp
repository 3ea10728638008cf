#include <array>
#include <cstring>
#include <functional>

#include <fmt/format.h>

#include "base/internal_check.h"
#include "graph/point_program.h"
#include "graph/reducer.h"

namespace kiln::graph {
namespace {

using I = const PointInstruction*;
using M = PointMachine&;
using Handler = PointInstruction::Handler;
using F = ScalarFunction;
using E = ElementType;

template <bool offset>
int64_t address_of(I i, M m) {
  if constexpr (offset) return m.addresses[i->address] + m.registers[i->operands[0]].integer;
  return m.addresses[i->address];
}

template <typename Element, bool offset>
I read_as(I i, M m) {
  Element element;
  std::memcpy(&element, i->data + address_of<offset>(i, m) * static_cast<int64_t>(sizeof element),
              sizeof element);
  if constexpr (std::is_floating_point_v<Element>) {
    m.registers[i->result].real = element;
  } else {
    m.registers[i->result].integer = static_cast<int64_t>(element);
  }
  return i + 1;
}

template <bool offset>
I read_any(I i, M m) {
  m.registers[i->result] = load(i->data + address_of<offset>(i, m) * size_of(i->type), i->type);
  return i + 1;
}

I call_any(I i, M m) {
  const Scalar operands[3] = {m.registers[i->operands[0]], m.registers[i->operands[1]],
                              m.registers[i->operands[2]]};
  m.registers[i->result] = evaluate(i->function, i->type, operands, i->converted_to);
  return i + 1;
}

template <typename Real, template <typename> typename Operation>
I call_real(I i, M m) {
  const double value =
      Operation<double>()(m.registers[i->operands[0]].real, m.registers[i->operands[1]].real);
  m.registers[i->result].real = static_cast<Real>(value);
  return i + 1;
}

template <template <typename> typename Operation>
I call_integer(I i, M m) {
  const uint64_t value = Operation<uint64_t>()(static_cast<uint64_t>(m.registers[i->operands[0]].integer),
                                               static_cast<uint64_t>(m.registers[i->operands[1]].integer));
  m.registers[i->result].integer = static_cast<int64_t>(value);
  return i + 1;
}

I compare_less(I i, M m) {
  m.registers[i->result].integer = m.registers[i->operands[0]].integer < m.registers[i->operands[1]].integer;
  return i + 1;
}

/// The usual suspects, without the way through `evaluate`; they must mean the same.
struct FastCall {
  F function;
  E type;
  Handler handler;
};
constexpr std::array<FastCall, 11> fast_calls = {{
    {F::add, E::f32, call_real<float, std::plus>},
    {F::subtract, E::f32, call_real<float, std::minus>},
    {F::multiply, E::f32, call_real<float, std::multiplies>},
    {F::divide, E::f32, call_real<float, std::divides>},
    {F::add, E::f64, call_real<double, std::plus>},
    {F::subtract, E::f64, call_real<double, std::minus>},
    {F::multiply, E::f64, call_real<double, std::multiplies>},
    {F::add, E::i64, call_integer<std::plus>},
    {F::subtract, E::i64, call_integer<std::minus>},
    {F::multiply, E::i64, call_integer<std::multiplies>},
    {F::less, E::i64, compare_less},
}};

template <bool offset>
I accumulate_assign(I i, M m) {
  const int64_t cell = address_of<offset>(i, m);
  internal_check(!m.written[static_cast<size_t>(cell)], i->text);
  m.written[static_cast<size_t>(cell)] = true;
  m.cells[static_cast<size_t>(cell)] = m.registers[i->operands[1]];
  return i + 1;
}

template <bool offset>
I accumulate_last(I i, M m) {
  m.cells[static_cast<size_t>(address_of<offset>(i, m))] = m.registers[i->operands[1]];
  return i + 1;
}

/// Floats add up in f64 and are rounded when the cell is stored.
template <bool offset>
I accumulate_real_sum(I i, M m) {
  m.cells[static_cast<size_t>(address_of<offset>(i, m))].real += m.registers[i->operands[1]].real;
  return i + 1;
}

template <bool offset>
I accumulate_real_product(I i, M m) {
  m.cells[static_cast<size_t>(address_of<offset>(i, m))].real *= m.registers[i->operands[1]].real;
  return i + 1;
}

template <bool offset>
I accumulate_any(I i, M m) {
  Scalar& cell = m.cells[static_cast<size_t>(address_of<offset>(i, m))];
  const Scalar operands[2] = {cell, m.registers[i->operands[1]]};
  cell = evaluate(i->function, i->type, operands);
  return i + 1;
}

template <bool offset>
I accumulate_extreme(I i, M m) {
  const auto cell = static_cast<size_t>(address_of<offset>(i, m));
  const Scalar candidate = m.registers[i->operands[1]];
  if (m.reported[cell] < 0 || beats(i->reducer, i->type, candidate, m.cells[cell])) {
    m.cells[cell] = candidate;
    m.reported[cell] = m.registers[i->number].integer;
  }
  return i + 1;
}

template <bool offset>
Handler read_handler(E type) {
  switch (type) {
    case E::f32: return read_as<float, offset>;
    case E::f64: return read_as<double, offset>;
    case E::i32: return read_as<int32_t, offset>;
    case E::i64: return read_as<int64_t, offset>;
    case E::u8: return read_as<uint8_t, offset>;
    default: return read_any<offset>;
  }
}

template <bool offset>
Handler accumulate_handler(Reducer reducer, E type) {
  if (reducer == Reducer::assign) return accumulate_assign<offset>;
  if (reducer == Reducer::last) return accumulate_last<offset>;
  if (row_of(reducer).reports_index) return accumulate_extreme<offset>;
  if (is_float(type) && reducer == Reducer::sum) return accumulate_real_sum<offset>;
  if (is_float(type) && reducer == Reducer::product) return accumulate_real_product<offset>;
  return accumulate_any<offset>;
}

}  // namespace

void execute(const PointCode& code, PointMachine& machine) {
  for (I instruction = code.data(); instruction != nullptr;)
    instruction = instruction->run(instruction, machine);
}

namespace point_handlers {

Handler read(E type, bool offset) { return offset ? read_handler<true>(type) : read_handler<false>(type); }

Handler call(F function, E type) {
  for (const FastCall& row : fast_calls)
    if (row.function == function && row.type == type) return row.handler;
  return call_any;
}

Handler accumulate(Reducer reducer, E type, bool offset) {
  return offset ? accumulate_handler<true>(reducer, type) : accumulate_handler<false>(reducer, type);
}

Handler end() {
  return [](I, M) -> I { return nullptr; };
}

Handler move() {
  return [](I i, M m) -> I {
    m.registers[i->result] = m.registers[i->operands[0]];
    return i + 1;
  };
}

Handler jump() {
  return [](I i, M) -> I { return i + i->number; };
}

Handler jump_if_false() {
  return [](I i, M m) -> I { return m.registers[i->operands[0]].integer == 0 ? i + i->number : i + 1; };
}

Handler jump_if_true() {
  return [](I i, M m) -> I { return m.registers[i->operands[0]].integer != 0 ? i + i->number : i + 1; };
}

Handler exclude_if_false() {
  return [](I i, M m) -> I {
    m.excluded = m.registers[i->operands[0]].integer == 0;
    return m.excluded ? nullptr : i + 1;
  };
}

Handler subroutine() {
  return [](I i, M m) -> I {
    uint64_t& remembered = m.remembered[static_cast<size_t>(i->number)];
    if (remembered != m.run) execute(m.program->codes[static_cast<size_t>(i->number)], m);
    remembered = m.run;
    return i + 1;
  };
}

Handler check_inside() {
  return [](I i, M m) -> I {
    const int64_t subscript = m.registers[i->operands[0]].integer;
    if (subscript < 0 || subscript >= i->number)
      internal_error(fmt::format("{} has extent {}, index {}", i->text, i->number, subscript));
    return i + 1;
  };
}

Handler extend_offset() {
  return [](I i, M m) -> I {
    const auto stride = static_cast<uint64_t>(i->number);
    const auto subscript = static_cast<uint64_t>(m.registers[i->operands[1]].integer);
    m.registers[i->result].integer =
        static_cast<int64_t>(static_cast<uint64_t>(m.registers[i->operands[0]].integer) + subscript * stride);
    return i + 1;
  };
}

Handler fail() {
  return [](I i, M) -> I { internal_error(i->text); };
}

}  // namespace point_handlers
}  // namespace kiln::graph
