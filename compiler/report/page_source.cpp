#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "report/page_parts.h"
#include "syntax/tokens.h"

namespace kiln::report {
namespace {

using syntax::TokenKind;

/// Lines around those that kernels come from, in files that are not shown as a whole.
constexpr int context = 2;

const char* class_of(TokenKind kind, std::string_view text) {
  switch (kind) {
    case TokenKind::word: return "w";
    case TokenKind::number: return "d";
    case TokenKind::string: return "s";
    case TokenKind::comment:
    case TokenKind::doc: return "c";
    case TokenKind::name: return text.front() >= 'A' && text.front() <= 'Z' ? "t" : nullptr;
    default: return nullptr;
  }
}

/// The lines of a file, coloured.
std::vector<std::string> coloured_lines(const std::string& text) {
  std::vector<std::string> lines(1);
  const auto add = [&](std::string_view piece, const char* kind) {
    while (true) {
      const size_t end = piece.find('\n');
      const std::string part = escape(piece.substr(0, end));
      if (!part.empty())
        lines.back() += kind ? fmt::format("<span class=\"{}\">{}</span>", kind, part) : part;
      if (end == std::string_view::npos) return;
      lines.emplace_back();
      piece.remove_prefix(end + 1);
    }
  };
  uint32_t end = 0;
  for (const syntax::Token& token : syntax::tokens_of(text)) {
    add(std::string_view(text).substr(end, token.begin - end), nullptr);
    add(token.in(text), class_of(token.kind, token.in(text)));
    end = token.end;
  }
  add(std::string_view(text).substr(end), nullptr);
  return lines;
}

class SourcePane {
 public:
  SourcePane(const Report& report, const SourceFiles& files) : report_(report), files_(files) {
    for (size_t i = 0; i < report.kernels.size(); ++i)
      for (const Lines& lines : report.kernels[i].lines)
        for (int line = lines.first; line <= lines.last; ++line) kernels_[lines.file][line].insert(i);
  }

  std::string run() {
    const double total = std::max(report_.seconds(), 1e-12);
    for (auto& [file, lines] : kernels_)
      for (auto& [line, kernels] : lines) {
        double seconds = 0;
        for (const size_t kernel : kernels) seconds += report_.kernels[kernel].seconds();
        heat_[{file, line}] = seconds / total;
      }
    std::string html = "<aside class=\"source\" aria-label=\"the program\">\n<h3 class=\"mono\">" +
                       escape(name_of(report_.file)) + "</h3>\n" + whole(report_.file);
    for (const auto& [file, lines] : kernels_)
      if (file != report_.file)
        html += "<details class=\"plain\" style=\"padding:0 .9rem\"><summary class=\"mono\">" +
                escape(name_of(file)) + "</summary>\n" + excerpts(file) + "</details>\n";
    return html + "</aside>\n";
  }

 private:
  std::string name_of(uint32_t file) const {
    const std::string& path = files_[file].path();
    return path.substr(path.rfind('/') + 1);
  }

  std::string line_of(uint32_t file, int line, const std::string& code) const {
    std::string attributes = fmt::format(" id=\"{}\"", anchor_of(file, line));
    if (const auto heat = heat_.find({file, line}); heat != heat_.end()) {
      std::string kernels;
      for (const size_t kernel : kernels_.at(file).at(line))
        kernels += (kernels.empty() ? "" : " ") + std::to_string(kernel);
      attributes += fmt::format(
          " class=\"used\" data-kernels=\"{0}\" style=\"--heat:{1:.0f}%\" title=\"kernels {0}: {2:.0f}% of "
          "the time\"",
          kernels, 18 + 82 * heat->second, 100 * heat->second);
    }
    return fmt::format("<li{}><span>{}</span><code>{}</code></li>\n", attributes, line, code);
  }

  std::string whole(uint32_t file) const {
    const std::vector<std::string> lines = coloured_lines(files_[file].text());
    std::string html = "<ol>\n";
    for (size_t i = 0; i < lines.size() && (i + 1 < lines.size() || !lines[i].empty()); ++i)
      html += line_of(file, static_cast<int>(i) + 1, lines[i]);
    return html + "</ol>\n";
  }

  std::string excerpts(uint32_t file) const {
    const std::vector<std::string> lines = coloured_lines(files_[file].text());
    std::set<int> shown;
    for (const auto& [line, kernels] : kernels_.at(file))
      for (int near = line - context; near <= line + context; ++near)
        if (near >= 1 && near <= static_cast<int>(lines.size())) shown.insert(near);
    std::string html = "<ol>\n";
    int last = 0;
    for (const int line : shown) {
      if (line != last + 1) html += "<li class=\"gap\">⋯</li>\n";
      html += line_of(file, line, lines[static_cast<size_t>(line) - 1]);
      last = line;
    }
    return html + "</ol>\n";
  }

  const Report& report_;
  const SourceFiles& files_;
  std::map<uint32_t, std::map<int, std::set<size_t>>> kernels_;
  std::map<std::pair<uint32_t, int>, double> heat_;
};

}  // namespace

std::string source_pane(const Report& report, const SourceFiles& files) {
  return SourcePane(report, files).run();
}

}  // namespace kiln::report
