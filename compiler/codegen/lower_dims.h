#pragma once

#include <map>
#include <string>
#include <vector>

#include "codegen/lanes.h"
#include "dim/dim.h"

namespace kiln::codegen {

/// Dim expressions as i64 values of one function. Each is computed once, where `emitter` stands: at the
/// function's entry, so that it is there wherever it is used. A divisor of 0 gives 0, since what uses it may
/// never run.
class DimValues {
 public:
  /// `dims` is the address of the dims of the call, in the order of `names`.
  DimValues(Emitter& emitter, llvm::Value* dims, const std::vector<std::string>& names);
  Lanes value_of(const dim::Dim& dim);

 private:
  Lanes value_of(const dim::Dim::Atom& atom);

  Emitter& emitter_;
  std::map<std::string, Lanes> symbols_;
  std::map<dim::Dim, Lanes> values_;
};

}  // namespace kiln::codegen
