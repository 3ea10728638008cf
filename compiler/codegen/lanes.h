#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <concepts>
#include <initializer_list>

#include "base/element_type.h"

namespace kiln::codegen {

struct Target;

/// Where code is emitted to. Every function of a module is made for one target.
struct Emitter {
  const Target& target;
  llvm::Module& module;
  llvm::IRBuilder<>& builder;
};

/// An LLVM value of arithmetic type, scalar or fixed vector, that formulas can be written with: each operator
/// emits one instruction for all lanes. Both operands have one type; numbers on the right take the type of
/// the left. No fast-math flag is ever set: what contracts is written `fma`.
struct Lanes {
  Emitter* emitter = nullptr;
  llvm::Value* value = nullptr;

  llvm::Type* type() const { return value->getType(); }
  llvm::Type* element() const { return type()->getScalarType(); }
  int bits() const { return static_cast<int>(element()->getScalarSizeInBits()); }
  int count() const;  // lanes; 1 for a scalar
  bool is_float() const { return element()->isFloatingPointTy(); }
  bool is_f64() const { return element()->isDoubleTy(); }

  Lanes with(llvm::Value* other) const { return {emitter, other}; }
  llvm::IRBuilder<>& builder() const { return emitter->builder; }

  /// A constant of this type in every lane.
  Lanes constant(double number) const;
  Lanes integer(int64_t number) const;
  /// `f32` where this is f32, `f64` where it is f64.
  Lanes choose(double f32, double f64) const { return constant(is_f64() ? f64 : f32); }

  /// The same number of lanes of another element.
  llvm::Type* shaped(llvm::Type* element_type) const;
  Lanes as_bits() const;                               // float -> integer of its width
  Lanes as_float() const;                              // i32, i64 -> float, double by bits
  Lanes to_f64() const;                                // f32 -> f64
  Lanes to_f32() const;                                // f64 -> f32, to nearest even
  Lanes to_real(llvm::Type* element_type) const;       // signed integer -> float
  Lanes resized(int bit_count, bool is_signed) const;  // integer
};

Lanes operator+(Lanes a, Lanes b);
Lanes operator-(Lanes a, Lanes b);
Lanes operator*(Lanes a, Lanes b);
Lanes operator/(Lanes a, Lanes b);  // floats
Lanes operator-(Lanes a);
Lanes operator&(Lanes a, Lanes b);
Lanes operator|(Lanes a, Lanes b);
Lanes operator^(Lanes a, Lanes b);
Lanes operator~(Lanes a);
Lanes shift_left(Lanes a, Lanes count);
Lanes shift_right(Lanes a, Lanes count);             // zeros come in
Lanes shift_right_arithmetic(Lanes a, Lanes count);  // the sign comes in

/// Comparisons give i1 lanes. Floats: false where one is NaN (`!=`: true); integers: signed.
Lanes operator<(Lanes a, Lanes b);
Lanes operator<=(Lanes a, Lanes b);
Lanes operator>(Lanes a, Lanes b);
Lanes operator>=(Lanes a, Lanes b);
Lanes operator==(Lanes a, Lanes b);
Lanes operator!=(Lanes a, Lanes b);
Lanes less_unsigned(Lanes a, Lanes b);
Lanes less_equal_unsigned(Lanes a, Lanes b);
Lanes is_nan(Lanes x);

Lanes select(Lanes condition, Lanes a, Lanes b);
Lanes fma(Lanes a, Lanes b, Lanes c);  // a * b + c, rounded once
Lanes absolute(Lanes x);               // floats
Lanes copy_sign(Lanes magnitude, Lanes sign);
Lanes square_root(Lanes x);
Lanes round_even(Lanes x);
Lanes floor(Lanes x);
Lanes ceil(Lanes x);
Lanes truncate(Lanes x);
/// i1: whether any lane is set, a scalar.
Lanes any(Lanes condition);

template <typename T>
concept Number = std::is_arithmetic_v<T>;

/// A number in the type of `like`.
template <Number T>
Lanes number(Lanes like, T value) {
  if (like.is_float()) return like.constant(static_cast<double>(value));
  return like.integer(static_cast<int64_t>(value));
}
#define KILN_WITH_NUMBERS(op)       \
  template <Number T>               \
  Lanes operator op(Lanes a, T b) { \
    return a op number(a, b);       \
  }                                 \
  template <Number T>               \
  Lanes operator op(T a, Lanes b) { \
    return number(b, a) op b;       \
  }
KILN_WITH_NUMBERS(+)
KILN_WITH_NUMBERS(-)
KILN_WITH_NUMBERS(*)
KILN_WITH_NUMBERS(/)
KILN_WITH_NUMBERS(&)
KILN_WITH_NUMBERS(|)
KILN_WITH_NUMBERS(^)
KILN_WITH_NUMBERS(<)
KILN_WITH_NUMBERS(<=)
KILN_WITH_NUMBERS(>)
KILN_WITH_NUMBERS(>=)
KILN_WITH_NUMBERS(==)
KILN_WITH_NUMBERS(!=)
#undef KILN_WITH_NUMBERS

inline Lanes fma(Lanes a, Number auto b, Lanes c) { return fma(a, number(a, b), c); }
inline Lanes fma(Lanes a, Lanes b, Number auto c) { return fma(a, b, number(a, c)); }
inline Lanes select(Lanes condition, Number auto a, Lanes b) { return select(condition, number(b, a), b); }
inline Lanes select(Lanes condition, Lanes a, Number auto b) { return select(condition, a, number(a, b)); }
inline Lanes shift_left(Lanes a, int count) { return shift_left(a, a.integer(count)); }
inline Lanes shift_right(Lanes a, int count) { return shift_right(a, a.integer(count)); }
inline Lanes shift_right_arithmetic(Lanes a, int count) {
  return shift_right_arithmetic(a, a.integer(count));
}

/// c[0] + c[1] x + c[2] x^2 + …, by Horner's rule with fma.
template <typename Coefficients>
Lanes polynomial(Lanes x, const Coefficients& coefficients) {
  Lanes result = x.constant(coefficients.back());
  for (size_t i = coefficients.size() - 1; i-- > 0;) result = fma(result, x, coefficients[i]);
  return result;
}
template <typename Single, typename Double>
Lanes polynomial(Lanes x, const Single& f32, const Double& f64) {
  return x.is_f64() ? polynomial(x, f64) : polynomial(x, f32);
}

/// How lanes of an element type stand in registers: bool i1; integers as they are; f32, f64; f16, bf16 and f8
/// as their bits.
llvm::Type* register_type(llvm::LLVMContext& context, ElementType type);
/// The same in memory: a bool is a byte.
llvm::Type* memory_type(llvm::LLVMContext& context, ElementType type);

}  // namespace kiln::codegen
