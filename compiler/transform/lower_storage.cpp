#include "transform/lower_storage.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "base/float_format.h"
#include "base/internal_check.h"
#include "transform/copy_function.h"

namespace kiln::transform {

using graph::Expr;
using graph::ExprId;
using graph::ExprKind;
using graph::Function;
using graph::ValueId;
using F = ScalarFunction;

namespace {

constexpr int magnitudes = 128;  // codes without a sign
constexpr int64_t sign_bit = 128;

bool is_stored_float(ElementType type) { return type == ElementType::f8e4m3 || type == ElementType::f8e5m2; }

ElementType lowered(ElementType type) {
  if (!row_of(type).storage_only) return type;
  return type == ElementType::i4 ? ElementType::i8 : ElementType::u8;
}

/// The last code of a number or infinity: what is rounded beyond it is NaN.
int64_t last_number(ElementType type) {
  int64_t code = magnitudes - 1;
  while (std::isnan(decode_float(static_cast<uint64_t>(code), type))) --code;
  return code;
}

/// The least magnitude of `working` that rounds to each code or beyond it; code 0 has none. One more where
/// what is beyond the last number is NaN.
std::vector<double> edges_of(ElementType type, ElementType working) {
  const int64_t last = last_number(type);
  const auto value = [&](int64_t code) {
    double next = decode_float(static_cast<uint64_t>(code), type);
    if (code > last || std::isinf(next)) {  // as if the numbers went on
      next = 2 * decode_float(static_cast<uint64_t>(code - 1), type) -
             decode_float(static_cast<uint64_t>(code - 2), type);
    }
    return next;
  };
  const bool ends_in_infinity = std::isinf(decode_float(static_cast<uint64_t>(last), type));
  std::vector<double> edges = {0};
  for (int64_t code = 1; code <= (ends_in_infinity ? last : last + 1); ++code) {
    const double middle = 0.5 * (value(code - 1) + value(code));
    const bool rounds_up = code % 2 == 0;  // the middle goes to the even code
    const double infinity = std::numeric_limits<double>::infinity();
    double edge = middle;
    if (!rounds_up) {
      edge = working == ElementType::f64
                 ? std::nextafter(middle, infinity)
                 : std::nextafter(static_cast<float>(middle), std::numeric_limits<float>::infinity());
    }
    edges.push_back(edge);
  }
  edges.resize(magnitudes, std::numeric_limits<double>::quiet_NaN());  // codes that nothing reaches
  return edges;
}

class Lowering {
 public:
  explicit Lowering(const Function& function)
      : function_(function), result_(without_nodes(function)), copy_(function, result_) {}

  Function run() {
    for (const graph::Node& node : function_.nodes) lower(node);
    copy_.copy_outputs();
    return std::move(result_);
  }

 private:
  graph::Expressions& pool() { return result_.expressions; }
  graph::Builder& builder() { return copy_.builder(); }

  void lower(const graph::Node& node) {
    ValueId made;
    if (const auto* input = std::get_if<graph::Input>(&node.op)) {
      made = builder().input(input->name, type_of(node));
    } else if (const auto* constant = std::get_if<graph::Constant>(&node.op)) {
      made = builder().constant(type_of(node), constant->data);
    } else if (const auto* compute = std::get_if<graph::Compute>(&node.op)) {
      graph::Compute lower = *compute;
      for (ExprId& subscript : lower.write) subscript = expression(subscript);
      for (ExprId& condition : lower.guard) condition = expression(condition);
      lower.body = expression(compute->body);
      made = builder().compute(std::move(lower), type_of(node).shape, "", node.span);
    } else {
      copy_.copy(node);
      if (auto* loop = std::get_if<graph::Loop>(&result_.nodes.back().op)) {
        loop->body = std::make_shared<const Function>(lower_storage(*loop->body));
        for (size_t k = 0; k < node.results.size(); ++k) {
          ElementType& element = result_.values[copy_.at(node.results[k]).number].type.element;
          element = lowered(element);
        }
      }
      return;
    }
    copy_.set(node.results[0], made);
    copy_.describe(node.results[0], made);
  }

  graph::Type type_of(const graph::Node& node) const {
    graph::Type type = function_.type_of(node.results[0]);
    type.element = lowered(type.element);
    return type;
  }

  ExprId expression(ExprId id) {
    if (const auto found = done_.find(id.number); found != done_.end()) return found->second;
    const ExprId made = lower(function_.expressions[id]);
    done_.emplace(id.number, made);
    return made;
  }

  ExprId lower(const Expr& expr) {
    std::vector<ExprId> operands;
    for (const ExprId operand : expr.operands) operands.push_back(expression(operand));
    switch (expr.kind) {
      case ExprKind::literal:
        if (is_stored_float(expr.type)) return code(encode_float(expr.literal.real, expr.type));
        return pool().literal(lowered(expr.type), expr.literal);
      case ExprKind::index: return pool().index(expr.index);
      case ExprKind::dim: return pool().dim(expr.dim);
      case ExprKind::read: return pool().read(copy_.at(expr.value), lowered(expr.type), std::move(operands));
      case ExprKind::call: break;
    }
    if (expr.function != F::convert) return pool().call(expr.function, std::move(operands));
    const ElementType from = function_.expressions[expr.operands[0]].type;
    ExprId value = operands[0];
    if (is_stored_float(from)) value = decode(value, from);
    if (!row_of(expr.type).storage_only) return pool().convert(value, expr.type);
    return is_stored_float(expr.type) ? encode(value, expr.type) : narrow(value, expr.type);
  }

