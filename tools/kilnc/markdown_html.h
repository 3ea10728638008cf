#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace kiln::tools {

/// `&`, `<`, `>` and `"` as HTML has them.
std::string escape_html(std::string_view text);

/// The Markdown of doc comments as HTML: paragraphs, headings, lists, fenced and indented code, `code`,
/// *emphasis*,
/// **strong**, [links](https://…). `code` turns a piece of Kiln into HTML; HTML in the text is shown as it is
/// written.
std::string markdown_html(const std::string& markdown,
                          const std::function<std::string(const std::string&)>& code);

/// The first sentence, or paragraph, for lists.
std::string first_sentence(const std::string& markdown);

}  // namespace kiln::tools
