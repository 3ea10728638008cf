#include "sema/prelude.h"

#include "base/scalar_function.h"

namespace kiln::sema {

namespace {

constexpr BuiltinRow builtin_table[] = {
    {Builtin::rng, "Rng"},
    {Builtin::size, "size"},
    {Builtin::rank, "rank"},
    {Builtin::like, "like"},
    {Builtin::stop_gradient, "stop_gradient"},
    {Builtin::sort, "sort"},
    {Builtin::top_k, "top_k"},
    {Builtin::path_matches, "path_matches"},
    {Builtin::lerp, "lerp"},
    {Builtin::print, "print"},
    {Builtin::sum, "sum"},
    {Builtin::prod, "prod"},
    {Builtin::mean, "mean"},
    {Builtin::any, "any"},
    {Builtin::all, "all"},
    {Builtin::argmax, "argmax"},
    {Builtin::argmin, "argmin"},
    {Builtin::search_sorted, "search_sorted", true},
    {Builtin::cumsum, "cumsum", true},
    {Builtin::scan, "scan", true},
    {Builtin::dump, "dump"},
};

}  // namespace

const BuiltinRow* builtin_named(std::string_view name) {
  for (const BuiltinRow& row : builtin_table) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

bool is_prelude_function(std::string_view name) {
  const auto function = scalar_function_named(name);
  return builtin_named(name) != nullptr || (function && row_of(*function).callable) ||
         element_type_named(name).has_value();
}

std::vector<std::string> prelude_names() {
  std::vector<std::string> names{"pi", "inf"};
  for (const BuiltinRow& row : builtin_table) names.emplace_back(row.name);
  for (int i = 0; i < scalar_function_count; ++i) {
    const ScalarFunctionRow& row = row_of(static_cast<ScalarFunction>(i));
    if (row.callable) names.emplace_back(row.name);
  }
  return names;
}

}  // namespace kiln::sema
