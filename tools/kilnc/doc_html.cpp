#include <algorithm>

#include "doc_pages.h"
#include "markdown_html.h"
#include "syntax/tokens.h"

namespace kiln::tools {
namespace {

using syntax::TokenKind;

constexpr const char* style = R"(
:root { --text: #1c1e21; --soft: #5f6670; --ground: #ffffff; --code: #f4f5f7; --line: #dfe2e6; --link: #0b57b0;
        --word: #8a2b9e; --type: #0f6674; --number: #a04a00; --string: #2d6e1f; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e3e5e8; --soft: #9aa1ab; --ground: #17191c; --code: #212428; --line: #343940; --link: #79b8ff;
          --word: #d7a1e6; --type: #7fd3e0; --number: #f0b078; --string: #9ad489; }
}
body { margin: 0 auto; max-width: 56rem; padding: 1.5rem; color: var(--text); background: var(--ground);
       font: 16px/1.55 system-ui, sans-serif; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
code, pre { font: 0.9em/1.5 ui-monospace, "DejaVu Sans Mono", monospace; background: var(--code); border-radius: 4px; }
code { padding: 0.1em 0.25em; } pre { padding: 0.7em 0.9em; overflow-x: auto; } pre code { padding: 0; }
pre a { color: inherit; border-bottom: 1px dotted var(--soft); }
h1 { font-size: 1.7rem; } h2 { margin-top: 2.2rem; border-bottom: 1px solid var(--line); }
section { margin: 1.6rem 0; } section section { margin-left: 1.2rem; }
nav, .soft { color: var(--soft); } dt { font-family: ui-monospace, monospace; } dd p { margin: 0.2em 0; }
table { border-collapse: collapse; } td { padding: 0.15rem 1rem 0.15rem 0; vertical-align: top; }
.w { color: var(--word); } .t { color: var(--type); } .n { color: var(--number); } .s { color: var(--string); }
.c { color: var(--soft); font-style: italic; }
)";

const DocModule* module_named(std::span<const DocModule> all, const std::string& name) {
  for (const DocModule& module : all)
    if (module.name == name) return &module;
  return nullptr;
}

bool declares(const DocModule& module, std::string_view name) {
  return std::any_of(module.items.begin(), module.items.end(),
                     [&](const DocItem& item) { return item.name == name; });
}

/// Code as it is seen from one module: coloured, with links.
class Code {
 public:
  Code(const DocModule& module, std::span<const DocModule> all) : module_(module), all_(all) {}

  std::string operator()(const std::string& code) const {
    std::string html;
    const auto tokens = syntax::tokens_of(code);
    uint32_t end = 0;
    for (size_t i = 0; i < tokens.size(); ++i) {
      html += escape_html(std::string_view(code).substr(end, tokens[i].begin - end));
      end = tokens[i].end;
      const std::string_view text = tokens[i].in(code);
      const std::string address = tokens[i].kind == TokenKind::name ? address_of(tokens, i, code) : "";
      std::string piece = escape_html(text);
      if (const char* kind = class_of(tokens[i].kind, text))
        piece = std::string("<span class=\"") + kind + "\">" + piece + "</span>";
      html += address.empty() ? piece : "<a href=\"" + address + "\">" + piece + "</a>";
    }
    return html + escape_html(std::string_view(code).substr(end));
  }

 private:
  static const char* class_of(TokenKind kind, std::string_view text) {
    switch (kind) {
      case TokenKind::word: return "w";
      case TokenKind::number: return "n";
      case TokenKind::string: return "s";
      case TokenKind::comment:
      case TokenKind::doc: return "c";
      case TokenKind::name: return text.front() >= 'A' && text.front() <= 'Z' ? "t" : nullptr;
      default: return nullptr;
    }
  }

  std::string address_of(const std::vector<syntax::Token>& tokens, size_t i, const std::string& code) const {
    const std::string name(tokens[i].in(code));
    const bool is_member = i >= 1 && tokens[i - 1].in(code) == ".";
    if (is_member) {
      const auto import =
          i >= 2 ? module_.imports.find(std::string(tokens[i - 2].in(code))) : module_.imports.end();
      if (import == module_.imports.end()) return "";
      const DocModule* other = module_named(all_, import->second);
      return other && declares(*other, name) ? other->name + ".html#" + name : "";
    }
    if (i + 1 < tokens.size() && tokens[i + 1].in(code) == ".") {
      const auto import = module_.imports.find(name);
      if (import != module_.imports.end() && module_named(all_, import->second))
        return import->second + ".html";
    }
    return declares(module_, name) ? "#" + name : "";
  }

  const DocModule& module_;
  std::span<const DocModule> all_;
};

std::string page(const std::string& title, const std::string& body) {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
         "content=\"width=device-width, initial-scale=1\">\n<title>" +
         escape_html(title) + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n" + body +
         "</body>\n</html>\n";
}

std::string item_html(const DocItem& item, const std::string& anchor, const Code& code) {
  std::string html = "<section id=\"" + anchor + "\">\n<pre><code>" + code(whole_signature(item)) +
                     "</code></pre>\n" + markdown_html(item.doc, code);
  if (!item.parts.empty()) {
    html += "<dl>\n";
    for (const auto& [name, doc] : item.parts)
      html += "<dt>" + escape_html(name) + "</dt><dd>" + markdown_html(doc, code) + "</dd>\n";
    html += "</dl>\n";
  }
  for (const DocItem& member : item.members) html += item_html(member, anchor + "." + member.name, code);
  return html + "</section>\n";
}

struct Heading {
  const char* kind;
  const char* title;
};

constexpr Heading headings[] = {
    {"model", "Models"}, {"fn", "Functions"}, {"type", "Types"}, {"const", "Constants"}};

}  // namespace

std::string whole_signature(const DocItem& item) {
  std::string text = item.signature;
  for (size_t i = 0; i < item.inferred.size(); ++i)
    text += (i == 0 ? "\n    // inferred: where " : ", ") + item.inferred[i];
  return text;
}

std::string html_page(const DocModule& module, std::span<const DocModule> all) {
  const Code code(module, all);
  std::string body = "<nav><a href=\"index.html\">all modules</a></nav>\n<h1>module <code>" +
                     escape_html(module.name) + "</code></h1>\n" + markdown_html(module.doc, code);
  std::string details;
  for (const Heading& heading : headings) {
    std::string rows, items;
    for (const DocItem& item : module.items) {
      if (item.kind != heading.kind) continue;
      rows += "<tr><td><a href=\"#" + item.name + "\"><code>" + item.name + "</code></a></td><td>" +
              markdown_html(first_sentence(item.doc), code) +
              (item.is_exported ? " <span class=\"soft\">exported</span>" : "") + "</td></tr>\n";
      items += item_html(item, item.name, code);
    }
    if (rows.empty()) continue;
    body += std::string("<h3>") + heading.title + "</h3>\n<table>\n" + rows + "</table>\n";
    details += std::string("<h2>") + heading.title + "</h2>\n" + items;
  }
  return page(module.name, body + details);
}

std::string html_index(std::span<const DocModule> all) {
  std::string body = "<h1>Modules</h1>\n<table>\n";
  for (const DocModule& module : all) {
    const Code code(module, all);
    body += "<tr><td><a href=\"" + module.name + ".html\"><code>" + escape_html(module.name) +
            "</code></a></td><td>" + markdown_html(first_sentence(module.doc), code) + "</td></tr>\n";
  }
  return page("Modules", body + "</table>\n");
}

}  // namespace kiln::tools
