#include "pieces.h"

#include <cctype>

namespace kiln::docs {

std::vector<std::string> pieces_of(const std::string& text) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  std::vector<std::string> pieces{""};
  for (size_t i = 0; i < text.size(); ++i) {
    const bool goes_on = std::isspace(static_cast<unsigned char>(text[i])) != 0 ||
                         (i > 0 && is_word(text[i]) && is_word(text[i - 1]));
    if (!goes_on) pieces.emplace_back();
    pieces.back() += text[i];
  }
  return pieces;
}

}  // namespace kiln::docs
