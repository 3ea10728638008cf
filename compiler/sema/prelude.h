#pragma once

#include <cstdint>

#include <string>
#include <string_view>
#include <vector>

namespace kiln::sema {

/// The functions that are known everywhere and are no scalar functions.
enum class Builtin : uint8_t {
  rng,
  size,
  rank,
  like,
  stop_gradient,
  sort,
  top_k,
  path_matches,
  lerp,
  print,
  sum,
  prod,
  mean,
  any,
  all,
  argmax,
  argmin,
  search_sorted,
  cumsum,
  scan,
  dump,
};

struct BuiltinRow {
  Builtin builtin;
  std::string_view name;
  bool is_in_language = false;  // declared in stdlib/prelude.model
};

/// Null if there is none of the name.
const BuiltinRow* builtin_named(std::string_view name);
/// Builtins, callable scalar functions and casts.
bool is_prelude_function(std::string_view name);
std::vector<std::string> prelude_names();

}  // namespace kiln::sema
