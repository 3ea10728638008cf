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
  /// `stored`, if there is one, reads the value of `root` where the forward computation keeps it: rules that
  /// use their own result then need neither compute it again nor keep what it was computed from.
  std::optional<graph::ExprId> of(graph::ExprId root, std::optional<graph::ExprId> stored = std::nullopt);

 private:
  std::optional<graph::ExprId> tangent(graph::ExprId id, graph::ExprId value);

  Folder& folder_;
  const Tangents& tangents_;
  std::unordered_map<uint32_t, std::optional<graph::ExprId>> known_;
};

}  // namespace kiln::transform
