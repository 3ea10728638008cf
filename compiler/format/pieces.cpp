#include "format/pieces.h"

#include <algorithm>

namespace kiln::format {

static void pair_brackets(std::vector<Piece>& pieces) {
  std::vector<size_t> open;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const std::string_view text = pieces[i].text;
    if (text == "(" || text == "[" || text == "{") open.push_back(i);
    if ((text != ")" && text != "]" && text != "}") || open.empty()) continue;
    pieces[i].partner = open.back();
    pieces[open.back()].partner = i;
    open.pop_back();
  }
}

std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  Piece next;
  uint32_t last_end = 0;
  const auto lines_before = [&](uint32_t begin) {
    return std::count(text.begin() + last_end, text.begin() + begin, '\n');
  };
  for (const syntax::Token& token : syntax::tokens_of(text)) {
    const auto lines = lines_before(token.begin);
    last_end = token.end;
    if (token.kind == syntax::TokenKind::comment || token.kind == syntax::TokenKind::doc) {
      std::string_view comment = token.in(text);
      while (comment.back() == ' ' || comment.back() == '\t') comment.remove_suffix(1);
      if (lines == 0 && !pieces.empty() && next.above.empty())
        pieces.back().behind = comment;
      else
        next.above.push_back({comment, lines > 1});
      continue;
    }
    next.text = token.in(text);
    next.begin = token.begin;
    next.end = token.end;
    next.is_on_new_line = lines > 0 || !next.above.empty();
    next.is_after_blank = lines > 1;
    pieces.push_back(std::move(next));
    next = Piece{};
  }
  next.is_after_blank = lines_before(static_cast<uint32_t>(text.size())) > 1;
  next.begin = next.end = static_cast<uint32_t>(text.size());
  pieces.push_back(std::move(next));
  pair_brackets(pieces);
  return pieces;
}

}  // namespace kiln::format
