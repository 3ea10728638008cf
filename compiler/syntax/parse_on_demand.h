#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/diagnostic.h"
#include "source/source_file.h"
#include "syntax/ast.h"

namespace kiln::syntax {

/// A file of which each declaration is parsed when it is asked for: most of a library is not used by a
/// program, and parsing is the dearest part of checking one. Declarations are told apart by the words at
/// which they begin, and only what is parsed becomes tokens that are kept; those without a name (own
/// derivative rules) are parsed at once. For files that are known to be without mistakes.
class FileOnDemand {
 public:
  /// Nothing if the file has a mistake that shows at once (a bracket without its partner, a name declared
  /// twice, a wrong import or rule): then `parse` reports it. What is given must stay.
  static std::unique_ptr<FileOnDemand> open(const SourceFiles& files, uint32_t number,
                                            Diagnostics& diagnostics);
  ~FileOnDemand();

  /// The imports, the rules, and the declarations that were asked for, in the order in which they were.
  const std::shared_ptr<const File>& file() const;
  std::vector<std::string> names() const;
  /// Null if there is none of this name, or if it has a mistake; then all mistakes of the file are reported.
  const Declaration* find(const std::string& name);

 private:
  struct State;
  explicit FileOnDemand(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// What a file declares, in order; nothing where brackets do not match or a token is none of the language.
std::vector<std::string> declared_names(std::string_view text);

}  // namespace kiln::syntax
