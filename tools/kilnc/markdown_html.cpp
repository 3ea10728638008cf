#include "markdown_html.h"

#include <algorithm>
#include <sstream>
#include <vector>

namespace kiln::tools {
namespace {

using CodeToHtml = std::function<std::string(const std::string&)>;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

size_t indentation_of(const std::string& line) { return std::min(line.find_first_not_of(' '), line.size()); }
bool is_blank(const std::string& line) { return indentation_of(line) == line.size(); }
bool is_fence(const std::string& line) { return line.compare(indentation_of(line), 3, "```") == 0; }

/// What stands before the text of a list's item, or 0: "- ", "* ", "12. ".
size_t marker_of(const std::string& line) {
  const size_t at = indentation_of(line);
  if (at + 1 >= line.size()) return 0;
  if ((line[at] == '-' || line[at] == '*') && line[at + 1] == ' ') return at + 2;
  size_t digits = at;
  while (digits < line.size() && line[digits] >= '0' && line[digits] <= '9') ++digits;
  return digits > at && line.compare(digits, 2, ". ") == 0 ? digits + 2 : 0;
}

size_t heading_of(const std::string& line) {
  const size_t count = std::min(line.find_first_not_of('#'), line.size());
  return count >= 1 && count <= 6 && count < line.size() && line[count] == ' ' ? count : 0;
}

bool is_safe_link(const std::string& address) {
  const size_t colon = address.find(':');
  const bool has_scheme = colon != std::string::npos && address.find_first_of("/#?") > colon;
  return !has_scheme || address.starts_with("https:") || address.starts_with("http:");
}

/// A run of text without blocks.
std::string inline_html(const std::string& text, const CodeToHtml& code) {
  std::string html;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '\\' && i + 1 < text.size() && std::ispunct(static_cast<unsigned char>(text[i + 1]))) {
      html += escape_html(text.substr(i + 1, 1));
      i += 2;
      continue;
    }
    if (text[i] == '`') {
      const size_t end = text.find('`', i + 1);
      if (end != std::string::npos) {
        html += "<code>" + code(text.substr(i + 1, end - i - 1)) + "</code>";
        i = end + 1;
        continue;
      }
    }
    if (text[i] == '*') {
      const size_t width = text.compare(i, 2, "**") == 0 ? 2 : 1;
      const size_t end = text.find(std::string(width, '*'), i + width);
      const bool opens = i + width < text.size() && text[i + width] != ' ' && end != std::string::npos &&
                         end > i + width && text[end - 1] != ' ';
      if (opens) {
        const char* const tag = width == 2 ? "strong" : "em";
        html += std::string("<") + tag + ">" + inline_html(text.substr(i + width, end - i - width), code) +
                "</" + tag + ">";
        i = end + width;
        continue;
      }
    }
    if (text[i] == '[') {
      const size_t middle = text.find("](", i);
      const size_t end = middle == std::string::npos ? middle : text.find(')', middle);
      if (end != std::string::npos && text.find('[', i + 1) > middle) {
        const std::string address = text.substr(middle + 2, end - middle - 2);
        if (is_safe_link(address)) {
          html += "<a href=\"" + escape_html(address) + "\">" +
                  inline_html(text.substr(i + 1, middle - i - 1), code) + "</a>";
          i = end + 1;
          continue;
        }
      }
    }
    html += escape_html(text.substr(i, 1));
    ++i;
  }
  return html;
}

class Blocks {
 public:
  Blocks(std::vector<std::string> lines, const CodeToHtml& code) : lines_(std::move(lines)), code_(code) {}

  std::string run() {
    while (at_ < lines_.size()) {
      const std::string& line = lines_[at_];
      if (is_blank(line)) {
        ++at_;
      } else if (is_fence(line)) {
        fenced();
      } else if (marker_of(line) != 0) {
        list();
      } else if (indentation_of(line) >= 2) {
        indented();
      } else if (const size_t level = heading_of(line)) {
        const std::string tag = "h" + std::to_string(std::min<size_t>(level + 3, 6));
        html_ += "<" + tag + ">" + inline_html(line.substr(level + 1), code_) + "</" + tag + ">\n";
        ++at_;
      } else {
        paragraph();
      }
    }
    return html_;
  }

