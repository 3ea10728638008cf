#include "line_editor.h"

#include <histedit.h>

#include <algorithm>
#include <clocale>
#include <cstdlib>
#include <filesystem>

namespace kiln::tools {
namespace {

namespace fs = std::filesystem;

constexpr int most_inputs = 1000;

/// Empty if there is no such folder, or it cannot be made.
fs::path history_file() {
  const char* const state = std::getenv("XDG_STATE_HOME");
  const char* const home = std::getenv("HOME");
  fs::path folder = state != nullptr ? state : "";
  if (!folder.is_absolute()) {  // as the XDG rules say
    if (home == nullptr || !fs::path(home).is_absolute()) return {};
    folder = fs::path(home) / ".local" / "state";
  }
  folder /= "kiln";
  std::error_code failed;
  fs::create_directories(folder, failed);
  return failed ? fs::path() : folder / "history";
}

}  // namespace

struct LineEditor::Terminal {
  EditLine* editor = nullptr;
  History* history = nullptr;
  HistEvent event{};
  std::string prompt;
  std::string file;

  static const char* prompt_of(EditLine* editor) {
    Terminal* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return self->prompt.c_str();
  }
};

LineEditor::LineEditor() : terminal_(std::make_unique<Terminal>()) {
  std::setlocale(LC_CTYPE, "");  // how the terminal writes characters
  Terminal& terminal = *terminal_;
  terminal.editor = el_init("kilnc", stdin, stdout, stderr);
  terminal.history = history_init();
  terminal.file = history_file().string();
  if (terminal.editor == nullptr || terminal.history == nullptr) return;
  history(terminal.history, &terminal.event, H_SETSIZE, most_inputs);
  history(terminal.history, &terminal.event, H_SETUNIQUE, 1);
  if (!terminal.file.empty()) history(terminal.history, &terminal.event, H_LOAD, terminal.file.c_str());
  el_set(terminal.editor, EL_CLIENTDATA, &terminal);
  el_set(terminal.editor, EL_PROMPT, &Terminal::prompt_of);
  el_set(terminal.editor, EL_EDITOR, "emacs");
  el_set(terminal.editor, EL_SIGNAL, 1);  // an interrupt leaves the terminal as it was
  el_set(terminal.editor, EL_HIST, history, terminal.history);
  el_set(terminal.editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(terminal.editor, nullptr);  // the user's ~/.editrc
}

LineEditor::~LineEditor() {
  if (terminal_->editor != nullptr) el_end(terminal_->editor);
  if (terminal_->history != nullptr) history_end(terminal_->history);
}

std::optional<std::string> LineEditor::read(const char* prompt) {
  if (terminal_->editor == nullptr) return std::nullopt;
  terminal_->prompt = prompt;
  int count = 0;
  const char* const line = el_gets(terminal_->editor, &count);
  if (line == nullptr || count <= 0) return std::nullopt;
  std::string text(line, static_cast<size_t>(count));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

void LineEditor::remember(const std::string& input) {
  if (terminal_->history == nullptr || input.empty()) return;
  // Line ends mean nothing but behind a comment: then the lines are kept one by one.
  std::string entry = input;
  if (entry.find("//") == std::string::npos) std::replace(entry.begin(), entry.end(), '\n', ' ');
  for (size_t begin = 0; begin <= entry.size();) {
    const size_t end = std::min(entry.find('\n', begin), entry.size());
    history(terminal_->history, &terminal_->event, H_ENTER,
            (entry.substr(begin, end - begin) + "\n").c_str());
    begin = end + 1;
  }
  if (!terminal_->file.empty())
    history(terminal_->history, &terminal_->event, H_SAVE, terminal_->file.c_str());
}

}  // namespace kiln::tools
