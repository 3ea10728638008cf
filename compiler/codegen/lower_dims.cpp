#include "codegen/lower_dims.h"

#include "base/internal_check.h"
#include "codegen/integer.h"

namespace kiln::codegen {

DimValues::DimValues(Emitter& emitter, llvm::Value* dims, const std::vector<std::string>& names)
    : emitter_(emitter) {
  llvm::Type* i64 = emitter.builder.getInt64Ty();
  llvm::MDNode* nothing = llvm::MDNode::get(emitter.module.getContext(), {});
  for (size_t i = 0; i < names.size(); ++i) {
    llvm::LoadInst* load =
        emitter.builder.CreateLoad(i64, emitter.builder.CreateConstInBoundsGEP1_64(i64, dims, i), names[i]);
    load->setMetadata(llvm::LLVMContext::MD_invariant_load, nothing);
    symbols_[names[i]] = {&emitter, load};
  }
}

Lanes DimValues::value_of(const dim::Dim::Atom& atom) {
  if (atom.kind == dim::Dim::AtomKind::symbol) {
    const auto found = symbols_.find(atom.symbol);
    internal_check(found != symbols_.end(), "a dim that the function does not have: " + atom.symbol);
    return found->second;
  }
  Lanes result = value_of(atom.operands[0]);
  for (size_t i = 1; i < atom.operands.size(); ++i) {
    const Lanes operand = value_of(atom.operands[i]);
    switch (atom.kind) {
      case dim::Dim::AtomKind::quotient: result = integers::quotient(result, operand, true); break;
      case dim::Dim::AtomKind::minimum: result = integers::minimum(result, operand, true); break;
      case dim::Dim::AtomKind::maximum: result = integers::maximum(result, operand, true); break;
      case dim::Dim::AtomKind::symbol: break;
    }
  }
  return result;
}

Lanes DimValues::value_of(const dim::Dim& dim) {
  if (const auto constant = dim.constant())
    return {&emitter_, emitter_.builder.getInt64(static_cast<uint64_t>(*constant))};
  if (const auto found = values_.find(dim); found != values_.end()) return found->second;
  internal_check(!dim.overflowed(), "a dim expression that left 64 bits reached code generation");
  Lanes total{&emitter_, emitter_.builder.getInt64(0)};
  for (const dim::Dim::Term& term : dim.terms()) {
    Lanes product{&emitter_, emitter_.builder.getInt64(static_cast<uint64_t>(term.coefficient))};
    for (const dim::Dim::Atom& atom : term.factors) product = product * value_of(atom);
    total = total + product;
  }
  values_.emplace(dim, total);
  return total;
}

}  // namespace kiln::codegen
