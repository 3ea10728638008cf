#include "codegen/lowering_table.h"

#include <array>
#include <string>
#include <vector>

#include "base/internal_check.h"
#include "codegen/conversion.h"
#include "codegen/emit_module.h"
#include "codegen/integer.h"
#include "codegen/vector_math.h"

namespace kiln::codegen {
namespace {

using Call = const ScalarCall&;
using F = ScalarFunction;

bool is_signed(ElementType type) { return row_of(type).kind == ElementKind::signed_integer; }

// Minimum and maximum of floats: the target's instructions give their second operand where one is NaN or both
// are equal, which is the first of ours once a NaN in ours second is let through.
Lanes minimum(Call call) {
  const Lanes a = call.x[0], b = call.x[1];
  if (!a.is_float()) return integers::minimum(a, b, is_signed(call.type));
  return select(is_nan(b), b, select(b < a, b, a));
}

Lanes maximum(Call call) {
  const Lanes a = call.x[0], b = call.x[1];
  if (!a.is_float()) return integers::maximum(a, b, is_signed(call.type));
  return select(is_nan(b), b, select(b > a, b, a));
}

Lanes absolute_value(Call call) {
  const Lanes x = call.x[0];
  if (x.is_float()) return absolute(x);
  return is_signed(call.type) ? integers::absolute(x) : x;
}

Lanes sign(Call call) {
  const Lanes x = call.x[0];
  if (!x.is_float()) return integers::sign(x, is_signed(call.type));
  return select(is_nan(x) | (x == 0.0), x, copy_sign(x.constant(1), x));
}

Lanes less(Call call) {
  const Lanes a = call.x[0], b = call.x[1];
  return a.is_float() || is_signed(call.type) ? a < b : less_unsigned(a, b);
}

Lanes less_equal(Call call) {
  const Lanes a = call.x[0], b = call.x[1];
  return a.is_float() || is_signed(call.type) ? a <= b : less_equal_unsigned(a, b);
}

// A logical operator does not evaluate what its left side excludes; in lanes that is a select, which also
// stops poison of an excluded operand.
Lanes logical_and(Call call) { return select(call.x[0], call.x[1], call.x[0]); }
Lanes logical_or(Call call) { return select(call.x[0], call.x[0], call.x[1]); }

template <Lanes (*function)(Lanes)>
Lanes unary(Call call) {
  return function(call.x[0]);
}
template <Lanes (*function)(Lanes, Lanes)>
Lanes binary(Call call) {
  return function(call.x[0], call.x[1]);
}
template <Lanes (*function)(Lanes, Lanes, bool)>
Lanes by_sign(Call call) {
  return function(call.x[0], call.x[1], is_signed(call.type));
}

constexpr std::array<LoweringRow, scalar_function_count> table = {{
    {F::add, [](Call call) { return call.x[0] + call.x[1]; }, false},
    {F::subtract, [](Call call) { return call.x[0] - call.x[1]; }, false},
    {F::multiply, [](Call call) { return call.x[0] * call.x[1]; }, false},
    {F::divide, [](Call call) { return call.x[0] / call.x[1]; }, false},
    {F::quotient, by_sign<integers::quotient>, false},
    {F::remainder, by_sign<integers::remainder>, false},
    {F::negate, [](Call call) { return -call.x[0]; }, false},
    {F::minimum, minimum, false},
    {F::maximum, maximum, false},
    {F::absolute, absolute_value, false},
    {F::sign, sign, false},

    {F::equal, [](Call call) { return call.x[0] == call.x[1]; }, false},
    {F::not_equal, [](Call call) { return call.x[0] != call.x[1]; }, false},
    {F::less, less, false},
    {F::less_equal, less_equal, false},
    {F::logical_and, logical_and, false},
    {F::logical_or, logical_or, false},
    {F::logical_not, [](Call call) { return ~call.x[0]; }, false},
    {F::select, [](Call call) { return select(call.x[0], call.x[1], call.x[2]); }, false},
    {F::convert, [](Call call) { return convert(call.x[0], call.type, call.to); }, false},

    {F::reciprocal, unary<math::reciprocal>, false},
    {F::exp, unary<math::exp>, false},
    {F::exp2, unary<math::exp2>, false},
    {F::expm1, unary<math::expm1>, true},
    {F::log, unary<math::log>, false},
    {F::log2, unary<math::log2>, true},
    {F::log10, unary<math::log10>, true},
    {F::log1p, unary<math::log1p>, true},
    {F::sqrt, unary<math::sqrt>, false},
    {F::rsqrt, unary<math::rsqrt>, false},
    {F::sin, unary<math::sin>, true},
    {F::cos, unary<math::cos>, true},
    {F::tan, unary<math::tan>, true},
    {F::asin, unary<math::asin>, true},
    {F::acos, unary<math::acos>, true},
    {F::atan, unary<math::atan>, true},
    {F::atan2, binary<math::atan2>, true},
    {F::sinh, unary<math::sinh>, true},
    {F::cosh, unary<math::cosh>, true},
    {F::tanh, unary<math::tanh>, false},
    {F::sigmoid, unary<math::sigmoid>, false},
    {F::erf, unary<math::erf>, false},
    {F::pow, binary<math::pow>, true},
    {F::floor, unary<floor>, false},
    {F::ceil, unary<ceil>, false},
    {F::round, unary<round_even>, false},
    {F::trunc, unary<truncate>, false},
    {F::is_nan, unary<is_nan>, false},
    {F::is_inf, [](Call call) { return absolute(call.x[0]) == std::numeric_limits<double>::infinity(); },
     false},

    {F::shift_left, binary<integers::shift_left>, false},
    {F::shift_right, by_sign<integers::shift_right>, false},
    {F::bit_and, [](Call call) { return call.x[0] & call.x[1]; }, false},
    {F::bit_or, [](Call call) { return call.x[0] | call.x[1]; }, false},
    {F::bit_xor, [](Call call) { return call.x[0] ^ call.x[1]; }, false},
    {F::bit_not, [](Call call) { return ~call.x[0]; }, false},

    {F::random_bits, binary<integers::random_bits>, true},
}};

constexpr bool rows_are_complete() {
  for (size_t i = 0; i < table.size(); ++i)
    if (table[i].function != static_cast<F>(i)) return false;
  return true;
}
static_assert(rows_are_complete(), "one row for each scalar function, in their order");

std::string outlined_name(F function, const ScalarCall& call) {
  return "kiln." + std::string(name_of(function)) + "." + std::string(name_of(call.type)) + "x" +
         std::to_string(call.x[0].count());
}

/// The module's function for this type and width; made at the first use.
llvm::Function* outlined_function(Emitter& emitter, const LoweringRow& row, const ScalarCall& call) {
  const std::string name = outlined_name(row.function, call);
  if (llvm::Function* found = emitter.module.getFunction(name)) return found;
  std::vector<llvm::Type*> parameters;
  for (const Lanes& x : call.x) parameters.push_back(x.type());
  llvm::LLVMContext& context = emitter.module.getContext();
  const std::vector<ElementType> operand_types(call.x.size(), call.type);
  llvm::Type* result =
      call.x[0].shaped(register_type(context, result_type(row.function, operand_types, call.to)));
  auto* function = llvm::Function::Create(llvm::FunctionType::get(result, parameters, false),
                                          llvm::GlobalValue::InternalLinkage, name, emitter.module);
  set_target_attributes(*function, emitter.target);
  function->setCallingConv(llvm::CallingConv::Fast);
  function->addFnAttr(llvm::Attribute::NoInline);
  function->addFnAttr(llvm::Attribute::WillReturn);
  function->setDoesNotAccessMemory();  // tables are constant
  function->addFnAttr(llvm::Attribute::Speculatable);

  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", function));
  Emitter inside{emitter.target, emitter.module, builder};
  std::vector<Lanes> arguments;
  for (llvm::Argument& argument : function->args()) arguments.push_back({&inside, &argument});
  builder.CreateRet(row.lower({call.type, call.to, arguments}).value);
  return function;
}

}  // namespace

const LoweringRow& lowering_of(ScalarFunction function) { return table[static_cast<size_t>(function)]; }

Lanes lower_scalar(Emitter& emitter, ScalarFunction function, const ScalarCall& call) {
  const LoweringRow& row = lowering_of(function);
  internal_check(static_cast<int>(call.x.size()) == row_of(function).arity, "operands of a scalar function");
  const bool moves = function == F::select || function == F::convert;
  internal_check(
      moves || !is_float(call.type) || call.type == ElementType::f32 || call.type == ElementType::f64,
      "small floats are converted before arithmetic");
  if (!row.outlined) return row.lower(call);
  llvm::Function* callee = outlined_function(emitter, row, call);
  std::vector<llvm::Value*> arguments;
  for (const Lanes& x : call.x) arguments.push_back(x.value);
  llvm::CallInst* result = emitter.builder.CreateCall(callee, arguments);
  result->setCallingConv(llvm::CallingConv::Fast);
  return {&emitter, result};
}

}  // namespace kiln::codegen
