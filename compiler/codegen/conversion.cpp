#include "codegen/conversion.h"

#include "base/internal_check.h"

namespace kiln::codegen {
namespace {

bool is_small_float(ElementType type) { return type == ElementType::f16 || type == ElementType::bf16; }

bool is_signed(ElementType type) { return row_of(type).kind == ElementKind::signed_integer; }

/// f64 to f32 so that a second rounding to fewer bits gives what one rounding would: an inexact result ends
/// in 1.
Lanes to_f32_by_odd(Lanes x) {
  const Lanes nearest = x.to_f32();
  const Lanes bits = nearest.as_bits();
  const Lanes back = nearest.to_f64();
  const Lanes inexact = ~(back == x) & ~is_nan(x) & ((bits & 1) == 0);
  const Lanes step = select(absolute(back) < absolute(x), bits.integer(1), bits.integer(-1));
  return select(inexact, bits + step, bits).as_float();
}

/// f32 to f16 or bf16, to nearest even; NaN to the quiet NaN of its sign.
Lanes narrow(Lanes x, ElementType to) {
  llvm::IRBuilder<>& builder = x.builder();
  const Lanes bits = x.as_bits();
  Lanes rounded;
  int64_t quiet;
  if (to == ElementType::f16) {
    const Lanes half = x.with(builder.CreateFPTrunc(x.value, x.shaped(builder.getHalfTy())));
    rounded = x.with(builder.CreateBitCast(half.value, x.shaped(builder.getInt16Ty())));
    quiet = 0x7E00;
  } else {
    const Lanes even = shift_right(bits, 16) & 1;
    rounded = shift_right(bits + even + 0x7FFF, 16).resized(16, false);
    quiet = 0x7FC0;
  }
  const Lanes sign = shift_right(bits, 16).resized(16, false) & 0x8000;
  return select(is_nan(x), sign | quiet, rounded);
}

Lanes widen(Lanes x, ElementType from) {
  llvm::IRBuilder<>& builder = x.builder();
  if (from == ElementType::bf16) return shift_left(x.resized(32, false), 16).as_float();
  const Lanes half = x.with(builder.CreateBitCast(x.value, x.shaped(builder.getHalfTy())));
  return x.with(builder.CreateFPExt(half.value, x.shaped(builder.getFloatTy())));
}

Lanes float_to_float(Lanes x, ElementType from, ElementType to) {
  if (is_small_float(from)) {
    const Lanes wide = widen(x, from);
    return to == ElementType::f32 ? wide : float_to_float(wide, ElementType::f32, to);
  }
  if (from == ElementType::f32) return to == ElementType::f64 ? x.to_f64() : narrow(x, to);
  return to == ElementType::f32 ? x.to_f32() : narrow(to_f32_by_odd(x), to);
}

Lanes integer_to_float(Lanes x, ElementType from, ElementType to) {
  llvm::IRBuilder<>& builder = x.builder();
  const auto convert_to = [&](llvm::Type* real) {
    return x.with(is_signed(from) ? builder.CreateSIToFP(x.value, x.shaped(real))
                                  : builder.CreateUIToFP(x.value, x.shaped(real)));
  };
  if (to == ElementType::f32) return convert_to(builder.getFloatTy());
  if (to == ElementType::f64) return convert_to(builder.getDoubleTy());
  if (row_of(from).bits == 64) {
    // What f64 cannot hold is rounded to odd: 2048 units are left of 64 bits, more than any small float sees.
    const Lanes cut = x & 0x7FF;
    const Lanes odd = (x & ~int64_t{0x7FF}) | select(cut == 0, cut, 0x400);
    const Lanes magnitude = is_signed(from) ? select(x < 0, -x, x) : x;
    x = select(less_unsigned(magnitude, x.integer(int64_t{1} << 53)), x, odd);
  }
  return float_to_float(convert_to(builder.getDoubleTy()), ElementType::f64, to);
}

Lanes float_to_integer(Lanes x, ElementType from, ElementType to) {
  if (is_small_float(from)) x = widen(x, from);
  llvm::Type* result = x.shaped(register_type(x.builder().getContext(), to));
  const auto intrinsic = is_signed(to) ? llvm::Intrinsic::fptosi_sat : llvm::Intrinsic::fptoui_sat;
  return x.with(x.builder().CreateIntrinsic(intrinsic, {result, x.type()}, {x.value}));
}

}  // namespace

Lanes convert(Lanes x, ElementType from, ElementType to) {
  internal_check(!row_of(from).storage_only && !row_of(to).storage_only,
                 "storage-only types are not converted in kernels");
  if (from == to) return x;
  if (to == ElementType::boolean) {
    if (is_small_float(from)) return (x & 0x7FFF) != 0;
    return x != 0;
  }
  if (from == ElementType::boolean) {
    const Lanes number = x.resized(32, false);
    return is_float(to) ? integer_to_float(number, ElementType::i32, to) : x.resized(row_of(to).bits, false);
  }
  if (is_float(from)) return is_float(to) ? float_to_float(x, from, to) : float_to_integer(x, from, to);
  return is_float(to) ? integer_to_float(x, from, to) : x.resized(row_of(to).bits, is_signed(from));
}

}  // namespace kiln::codegen
