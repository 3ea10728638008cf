#include "codegen/lanes.h"

#include <llvm/IR/Intrinsics.h>

namespace kiln::codegen {
namespace {

using llvm::CmpInst;

Lanes compare(Lanes a, Lanes b, CmpInst::Predicate floats, CmpInst::Predicate integers) {
  return a.with(a.is_float() ? a.builder().CreateFCmp(floats, a.value, b.value)
                             : a.builder().CreateICmp(integers, a.value, b.value));
}

Lanes intrinsic(llvm::Intrinsic::ID id, Lanes x) {
  return x.with(x.builder().CreateUnaryIntrinsic(id, x.value));
}

}  // namespace

int Lanes::count() const {
  auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(type());
  return vector ? static_cast<int>(vector->getNumElements()) : 1;
}

Lanes Lanes::constant(double number) const { return with(llvm::ConstantFP::get(type(), number)); }

Lanes Lanes::integer(int64_t number) const {
  return with(llvm::ConstantInt::get(type(), static_cast<uint64_t>(number), true));
}

llvm::Type* Lanes::shaped(llvm::Type* element_type) const {
  auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(type());
  return vector ? llvm::FixedVectorType::get(element_type, vector->getNumElements()) : element_type;
}

Lanes Lanes::as_bits() const {
  return with(builder().CreateBitCast(value, shaped(builder().getIntNTy(static_cast<unsigned>(bits())))));
}

Lanes Lanes::as_float() const {
  return with(builder().CreateBitCast(
      value, shaped(bits() == 64 ? builder().getDoubleTy() : builder().getFloatTy())));
}

Lanes Lanes::to_f64() const { return with(builder().CreateFPExt(value, shaped(builder().getDoubleTy()))); }
Lanes Lanes::to_f32() const { return with(builder().CreateFPTrunc(value, shaped(builder().getFloatTy()))); }

Lanes Lanes::to_real(llvm::Type* element_type) const {
  return with(builder().CreateSIToFP(value, shaped(element_type)));
}

Lanes Lanes::resized(int bit_count, bool is_signed) const {
  return with(builder().CreateIntCast(value, shaped(builder().getIntNTy(static_cast<unsigned>(bit_count))),
                                      is_signed));
}

Lanes operator+(Lanes a, Lanes b) {
  return a.with(a.is_float() ? a.builder().CreateFAdd(a.value, b.value)
                             : a.builder().CreateAdd(a.value, b.value));
}
Lanes operator-(Lanes a, Lanes b) {
  return a.with(a.is_float() ? a.builder().CreateFSub(a.value, b.value)
                             : a.builder().CreateSub(a.value, b.value));
}
Lanes operator*(Lanes a, Lanes b) {
  return a.with(a.is_float() ? a.builder().CreateFMul(a.value, b.value)
                             : a.builder().CreateMul(a.value, b.value));
}
Lanes operator/(Lanes a, Lanes b) { return a.with(a.builder().CreateFDiv(a.value, b.value)); }
Lanes operator-(Lanes a) {
  return a.with(a.is_float() ? a.builder().CreateFNeg(a.value) : a.builder().CreateNeg(a.value));
}
Lanes operator&(Lanes a, Lanes b) { return a.with(a.builder().CreateAnd(a.value, b.value)); }
Lanes operator|(Lanes a, Lanes b) { return a.with(a.builder().CreateOr(a.value, b.value)); }
Lanes operator^(Lanes a, Lanes b) { return a.with(a.builder().CreateXor(a.value, b.value)); }
Lanes operator~(Lanes a) { return a.with(a.builder().CreateNot(a.value)); }
Lanes shift_left(Lanes a, Lanes count) { return a.with(a.builder().CreateShl(a.value, count.value)); }
Lanes shift_right(Lanes a, Lanes count) { return a.with(a.builder().CreateLShr(a.value, count.value)); }
Lanes shift_right_arithmetic(Lanes a, Lanes count) {
  return a.with(a.builder().CreateAShr(a.value, count.value));
}

Lanes operator<(Lanes a, Lanes b) { return compare(a, b, CmpInst::FCMP_OLT, CmpInst::ICMP_SLT); }
Lanes operator<=(Lanes a, Lanes b) { return compare(a, b, CmpInst::FCMP_OLE, CmpInst::ICMP_SLE); }
Lanes operator>(Lanes a, Lanes b) { return compare(a, b, CmpInst::FCMP_OGT, CmpInst::ICMP_SGT); }
Lanes operator>=(Lanes a, Lanes b) { return compare(a, b, CmpInst::FCMP_OGE, CmpInst::ICMP_SGE); }
Lanes operator==(Lanes a, Lanes b) { return compare(a, b, CmpInst::FCMP_OEQ, CmpInst::ICMP_EQ); }
Lanes operator!=(Lanes a, Lanes b) { return compare(a, b, CmpInst::FCMP_UNE, CmpInst::ICMP_NE); }
Lanes less_unsigned(Lanes a, Lanes b) { return a.with(a.builder().CreateICmpULT(a.value, b.value)); }
Lanes less_equal_unsigned(Lanes a, Lanes b) { return a.with(a.builder().CreateICmpULE(a.value, b.value)); }
Lanes is_nan(Lanes x) { return x.with(x.builder().CreateFCmpUNO(x.value, x.value)); }

Lanes select(Lanes condition, Lanes a, Lanes b) {
  return a.with(a.builder().CreateSelect(condition.value, a.value, b.value));
}
Lanes fma(Lanes a, Lanes b, Lanes c) {
  return a.with(a.builder().CreateIntrinsic(llvm::Intrinsic::fma, {a.type()}, {a.value, b.value, c.value}));
}
Lanes absolute(Lanes x) { return intrinsic(llvm::Intrinsic::fabs, x); }
Lanes copy_sign(Lanes magnitude, Lanes sign) {
  return magnitude.with(
      magnitude.builder().CreateBinaryIntrinsic(llvm::Intrinsic::copysign, magnitude.value, sign.value));
}
Lanes square_root(Lanes x) { return intrinsic(llvm::Intrinsic::sqrt, x); }
Lanes round_even(Lanes x) { return intrinsic(llvm::Intrinsic::roundeven, x); }
Lanes floor(Lanes x) { return intrinsic(llvm::Intrinsic::floor, x); }
Lanes ceil(Lanes x) { return intrinsic(llvm::Intrinsic::ceil, x); }
Lanes truncate(Lanes x) { return intrinsic(llvm::Intrinsic::trunc, x); }

Lanes any(Lanes condition) {
  if (condition.count() == 1) return condition;
  return condition.with(condition.builder().CreateOrReduce(condition.value));
}

llvm::Type* register_type(llvm::LLVMContext& context, ElementType type) {
  if (type == ElementType::boolean) return llvm::Type::getInt1Ty(context);
  if (type == ElementType::f32) return llvm::Type::getFloatTy(context);
  if (type == ElementType::f64) return llvm::Type::getDoubleTy(context);
  return llvm::Type::getIntNTy(context, static_cast<unsigned>(row_of(type).bits));
}

llvm::Type* memory_type(llvm::LLVMContext& context, ElementType type) {
  return type == ElementType::boolean ? llvm::Type::getInt8Ty(context) : register_type(context, type);
}

}  // namespace kiln::codegen
