#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "graph/graph.h"
#include "transform/rewrite_expression.h"

namespace kiln::transform {

/// A function without values: the name, dims and facts of another.
graph::Function without_nodes(const graph::Function& function);

/// Copies nodes of one function to the end of another, value by value; a pass replaces what it wants to
/// replace by `set` and copies the rest.
class FunctionCopy {
 public:
  /// `dims` are substituted in types, expressions and ranges.
  FunctionCopy(const graph::Function& from, graph::Function& to, std::map<std::string, dim::Dim> dims = {});

  /// Appends a copy of the node, with its results known from here on.
  void copy(const graph::Node& node) { copy(node, nullptr); }
  /// The same; the body of a loop or derivative becomes what `pass` makes of it (with the same inputs and
  /// outputs).
  using BodyPass = std::function<graph::Function(const graph::Function& body)>;
  void copy(const graph::Node& node, const BodyPass& pass);
  void set(graph::ValueId from, graph::ValueId to);
  graph::ValueId at(graph::ValueId from) const;
  graph::ExprId expression(graph::ExprId id);
  graph::Compute compute(const graph::Compute& compute);
  /// Keeps the name, the range and `is_backward` of a value on the value that takes its place.
  void describe(graph::ValueId from, graph::ValueId to);
  /// The outputs of `from`, as outputs of `to`.
  void copy_outputs();

  /// Gives expressions for reads (see ImportRules); for view inlining.
  using ReadRule =
      std::function<graph::ExprId(graph::ValueId value, const std::vector<graph::ExprId>& subscripts)>;
  void set_read_rule(ReadRule rule) { read_rule_ = std::move(rule); }

  Folder& folder() { return folder_; }
  graph::Builder& builder() { return builder_; }

 private:
  std::vector<dim::Dim> shape(const std::vector<dim::Dim>& shape) const;
  struct CopyOp;

  const graph::Function& from_;
  graph::Function& to_;
  std::map<std::string, dim::Dim> dims_;
  graph::Builder builder_;
  Folder folder_;
  ReadRule read_rule_;
  FoldingImporter importer_;
  std::unordered_map<uint32_t, graph::ValueId> values_;
};

}  // namespace kiln::transform
