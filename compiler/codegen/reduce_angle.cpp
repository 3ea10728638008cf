#include "codegen/reduce_angle.h"

#include <array>

#include "codegen/emit_module.h"

namespace kiln::codegen::math {
namespace {

/// 64 zeros, then the bits of 2/pi, first the most significant.
constexpr std::array<uint64_t, 23> two_over_pi = {
    0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41,
    0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
    0xf0cfbc209af4361d, 0xa9e391615ee61b08, 0x6599855f14a06840};

llvm::GlobalVariable* table_of(llvm::Module& module) {
  constexpr const char* name = "kiln.two_over_pi";
  if (auto* found = module.getNamedGlobal(name)) return found;
  llvm::Constant* words = llvm::ConstantDataArray::get(module.getContext(), two_over_pi);
  return add_constant(module, name, words, 64);
}

/// The table's words at `position` (i64 lanes).
Lanes word_at(Lanes position) {
  llvm::IRBuilder<>& builder = position.builder();
  llvm::Value* address =
      builder.CreateInBoundsGEP(builder.getInt64Ty(), table_of(position.emitter->module), position.value);
  if (position.count() == 1)
    return position.with(builder.CreateAlignedLoad(builder.getInt64Ty(), address, llvm::Align(8)));
  return position.with(builder.CreateMaskedGather(position.type(), address, llvm::Align(8)));
}

Lanes high_product(Lanes a, Lanes b) {  // of 64-bit unsigned lanes
  llvm::Type* wide = a.shaped(a.builder().getInt128Ty());
  llvm::Value* product =
      a.builder().CreateMul(a.builder().CreateZExt(a.value, wide), a.builder().CreateZExt(b.value, wide));
  return a.with(a.builder().CreateTrunc(a.builder().CreateLShr(product, 64), a.type()));
}

// Cody and Waite: x - n * first is exact by fma, since the product and x have a common smallest unit; what
// follows is kept as a pair.
ReducedAngle reduce_small(Lanes x) {
  const Lanes rounding = x.choose(0x1.8p23, 0x1.8p52);
  const Lanes shifted = fma(x, x.choose(0x1.45f306p-1, 0x1.45f306dc9c883p-1), rounding);
  const Lanes n = shifted - rounding;
  const Lanes first = fma(n, x.choose(-0x1.921fb6p+0, -0x1.921fb54442d18p+0), x);
  const Pair second = product(n, x.choose(0x1.777a5cp-25, -0x1.1a62633145c07p-54));
  const Pair rest = sum(first, second.high);
  const Lanes low = rest.low + fma(n, x.choose(0x1.ee59dap-50, 0x1.f1976b7ed8fbcp-110), second.low);
  return {shifted.as_bits(), fast_sum(rest.high, low)};
}

// Payne and Hanek: x = m * 2^e with an integer m; x * 2/pi modulo 4 needs of 2/pi only the bits from weight
// 2^(1 - e) on. The product with a window of them, taken modulo a power of two, has the quadrant in its two
// top bits.
ReducedAngle reduce_large(Lanes x) {
  const bool wide = x.is_f64();
  const int mantissa = wide ? 52 : 23;
  const Lanes bits = x.as_bits().resized(64, false);
  const Lanes m = (bits & ((int64_t{1} << mantissa) - 1)) | (int64_t{1} << mantissa);
  const Lanes field = shift_right(bits, mantissa) & (wide ? 0x7FF : 0xFF);
  const Lanes start = field - (wide ? 1075 - 62 : 150 - 62);  // e - 2 + the 64 zeros
  const Lanes position = select(start < 0, 0, start);         // small x: the lane is not used
  const Lanes word = shift_right(position, 6);
  const Lanes left = position & 63;
  const auto window = [&](int i) {
    const Lanes high = word_at(word + i);
    const Lanes low = word_at(word + (i + 1));
    // Shifted in two steps: a shift by 64 has no meaning.
    return shift_left(high, left) | shift_right(shift_right(low, 63 - left), 1);
  };
  const Lanes top = window(0);
  const Lanes middle = window(1);
  Lanes product_high = m * top;
  Pair rest;
  Lanes quadrant;
  if (wide) {
    const Lanes last = window(2);
    const Lanes low_partial = m * middle;
    const Lanes product_low = low_partial + high_product(m, last);
    const Lanes carry = less_unsigned(product_low, low_partial);
    product_high =
        product_high + high_product(m, middle) + x.with(x.builder().CreateZExt(carry.value, m.type()));
    quadrant = shift_right(product_high + (int64_t{1} << 61), 62);
    const Lanes high = shift_left(product_high, 2) | shift_right(product_low, 62);
    const Lanes low = shift_left(product_low, 2);
    llvm::Type* real = x.element();
    // Four pieces of 32 bits, each exact.
    const Pair leading = fast_sum(shift_right_arithmetic(high, 32).to_real(real) * 0x1p-32,
                                  (high & 0xFFFFFFFF).to_real(real) * 0x1p-64);
    const Pair trailing =
        fast_sum(shift_right(low, 32).to_real(real) * 0x1p-96, (low & 0xFFFFFFFF).to_real(real) * 0x1p-128);
    const Pair turns = sum(leading.high, trailing.high);
    const Lanes turns_low = turns.low + (leading.low + trailing.low);
    const Lanes half_pi = x.constant(0x1.921fb54442d18p+0);
    const Pair angle = product(turns.high, half_pi);
    rest = fast_sum(angle.high, fma(turns.high, 0x1.1a62633145c07p-54, fma(turns_low, half_pi, angle.low)));
  } else {
    product_high = product_high + shift_right(m * shift_right(middle, 32), 32);
    quadrant = shift_right(product_high + (int64_t{1} << 61), 62).resized(32, false);
    const Lanes turns = shift_left(product_high, 2).to_real(x.builder().getDoubleTy()) * 0x1p-64;
    const Lanes angle = turns * 0x1.921fb54442d18p+0;
    rest.high = angle.to_f32();
    rest.low = (angle - rest.high.to_f64()).to_f32();
  }
  const Lanes negative = x.as_bits() < 0;
  rest.high = select(negative, -rest.high, rest.high);
  rest.low = select(negative, -rest.low, rest.low);
  const Lanes not_finite = ~(absolute(x) < std::numeric_limits<double>::infinity());
  rest.high = select(not_finite, std::numeric_limits<double>::quiet_NaN(), rest.high);
  return {select(negative, -quadrant, quadrant), rest};
}

}  // namespace

ReducedAngle reduce_angle(Lanes x) {
  const ReducedAngle small = reduce_small(x);
  // Up to here n is right and its product with the third part of pi/2 still far below the smallest possible
  // rest.
  const Lanes is_large = ~(absolute(x) <= x.choose(0x1p17, 0x1p30));
  llvm::IRBuilder<>& builder = x.builder();
  llvm::BasicBlock* before = builder.GetInsertBlock();
  llvm::Function* function = before->getParent();
  llvm::BasicBlock* large_block = llvm::BasicBlock::Create(builder.getContext(), "large", function);
  llvm::BasicBlock* join = llvm::BasicBlock::Create(builder.getContext(), "join", function);
  builder.CreateCondBr(any(is_large).value, large_block, join);

  builder.SetInsertPoint(large_block);
  const ReducedAngle large = reduce_large(x);
  const ReducedAngle mixed = {
      select(is_large, large.quadrant, small.quadrant),
      {select(is_large, large.rest.high, small.rest.high), select(is_large, large.rest.low, small.rest.low)}};
  builder.CreateBr(join);

  builder.SetInsertPoint(join);
  const auto joined = [&](Lanes from_small, Lanes from_large) {
    llvm::PHINode* phi = builder.CreatePHI(from_small.type(), 2);
    phi->addIncoming(from_small.value, before);
    phi->addIncoming(from_large.value, large_block);
    return x.with(phi);
  };
  return {joined(small.quadrant, mixed.quadrant),
          {joined(small.rest.high, mixed.rest.high), joined(small.rest.low, mixed.rest.low)}};
}

}  // namespace kiln::codegen::math
