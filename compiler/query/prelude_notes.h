#pragma once

#include <span>
#include <string_view>

namespace kiln::query {

/// What an editor shows of something that no file declares.
struct PreludeNote {
  std::string_view name;
  std::string_view header;  // "exp(x: float) -> float"
  std::string_view doc;
};

/// Functions, constants and element types that are known everywhere: a row for each name of the prelude, in
/// no order.
std::span<const PreludeNote> prelude_notes();
/// The methods of an Rng.
std::span<const PreludeNote> rng_notes();
/// What stands behind the dot of a model's name.
std::span<const PreludeNote> model_notes();
/// Annotations, without the `@`.
std::span<const PreludeNote> annotation_notes();
/// Null if there is none.
const PreludeNote* note_of(std::span<const PreludeNote> notes, std::string_view name);

}  // namespace kiln::query
