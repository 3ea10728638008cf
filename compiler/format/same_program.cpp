#include "format/same_program.h"

#include <algorithm>
#include <vector>

#include "syntax/parse.h"
#include "syntax/print_ast.h"
#include "syntax/tokens.h"

namespace kiln::format {

namespace {

struct Text {
  std::vector<std::string_view> tokens;  // without commas before closing brackets
  std::vector<std::string_view> comments;
};

Text text_of(std::string_view text) {
  Text result;
  for (const syntax::Token& token : syntax::tokens_of(text)) {
    std::string_view written = token.in(text);
    if (token.kind == syntax::TokenKind::comment || token.kind == syntax::TokenKind::doc) {
      while (written.back() == ' ' || written.back() == '\t') written.remove_suffix(1);
      result.comments.push_back(written);
      continue;
    }
    // `where` and `{` end the parameters of a property.
    const bool ends_list =
        written == ")" || written == "]" || written == "}" || written == "{" || written == "where";
    if (ends_list && !result.tokens.empty() && result.tokens.back() == ",") result.tokens.pop_back();
    result.tokens.push_back(written);
  }
  return result;
}

std::string first_difference(const char* what, const std::vector<std::string_view>& before,
                             const std::vector<std::string_view>& after) {
  for (size_t i = 0; i < before.size() || i < after.size(); ++i) {
    const std::string_view was = i < before.size() ? before[i] : "the end";
    const std::string_view is = i < after.size() ? after[i] : "the end";
    if (was != is)
      return std::string(what) + " `" + std::string(was) + "` would become `" + std::string(is) + "`";
  }
  return "";
}

}  // namespace

std::string difference_between(std::string_view before, const syntax::File& tree, const std::string& after) {
  SourceFiles files;
  Diagnostics diagnostics;
  const auto new_tree = syntax::parse(files, files.add("", after), diagnostics);
  if (!new_tree->is_complete) return "the new layout does not parse: " + diagnostics.all().front().message;
  const Text old_text = text_of(before), new_text = text_of(after);
  if (std::string difference = first_difference("the token", old_text.tokens, new_text.tokens);
      !difference.empty())
    return difference;
  if (std::string difference = first_difference("the comment", old_text.comments, new_text.comments);
      !difference.empty())
    return difference;
  const std::string old_print = syntax::print(tree), new_print = syntax::print(*new_tree);
  if (old_print == new_print) return "";
  const auto place =
      std::mismatch(old_print.begin(), old_print.end(), new_print.begin(), new_print.end()).first;
  const size_t at = static_cast<size_t>(place - old_print.begin());
  return "the tree would change at `" + old_print.substr(at, 60) + "`";
}

}  // namespace kiln::format
