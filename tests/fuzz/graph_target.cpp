#include "graph/text.h"
#include "small_runs.h"
#include "targets.h"

namespace kiln::fuzz {
namespace {

/// What the verifier cannot see and the interpreter therefore checks as it runs: promises of whoever made the
/// graph.
bool is_broken_promise(std::string_view message) {
  for (const std::string_view part :
       {"has extent", "assigned twice", "a dim expression has no value", "top_k of more"})
    if (message.find(part) != std::string_view::npos) return true;
  return false;
}

}  // namespace

void run_graph(Bytes bytes) {
  auto read = graph::read(text_of(bytes));
  const auto* function = std::get_if<graph::Function>(&read);
  if (!function || graph::verify(*function)) return;
  const std::string printed = graph::print(*function);
  const auto again = graph::read(printed);
  if (const auto* error = std::get_if<graph::ReadError>(&again))
    finding("the printed graph cannot be read: line " + std::to_string(error->line) + ": " + error->message +
            "\n" + printed);
  if (graph::print(std::get<graph::Function>(again)) != printed)
    finding("printing changes the graph\n" + printed);
  const auto dims = small_dims(*function, bytes.size());
  for (const dim::Condition& fact : function->facts)
    if (!fact.evaluate(dims).value_or(false)) return;
  if (!is_small(*function, dims)) return;
  for (const graph::Node& node : function->nodes)
    if (std::holds_alternative<graph::Derivative>(node.op)) return;  // the interpreter takes none
  try {
    graph::interpret(*function, dims, small_inputs(*function, dims, bytes.size()));
  } catch (const InternalError& error) {
    if (!is_broken_promise(error.what())) throw;
  }
}

}  // namespace kiln::fuzz
