#include "elaborated.h"

#include <gtest/gtest.h>

#include "elaborate/elaborate.h"
#include "graph/text.h"
#include "sema/check.h"

namespace kiln::elaborate {

std::string elaborated(const std::string& program) {
  SourceFiles files;
  Diagnostics diagnostics;
  const uint32_t root = files.add("test.model", program);
  std::optional<Module> module;
  if (const auto typed = sema::check(files, root, {}, diagnostics))
    module = elaborate(*typed, files, diagnostics);
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics.all())
    text += std::string(diagnostic.kind->code) + " " + diagnostic.message + "\n";
  if (!module) return text;
  for (const auto& functions : {module->functions, module->tests})
    for (const Function& function : functions) {
      if (const auto problem = graph::verify(function.graph)) ADD_FAILURE() << *problem;
      text += graph::print(function.graph);
    }
  return text;
}

std::string normalised(const std::string& graph) {
  const auto result = graph::read(graph);
  if (const auto* error = std::get_if<graph::ReadError>(&result)) {
    ADD_FAILURE() << "line " << error->line << " of the expected graph: " << error->message;
    return "";
  }
  return graph::print(std::get<graph::Function>(result));
}

}  // namespace kiln::elaborate
