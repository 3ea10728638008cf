#pragma once

#include <optional>
#include <string_view>

#include "graph/interpret.h"

namespace kiln::graph {

/// "value", "total", "longest"
std::string_view name_of(DerivedDim::Kind kind);
std::optional<DerivedDim::Kind> derived_kind_named(std::string_view name);

/// Adds the dims that the function computes from its inputs. A failure (a negative length, too many elements)
/// is worded as the runtime does.
std::optional<RuntimeFailure> derive_dims(const Function& function, const std::vector<Tensor>& inputs,
                                          std::map<std::string, int64_t>& dims);

}  // namespace kiln::graph
