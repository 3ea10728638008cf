#include "format/document.h"

#include <limits>

#include "base/internal_check.h"
#include "format/lines.h"

namespace kiln::format {

void Document::add(CommandKind kind, std::string_view text, int amount) {
  commands_.push_back({kind, amount, false, text});
  if (kind == CommandKind::hard_line || kind == CommandKind::blank_line ||
      kind == CommandKind::comment_behind)
    break_groups();
}

void Document::begin() {
  open_.push_back(commands_.size());
  commands_.push_back({CommandKind::begin_group, 0, false, {}});
}

void Document::end() {
  internal_check(!open_.empty(), "Document: a group ends that has not begun");
  commands_[open_.back()].amount = static_cast<int>(commands_.size());
  open_.pop_back();
  commands_.push_back({CommandKind::end_group, 0, false, {}});
}

void Document::comment(std::string_view text, bool blank_before) {
  commands_.push_back({CommandKind::comment_above, 0, blank_before, text});
  break_groups();
}

/// Those around a broken one are broken already.
void Document::break_groups() {
  for (size_t i = open_.size(); i-- > 0 && !commands_[open_[i]].is_broken;)
    commands_[open_[i]].is_broken = true;
}

void Document::join(size_t command) {
  internal_check(
      commands_[command - 2].kind == CommandKind::indent && commands_[command - 1].kind == CommandKind::line,
      "Document::join: no indented line");
  commands_[command - 2].amount = 0;
  commands_[command - 1].kind = CommandKind::space;
}

int Document::flat_width(size_t first) const {
  int width = 0;
  for (size_t i = first; i < commands_.size(); ++i) {
    switch (commands_[i].kind) {
      case CommandKind::text: width += width_of(commands_[i].text); break;
      case CommandKind::space:
      case CommandKind::line: width += 1; break;
      case CommandKind::hard_line:
      case CommandKind::blank_line:
      case CommandKind::comment_behind:
      case CommandKind::comment_above: return std::numeric_limits<int>::max();
      default: break;
    }
  }
  return width;
}

namespace {

class Printer {
 public:
  Printer(const Document& document, int width) : commands_(document.commands()), width_(width) {}

  std::string run() {
    for (size_t i = 0; i < commands_.size(); ++i) step(i);
    return lines_.take();
  }

 private:
  using Command = Document::Command;

  bool is_flat() const { return !flat_.empty() && flat_.back(); }

  void step(size_t i) {
    const Command& command = commands_[i];
    switch (command.kind) {
      case CommandKind::text: return lines_.text(command.text);
      case CommandKind::space: return lines_.space();
      case CommandKind::line: return is_flat() ? lines_.space() : lines_.next();
      case CommandKind::soft_line: return is_flat() ? void() : lines_.next();
      case CommandKind::hard_line: return lines_.next();
      case CommandKind::blank_line: return lines_.blank();
      case CommandKind::begin_group: flat_.push_back(is_flat() || (!command.is_broken && fits(i))); return;
      case CommandKind::end_group: flat_.pop_back(); return;
      case CommandKind::indent: return lines_.indent(command.amount);
      case CommandKind::dedent: return lines_.indent(-command.amount);
      case CommandKind::if_broken: return is_flat() ? void() : lines_.text(command.text);
      case CommandKind::comment_behind: return lines_.comment_behind(command.text);
      case CommandKind::comment_above: return lines_.comment_above(command.text, command.is_broken);
      case CommandKind::begin_item: return lines_.begin_item(command.amount != 0);
      case CommandKind::begin_code: return lines_.begin_code();
      case CommandKind::end_item: return lines_.end_item();
    }
  }

  /// Whether the group at `begin` fits on the line, with what follows it up to the next place where a line
  /// may end.
  bool fits(size_t begin) const {
    const size_t end = static_cast<size_t>(commands_[begin].amount);
    int left = width_ - lines_.column();
    for (size_t i = begin; i < commands_.size() && left >= 0; ++i) {
      const Command& command = commands_[i];
      const bool is_inside = i < end;
      switch (command.kind) {
        case CommandKind::text: left -= width_of(command.text); break;
        case CommandKind::space: left -= 1; break;
        case CommandKind::line:
          if (!is_inside) return true;
          left -= 1;
          break;
        case CommandKind::soft_line:
          if (!is_inside) return true;
          break;
        case CommandKind::hard_line:
        case CommandKind::blank_line:
        case CommandKind::comment_behind:
        case CommandKind::comment_above: return true;
        default: break;
      }
    }
    return left >= 0;
  }

  const std::vector<Command>& commands_;
  const int width_;
  Lines lines_;
  std::vector<bool> flat_;
};

}  // namespace

std::string lay_out(const Document& document, int width) { return Printer(document, width).run(); }

}  // namespace kiln::format
