#include "syntax/doc_comments.h"

#include <algorithm>

#include "KilnParser.h"

namespace kiln::syntax {

using Parser = grammar::KilnParser;

static bool is_visible(const antlr4::Token* token) {
  return token->getChannel() == antlr4::Token::DEFAULT_CHANNEL;
}

static std::string_view without_slashes(std::string_view line) {
  line.remove_prefix(3);
  if (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  return line;
}

DocComments::DocComments(const antlr4::CommonTokenStream& stream, std::string_view text) : text_(text) {
  // getTokens is not const in the runtime, but changes nothing.
  const std::vector<antlr4::Token*> tokens = const_cast<antlr4::CommonTokenStream&>(stream).getTokens();
  size_t visible_line = 0, comment_line = 0;
  bool fresh = true;  // the next doc starts a group
  size_t first_open = 0;
  for (const antlr4::Token* token : tokens) {
    if (is_visible(token)) {
      for (; first_open < groups_.size(); ++first_open) groups_[first_open].before = token->getTokenIndex();
      visible_line = token->getLine();
      fresh = true;
      continue;
    }
    if (token->getType() != Parser::DOC && token->getType() != Parser::COMMENT) continue;
    const size_t begin = token->getStartIndex(), end = token->getStopIndex() + 1, line = token->getLine();
    const std::string_view written = text.substr(begin, end - begin);
    const bool is_doc = token->getType() == Parser::DOC && written.substr(0, 4) != "////";
    if (line > comment_line + 1) fresh = true;
    comment_line = line;
    if (!is_doc) {
      if (!fresh && line != visible_line) groups_.back().last_line = line;  // a plain comment in between
      continue;
    }
    if (fresh || line == visible_line) {
      // Behind something: it stays apart, and `take` does not find it.
      groups_.push_back({0, begin, end, line == visible_line ? 0 : line, Doc(without_slashes(written))});
      fresh = line == visible_line;
    } else {
      groups_.back().text += "\n" + std::string(without_slashes(written));
      groups_.back().end = end;
      groups_.back().last_line = line;
    }
  }
}

bool DocComments::is_just_above(const Group& group, const antlr4::Token* token) const {
  return group.before == token->getTokenIndex() && group.last_line + 1 >= token->getLine() &&
         group.last_line != 0;
}

std::vector<DocComments::Group>::iterator DocComments::groups_before(const antlr4::Token* token) {
  return std::lower_bound(groups_.begin(), groups_.end(), token->getTokenIndex(),
                          [](const Group& group, size_t index) { return group.before < index; });
}

Doc DocComments::take(const antlr4::Token* first) {
  for (auto group = groups_before(first); group != groups_.end() && group->before == first->getTokenIndex();
       ++group) {
    if (group->used || !is_just_above(*group, first)) continue;
    group->used = true;
    return group->text;
  }
  return {};
}

Doc DocComments::take_head(const antlr4::Token* first, bool is_import) {
  Doc doc;
  for (auto group = groups_before(first); group != groups_.end() && group->before == first->getTokenIndex();
       ++group) {
    if (!is_import && is_just_above(*group, first)) continue;
    group->used = true;
    doc += (doc.empty() ? "" : "\n\n") + group->text;
  }
  return doc;
}

void DocComments::warn_unused(Reporter& reporter) const {
  for (const Group& group : groups_) {
    if (group.used) continue;
    const Span place = reporter.span(group.begin, group.end);
    Diagnostic& diagnostic =
        reporter.warning(diagnostics::misplaced_doc, place, "this comment documents nothing");
    std::vector<Edit> edits;
    const std::string_view text = text_.substr(group.begin, group.end - group.begin);
    for (size_t at = 0; (at = text.find("///", at)) != std::string_view::npos;) {
      edits.push_back({reporter.span(group.begin + at, group.begin + at + 3), "//"});
      at = std::min(text.find('\n', at), text.size());
    }
    diagnostic.fix(std::move(edits),
                   "a `///` stands on the lines above a declaration, field, parameter or result; write `//` "
                   "elsewhere");
  }
}

}  // namespace kiln::syntax
