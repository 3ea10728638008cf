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
  const auto call = small_call(*function, bytes.size());
  if (!call || !is_small(*function, call->dims)) return;
  try {
    graph::interpret(*function, call->dims, call->inputs);
  } catch (const InternalError& error) {
    if (!is_broken_promise(error.what())) throw;
  }
}

}  // namespace kiln::fuzz
