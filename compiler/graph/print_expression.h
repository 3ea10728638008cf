#pragma once

#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace kiln::graph {

/// Prints the expressions of one compute. What is used more than once, or nests too deeply to read, gets a
/// name of its own and is printed once: "$0 = exp(%x[b])".
class ExpressionPrinter {
 public:
  ExpressionPrinter(const Expressions& expressions, const std::vector<std::string>& value_names,
                    const std::vector<std::string>& index_names, std::span<const ExprId> roots);
  /// The definitions of what is shared, in an order in which each stands before its use.
  const std::vector<std::string>& definitions() const { return definitions_; }
  std::string print(ExprId id) const;

 private:
  std::string print_node(ExprId id) const;
  std::string print_list(const std::vector<ExprId>& list) const;
  const Expressions& expressions_;
  const std::vector<std::string>& value_names_;
  const std::vector<std::string>& index_names_;
  std::vector<int> definition_of_;  // by expression number; -1 where it is printed in place
  std::vector<std::string> definitions_;
};

}  // namespace kiln::graph
