#include "codegen/integer.h"

#include <array>
#include <optional>

namespace kiln::codegen::integers {
namespace {

/// a / b towards zero for b != 0, without overflow. Vectors of at most 32 bits divide in f64, which is exact:
/// the quotient of such numbers is never so close to a whole one that rounding reaches it.
Lanes divide_safely(Lanes a, Lanes b, bool is_signed) {
  llvm::IRBuilder<>& builder = a.builder();
  const bool constant = llvm::isa<llvm::Constant>(b.value);
  if (a.count() == 1 || a.bits() == 64 || constant)
    return a.with(is_signed ? builder.CreateSDiv(a.value, b.value) : builder.CreateUDiv(a.value, b.value));
  llvm::Type* real = a.shaped(builder.getDoubleTy());
  const auto to_real = [&](Lanes x) {
    return x.with(is_signed ? builder.CreateSIToFP(x.value, real) : builder.CreateUIToFP(x.value, real));
  };
  const Lanes quotient = to_real(a) / to_real(b);
  return a.with(is_signed ? builder.CreateFPToSI(quotient.value, a.type())
                          : builder.CreateFPToUI(quotient.value, a.type()));
}

/// n where b is the constant 2^n in all lanes and positive.
std::optional<int> power_of_two(Lanes b) {
  auto* constant = llvm::dyn_cast<llvm::Constant>(b.value);
  if (constant && b.count() > 1) constant = constant->getSplatValue();
  auto* number = llvm::dyn_cast_or_null<llvm::ConstantInt>(constant);
  if (!number || !number->getValue().isPowerOf2() || number->isNegative()) return std::nullopt;
  return static_cast<int>(number->getValue().logBase2());
}

}  // namespace

Lanes quotient(Lanes a, Lanes b, bool is_signed) {
  // Index arithmetic divides by constants again and again; a shift rounds down already.
  if (const auto shift = power_of_two(b))
    return is_signed ? shift_right_arithmetic(a, *shift) : codegen::shift_right(a, *shift);
  const Lanes by_zero = b == 0;
  if (!is_signed) return select(by_zero, 0, divide_safely(a, select(by_zero, 1, b), false));
  const Lanes by_minus_one = b == -1;
  const Lanes divisor = select(by_zero | by_minus_one, 1, b);
  const Lanes truncated = divide_safely(a, divisor, true);
  const Lanes rest = a - truncated * divisor;
  const Lanes round_down = (rest != 0) & ((rest ^ divisor) < 0);
  const Lanes floored = select(round_down, truncated - 1, truncated);
  return select(by_zero, 0, select(by_minus_one, -a, floored));
}

Lanes remainder(Lanes a, Lanes b, bool is_signed) {
  if (power_of_two(b)) return a & (b - 1);
  const Lanes by_zero = b == 0;
  return select(by_zero, 0, a - b * quotient(a, b, is_signed));
}

Lanes shift_left(Lanes a, Lanes count) {
  const Lanes inside = less_unsigned(count, a.integer(a.bits()));
  return select(inside, codegen::shift_left(a, select(inside, count, 0)), 0);
}

Lanes shift_right(Lanes a, Lanes count, bool is_signed) {
  const Lanes inside = less_unsigned(count, a.integer(a.bits()));
  if (is_signed) return shift_right_arithmetic(a, select(inside, count, a.bits() - 1));
  return select(inside, codegen::shift_right(a, select(inside, count, 0)), 0);
}

Lanes minimum(Lanes a, Lanes b, bool is_signed) {
  return select(is_signed ? b < a : less_unsigned(b, a), b, a);
}

Lanes maximum(Lanes a, Lanes b, bool is_signed) {
  return select(is_signed ? a < b : less_unsigned(a, b), b, a);
}

Lanes absolute(Lanes a) { return select(a < 0, -a, a); }

Lanes sign(Lanes a, bool is_signed) {
  const Lanes positive = select(a == 0, a, 1);
  return is_signed ? select(a < 0, -1, positive) : positive;
}

Lanes random_bits(Lanes key, Lanes position) {
  const Lanes block = codegen::shift_right(position, 2);
  // 32-bit words in 64-bit lanes: products need no widening. The upper halves stay 0.
  constexpr int64_t low_half = 0xFFFFFFFF;
  std::array<Lanes, 4> counter = {block & low_half, codegen::shift_right(block, 32), key.integer(0),
                                  key.integer(0)};
  Lanes key_low = key & low_half;
  Lanes key_high = codegen::shift_right(key, 32);
  for (int round = 0; round < 10; ++round) {
    const Lanes product0 = counter[0] * int64_t{0xD2511F53};
    const Lanes product1 = counter[2] * int64_t{0xCD9E8D57};
    counter = {codegen::shift_right(product1, 32) ^ counter[1] ^ key_low, product1 & low_half,
               codegen::shift_right(product0, 32) ^ counter[3] ^ key_high, product0 & low_half};
    key_low = (key_low + int64_t{0x9E3779B9}) & low_half;
    key_high = (key_high + int64_t{0xBB67AE85}) & low_half;
  }
  const Lanes word = position & 3;
  const Lanes lower = select((word & 1) == 0, counter[0], counter[1]);
  const Lanes upper = select((word & 1) == 0, counter[2], counter[3]);
  return select(less_unsigned(word, word.integer(2)), lower, upper).resized(32, false);
}

}  // namespace kiln::codegen::integers
