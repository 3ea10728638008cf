#pragma once

#include <functional>
#include <map>
#include <string>

#include "graph/copies.h"
#include "graph/graph.h"

namespace kiln::graph {

/// What becomes of the leaves of an expression when it is copied. A rule that is not given leaves its leaves
/// as they are. `index` and `read` may return any expression of the target.
struct ImportRules {
  std::function<ValueId(ValueId)> value;
  std::function<ExprId(uint32_t index)> index;
  /// Takes the place of `value` where it gives a valid expression; the subscripts are already imported.
  std::function<ExprId(ValueId value, const std::vector<ExprId>& subscripts)> read;
  std::map<std::string, dim::Dim> dims;  // substituted in dim expressions
};

/// Copies expressions from one function into another, or rewrites them within one (`from` and `to` may be the
/// same object). Remembers what it copied: one importer serves one set of rules.
class ExpressionImporter {
 public:
  ExpressionImporter(const Expressions& from, Expressions& to, ImportRules rules)
      : from_(from), to_(to), rules_(std::move(rules)) {}
  ExprId import(ExprId root);
  std::vector<ExprId> import(const std::vector<ExprId>& roots);

 private:
  ExprId copy(ExprId id);  // whose operands are copied
  const Expressions& from_;
  Expressions& to_;
  ImportRules rules_;
  Copies copies_;
};

/// The expression with index number i replaced by `replacements[i]`; indices beyond them stay.
ExprId substitute_indices(Expressions& expressions, ExprId root, const std::vector<ExprId>& replacements);

/// The expression with `read` replaced by another one of its type.
ExprId replace_read(Expressions& expressions, ExprId root, ExprId read, ExprId by);

}  // namespace kiln::graph
