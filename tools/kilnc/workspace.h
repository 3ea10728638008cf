#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/internal_check.h"
#include "graph/interpret.h"
#include "source/diagnostic.h"
#include "source/source_file.h"

namespace kiln::tools {

enum class InputKind { nothing, import, declarations, statements, expression };

/// What a piece of the language is. What is none of them counts as what its first word promises, else as an
/// expression, so that its mistakes can be told.
InputKind kind_of_input(const std::string& input);

/// Whether more has to follow: brackets are open, or the end is an operator.
bool is_unfinished(const std::string& input);

/// A value that the interpreter found: of a tensor one leaf without a path, of tuples and models several.
struct FoundValue {
  struct Leaf {
    std::string path, type;
    graph::Tensor tensor;
  };
  std::string type;
  std::vector<Leaf> leaves;

  /// "[1, 2] : i32[2]", or a line for each leaf.
  std::string to_string() const;
};

/// What has been said so far: the declarations of a file, more declarations, and statements as of one block.
/// Nothing is kept as a value: each time the statements run again, which gives the same.
class Workspace {
 public:
  /// Takes the place of what was there. Its mistakes are printed, and then nothing changes.
  bool load(const std::filesystem::path& file);
  void clear();

  /// Each prints what is wrong with the input, and then changes nothing.
  bool add_import(const std::string& input);
  bool add_declarations(const std::string& input);
  bool add_statements(const std::string& input);
  /// Whether statements are such as to be kept, without a word if not.
  bool can_add_statements(const std::string& input) const;
  /// With `only_type`, it has no leaves. Nothing: `exit` says of what kind the mistake is.
  std::optional<FoundValue> evaluate(const std::string& expression, bool only_type, ExitCode& exit) const;
  /// As it was typed, behind what was loaded.
  std::string to_string() const;

 private:
  struct Program;
  /// Runs the statements, and adds what they print to what has been shown.
  bool run(bool is_quiet);
  void show_new(const std::string& printed) const;
  std::string compose(const std::string& last) const;
  std::string imports_for(const std::string& text) const;

  std::filesystem::path folder_;
  std::string file_text_;
  std::vector<std::string> imports_;
  std::vector<std::pair<std::string, std::string>> declarations_;  // the name, and the text
  std::string statements_;
  size_t shown_ = 0;  // how much of what the statements print has been seen
};

}  // namespace kiln::tools
