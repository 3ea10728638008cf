#include "fuse/rewrite_reads.h"

#include "graph/import_expression.h"

namespace kiln::fuse {

using namespace graph;

void rewrite_reads(Function& function, const ReadRule& rule) {
  ImportRules rules;
  rules.read = rule;
  const Expressions from = function.expressions;
  ExpressionImporter importer(from, function.expressions, rules);
  for (Node& node : function.nodes)
    if (auto* compute = std::get_if<Compute>(&node.op)) {
      compute->write = importer.import(compute->write);
      compute->guard = importer.import(compute->guard);
      compute->body = importer.import(compute->body);
    }
}

}  // namespace kiln::fuse