  ExprId code(uint64_t bits) { return pool().integer(static_cast<int64_t>(bits), ElementType::u8); }
  ExprId call(F function, std::vector<ExprId> operands) { return pool().call(function, std::move(operands)); }

  /// To 4 bits, in a byte: integers wrap, floats saturate.
  ExprId narrow(ExprId value, ElementType to) {
    const bool is_signed = to == ElementType::i4;
    const ElementType byte = lowered(to);
    if (is_float(pool()[value].type)) {
      value = pool().convert(value, ElementType::i32);
      value = call(F::minimum, {value, pool().integer(is_signed ? 7 : 15, ElementType::i32)});
      value = call(F::maximum, {value, pool().integer(is_signed ? -8 : 0, ElementType::i32)});
      return pool().convert(value, byte);
    }
    value = pool().convert(value, byte);
    if (!is_signed) return call(F::bit_and, {value, pool().integer(15, byte)});
    const ExprId four = pool().integer(4, byte);
    return call(F::shift_right, {call(F::shift_left, {value, four}), four});
  }

  /// f32 of a code.
  ExprId decode(ExprId bits, ElementType from) {
    std::vector<double> values;
    for (uint64_t bit = 0; bit < 2 * magnitudes; ++bit) values.push_back(decode_float(bit, from));
    return element(table(values, ElementType::f32, std::string(name_of(from))),
                   pool().convert(bits, ElementType::i64));
  }

  ExprId encode(ExprId value, ElementType to) {
    const ElementType given = pool()[value].type;
    const bool is_exact = given == ElementType::f32 || given == ElementType::f16 ||
                          given == ElementType::bf16 || size_of(given) <= 2;
    const ElementType working = is_exact ? ElementType::f32 : ElementType::f64;
    value = pool().convert(value, working);
    const std::vector<double> edges = edges_of(to, working);
    const ValueId known = table(edges, working, std::string(name_of(to)) + ".edges");
    const ExprId magnitude = call(F::absolute, {value});
    // Sums, not selects: a choice would be looked at again under the conditions of each that uses it.
    const auto times = [&](int64_t number, ExprId condition) {
      return call(F::multiply, {pool().integer(number), pool().convert(condition, ElementType::i64)});
    };
    ExprId found = pool().integer(0);
    for (int64_t step = magnitudes / 2; step > 0; step /= 2) {
      const ExprId next = call(F::add, {found, pool().integer(step)});
      const ExprId reaches = call(F::less_equal, {element(known, next), magnitude});
      found = call(F::add, {found, times(step, reaches)});
    }
    const auto nan = static_cast<int64_t>(encode_float(std::numeric_limits<double>::quiet_NaN(), to));
    found = call(F::add, {found, times(nan & (sign_bit - 1), call(F::is_nan, {value}))});
    const ExprId zero = pool().real(0, working);
    const ExprId below = call(F::less, {value, zero});
    const ExprId is_zero = call(F::equal, {value, zero});
    const ExprId minus_zero =
        call(F::logical_and, {is_zero, call(F::less, {call(F::reciprocal, {value}), zero})});
    const ExprId negative = call(F::logical_or, {below, minus_zero});
    return pool().convert(call(F::add, {found, times(sign_bit, negative)}), ElementType::u8);
  }

  ExprId element(ValueId table, ExprId at) {
    return pool().read(table, result_.type_of(table).element, {at});
  }

  ValueId table(const std::vector<double>& values, ElementType type, const std::string& name) {
    const auto [at, is_new] = tables_.try_emplace(name + std::string(name_of(type)));
    if (is_new) {
      const auto size = static_cast<size_t>(size_of(type));
      std::vector<std::byte> data(values.size() * size);
      for (size_t i = 0; i < values.size(); ++i) store(&data[i * size], type, Scalar::of_real(values[i]));
      at->second =
          builder().constant({type, {dim::Dim(static_cast<int64_t>(values.size()))}}, std::move(data), name);
    }
    return at->second;
  }

  const Function& function_;
  Function result_;
  FunctionCopy copy_;
  std::map<uint32_t, ExprId> done_;
  std::map<std::string, ValueId> tables_;
};

bool stores_anything_small(const Function& function) {
  for (const graph::Value& value : function.values)
    if (row_of(value.type.element).storage_only) return true;
  for (size_t i = 0; i < function.expressions.size(); ++i)
    if (row_of(function.expressions[ExprId{static_cast<uint32_t>(i)}].type).storage_only) return true;
  for (const graph::Node& node : function.nodes)
    if (const auto* loop = std::get_if<graph::Loop>(&node.op))
      if (stores_anything_small(*loop->body)) return true;
  return false;
}

}  // namespace

Function lower_storage(const Function& function) {
  return stores_anything_small(function) ? Lowering(function).run() : function;
}

}  // namespace kiln::transform
