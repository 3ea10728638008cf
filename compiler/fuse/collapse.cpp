#include "fuse/collapse.h"

#include <set>

#include "fuse/linear_offset.h"
#include "fuse/shape.h"

namespace kiln::fuse {

using namespace graph;

namespace {

/// All linear offsets of the members, and the indices that stand anywhere else.
struct Accesses {
  std::vector<Affine> offsets;
  std::set<uint32_t> blocked;

  void block(const Expressions& expressions, ExprId id) {
    for (const uint32_t index : indices_in(expressions, id)) blocked.insert(index);
  }
};

class Collector {
 public:
  Collector(const Function& function, Accesses& accesses, const std::set<ExprId>& apart)
      : function_(function), accesses_(accesses), apart_(apart) {}

  void add(ValueId member) {
    const Compute& compute = *compute_of(function_, member);
    access(compute.write, function_.type_of(member).shape);
    walk(compute.body);
    for (const ExprId guard : compute.guard) walk(guard);
    if (compute.reducer == Reducer::argmax || compute.reducer == Reducer::argmin)
      accesses_.blocked.insert(compute.reported);
  }

 private:
  void access(const std::vector<ExprId>& subscripts, const std::vector<dim::Dim>& shape) {
    const std::optional<Affine> offset = linear_offset(function_.expressions, subscripts, shape);
    if (offset && !offset->has_atoms()) {
      accesses_.offsets.push_back(*offset);
    } else {
      for (const ExprId subscript : subscripts) accesses_.block(function_.expressions, subscript);
    }
  }
  void walk(ExprId id) {
    if (apart_.contains(id) || !seen_.insert(id.number).second) return;
    const Expr& expr = function_.expressions[id];
    if (expr.kind == ExprKind::index) accesses_.blocked.insert(expr.index);
    if (expr.kind == ExprKind::read) access(expr.operands, function_.type_of(expr.value).shape);
    if (expr.kind != ExprKind::call) return;
    for (const ExprId operand : expr.operands) walk(operand);
  }

  const Function& function_;
  Accesses& accesses_;
  const std::set<ExprId>& apart_;
  std::set<uint32_t> seen_;
};

}  // namespace

void collapse_indices(const Function& function, const std::vector<ValueId>& members, uint32_t first,
                      uint32_t count, std::vector<dim::Dim>& extents, const std::set<ExprId>& apart) {
  Accesses accesses;
  for (const ValueId member : members) Collector(function, accesses, apart).add(member);
  for (uint32_t inner = count; inner-- > first + 1;) {
    const uint32_t outer = inner - 1;
    if (accesses.blocked.contains(inner) || accesses.blocked.contains(outer)) continue;
    bool nested = true;
    for (const Affine& offset : accesses.offsets)
      nested = nested && offset.coefficient_of(outer) == extents[inner] * offset.coefficient_of(inner);
    if (!nested) continue;
    // Keep the innermost as the one that runs, so that its distance of neighbours stays what it was. The next
    // round looks at (outer - 1, outer); move the joined index up only when that pair would join as well.
    extents[inner] = extents[inner] * extents[outer];
    extents[outer] = 1;
    for (uint32_t next = outer; next-- > first;) {
      if (accesses.blocked.contains(next)) break;
      bool more = true;
      for (const Affine& offset : accesses.offsets)
        more = more && offset.coefficient_of(next) == extents[inner] * offset.coefficient_of(inner);
      if (!more) break;
      extents[inner] = extents[inner] * extents[next];
      extents[next] = 1;
    }
  }
}

}  // namespace kiln::fuse
