#pragma once

#include <memory>
#include <optional>
#include <string>

namespace kiln::tools {

/// Reads lines from a terminal with editing by keys, and keeps what was said for the next time: the last 1000
/// inputs, in `kiln/history` in the user's folder for state ($XDG_STATE_HOME, else ~/.local/state).
class LineEditor {
 public:
  LineEditor();
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// A line without its end; nothing at the end of the input.
  std::optional<std::string> read(const char* prompt);
  /// A whole input, perhaps of several lines, to be brought back by the arrow keys.
  void remember(const std::string& input);

 private:
  struct Terminal;
  std::unique_ptr<Terminal> terminal_;
};

}  // namespace kiln::tools
