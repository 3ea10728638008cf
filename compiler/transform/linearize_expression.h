#pragma once

#include <optional>
#include <unordered_map>

#include "transform/fold.h"
#include "transform/linearize.h"

namespace kiln::transform {

/// The tangent of scalar expressions; nothing where no tangent flows.
class ExpressionTangents {
 public:
  ExpressionTangents(Folder& folder, const Tangents& tangents) : folder_(folder), tangents_(tangents) {}
  std::optional<graph::ExprId> of(graph::ExprId root);

 private:
  std::optional<graph::ExprId> tangent(graph::ExprId id);

  Folder& folder_;
  const Tangents& tangents_;
  std::unordered_map<uint32_t, std::optional<graph::ExprId>> known_;
};

}  // namespace kiln::transform
