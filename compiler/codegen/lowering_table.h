#pragma once

#include <span>

#include "base/scalar_function.h"
#include "codegen/lanes.h"

namespace kiln::codegen {

/// A scalar function of operands of `type` (of the last for `choice`); `to` is the result of a conversion.
struct ScalarCall {
  ElementType type;
  ElementType to;
  std::span<const Lanes> x;
};

struct LoweringRow {
  using Lower = Lanes (*)(const ScalarCall& call);
  /// All three have to be there.
  constexpr LoweringRow(ScalarFunction of, Lower by, bool is_outlined)
      : function(of), lower(by), outlined(is_outlined) {}

  ScalarFunction function;
  Lower lower;
  bool outlined;  // long code: one function of the module for each type and width, instead of a copy at each
                  // use
};

/// The one list of how scalar functions become code, in the order of ScalarFunction.
const LoweringRow& lowering_of(ScalarFunction function);

/// The function of lanes: its instructions at the builder's place (where it may have started a new block), or
/// a call of a module-local function that holds them. Floats are f32 or f64, but for `select` and `convert`.
Lanes lower_scalar(Emitter& emitter, ScalarFunction function, const ScalarCall& call);

}  // namespace kiln::codegen
