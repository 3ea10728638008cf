#include "doc_pages.h"
#include "markdown_html.h"

namespace kiln::tools {
namespace {

std::string item_markdown(const DocItem& item, const std::string& heading, const std::string& name) {
  std::string text = heading + " `" + name + "`\n\n```kiln\n" + whole_signature(item) + "\n```\n\n";
  if (!item.doc.empty()) text += item.doc + "\n\n";
  for (const auto& [part, doc] : item.parts) {
    std::string line;
    for (const char c : doc) line += c == '\n' ? ' ' : c;
    text += "- `" + part + "`: " + line + "\n";
  }
  if (!item.parts.empty()) text += "\n";
  for (const DocItem& member : item.members)
    text += item_markdown(member, heading + "#", name + "." + member.name);
  return text;
}

std::string without_end(std::string text) {
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

}  // namespace

std::string markdown_page(const DocModule& module) {
  std::string text = "# " + module.name + "\n\n";
  if (!module.doc.empty()) text += module.doc + "\n\n";
  for (const DocItem& item : module.items) text += item_markdown(item, "##", item.name);
  return without_end(text);
}

std::string markdown_index(std::span<const DocModule> all) {
  std::string text = "# Modules\n\n";
  for (const DocModule& module : all)
    text += "- [" + module.name + "](" + module.name + ".md): " + first_sentence(module.doc) + "\n";
  return text;
}

}  // namespace kiln::tools
