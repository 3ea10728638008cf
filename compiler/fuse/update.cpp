#include "fuse/update.h"

#include "fuse/index_bound.h"
#include "fuse/shape.h"
#include "graph/walk.h"

namespace kiln::fuse {

using namespace graph;

std::optional<Update> match_update(const Function& function, ValueId value) {
  const Compute* compute = compute_of(function, value);
  if (!compute) return std::nullopt;
  const Type& type = function.type_of(value);
  const auto rank = static_cast<uint32_t>(type.shape.size());
  const Expressions& expressions = function.expressions;
  const Expr& body = expressions[compute->body];
  if (!write_shape(function, *compute, type.shape).is_map) return std::nullopt;
  if (body.kind != ExprKind::call || body.function != ScalarFunction::select) return std::nullopt;
  const Expr& kept = expressions[body.operands[2]];
  if (kept.kind != ExprKind::read || !(function.type_of(kept.value) == type)) return std::nullopt;
  for (const ExprId id : reads_of(expressions, *compute)) {
    const Expr& read = expressions[id];
    if (read.value == kept.value && !reads_at_point(expressions, read, rank)) return std::nullopt;
  }
  const Update update{kept.value, body.operands[1],
                      operands_of_nested(expressions, body.operands[0], ScalarFunction::logical_and)};
  for (uint32_t index = 0; index < rank; ++index)
    if (limited_by(function, update, index) != Limited::no) return update;
  return std::nullopt;
}

Limited limited_by(const Function& function, const Update& update, uint32_t index) {
  Limited limited = Limited::no;
  for (const ExprId condition : update.conditions) {
    const auto bound = index_bound(function.expressions, condition, index);
    if (!bound) continue;
    if (bound->relation == IndexBound::Relation::equal) return Limited::single;
    limited = Limited::range;
  }
  return limited;
}

}  // namespace kiln::fuse
