#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kiln::query {

/// Where a word of the language may be written.
enum class WordUse : uint8_t {
  none = 0,
  declaration = 1,
  model_item = 2,
  statement = 4,
  expression = 8,
  type = 16,
  bound = 32,  // of a generic: `T: float`
};

constexpr WordUse operator|(WordUse a, WordUse b) {
  return static_cast<WordUse>(static_cast<uint8_t>(a) | static_cast<uint8_t>(b));
}

/// A word of the grammar (all of them are here: a test compares), or one that has a meaning in types only.
struct Word {
  std::string_view text;
  bool is_reserved;  // no name, but for members
  WordUse use;

  constexpr bool used_in(WordUse where) const {
    return (static_cast<uint8_t>(use) & static_cast<uint8_t>(where)) != 0;
  }
};

std::span<const Word> words();
/// Whether it cannot be the name of a variable.
bool is_reserved(std::string_view name);
/// Whether the prelude's name is that of a type.
bool is_type_name(std::string_view name);

}  // namespace kiln::query