 private:
  void fenced() {
    const std::string opening = lines_[at_].substr(indentation_of(lines_[at_]) + 3);
    const size_t indentation = indentation_of(lines_[at_]);
    std::string text;
    for (++at_; at_ < lines_.size() && !is_fence(lines_[at_]); ++at_)
      text += lines_[at_].substr(std::min(indentation, indentation_of(lines_[at_]))) + "\n";
    ++at_;
    const bool is_kiln = opening.empty() || opening == "kiln";
    html_ += "<pre><code>" + (is_kiln ? code_(text) : escape_html(text)) + "</code></pre>\n";
  }

  void indented() {
    const size_t indentation = indentation_of(lines_[at_]);
    std::string text;
    for (; at_ < lines_.size() && (is_blank(lines_[at_]) || indentation_of(lines_[at_]) >= 2); ++at_)
      text += lines_[at_].substr(std::min(indentation, indentation_of(lines_[at_]))) + "\n";
    while (text.ends_with("\n\n")) text.pop_back();
    html_ += "<pre><code>" + code_(text) + "</code></pre>\n";
  }

  /// Items hold what is indented further than their marks.
  void list() {
    const size_t indentation = indentation_of(lines_[at_]);
    const bool is_ordered = lines_[at_][indentation] != '-' && lines_[at_][indentation] != '*';
    html_ += is_ordered ? "<ol>\n" : "<ul>\n";
    while (at_ < lines_.size() && marker_of(lines_[at_]) != 0 && indentation_of(lines_[at_]) == indentation) {
      const size_t marker = marker_of(lines_[at_]);
      std::vector<std::string> inner = {lines_[at_].substr(marker)};
      for (++at_; at_ < lines_.size() && !is_blank(lines_[at_]) && indentation_of(lines_[at_]) > indentation;
           ++at_)
        inner.push_back(lines_[at_].substr(std::min(marker, indentation_of(lines_[at_]))));
      std::string content = Blocks(std::move(inner), code_).run();
      if (content.starts_with("<p>") && content.find("<p>", 1) == std::string::npos) {  // tight
        content.erase(0, 3);
        content.erase(content.find("</p>"), 5);
      }
      html_ += "<li>" + content + "</li>\n";
    }
    html_ += is_ordered ? "</ol>\n" : "</ul>\n";
  }

  void paragraph() {
    std::string text;
    for (; at_ < lines_.size() && !is_blank(lines_[at_]) && !is_fence(lines_[at_]) &&
           heading_of(lines_[at_]) == 0 &&
           (text.empty() || (marker_of(lines_[at_]) == 0 && indentation_of(lines_[at_]) < 2));
         ++at_)
      text += (text.empty() ? "" : "\n") + lines_[at_];
    html_ += "<p>" + inline_html(text, code_) + "</p>\n";
  }

  std::vector<std::string> lines_;
  const CodeToHtml& code_;
  size_t at_ = 0;
  std::string html_;
};

}  // namespace

std::string escape_html(std::string_view text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      default: html += c;
    }
  }
  return html;
}

std::string markdown_html(const std::string& markdown, const CodeToHtml& code) {
  return Blocks(lines_of(markdown), code).run();
}

std::string first_sentence(const std::string& markdown) {
  std::string text;
  for (const std::string& line : lines_of(markdown)) {
    if (is_blank(line) || is_fence(line) || (!text.empty() && marker_of(line) != 0)) break;
    text += (text.empty() ? "" : " ") + line.substr(indentation_of(line));
  }
  for (size_t at = text.find(". "); at != std::string::npos; at = text.find(". ", at + 1)) {
    const bool is_short_form = at >= 2 && text[at - 2] == '.';  // e.g.
    if (!is_short_form) return text.substr(0, at + 1);
  }
  return text;
}

}  // namespace kiln::tools
