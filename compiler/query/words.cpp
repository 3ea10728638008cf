#include "query/words.h"

#include "base/element_type.h"

namespace kiln::query {

namespace {

using enum WordUse;

constexpr Word table[] = {
    {"import", true, declaration},
    {"export", true, declaration},
    {"fn", true, declaration | model_item | expression | type},
    {"model", true, declaration | bound},
    {"const", true, declaration},
    {"where", true, none},
    {"inout", true, none},
    {"as", false, none},
    {"type", false, declaration},
    {"param", false, model_item},
    {"state", false, model_item},
    {"of", false, none},
    {"test", false, declaration},
    {"mesh", false, declaration},
    {"derivative", false, declaration},
    {"adjoint", false, declaration},
    {"let", true, statement},
    {"var", true, statement},
    {"return", true, statement},
    {"if", true, statement | expression},
    {"else", true, statement | expression},
    {"for", true, statement | expression},
    {"in", true, none},
    {"while", true, statement},
    {"assert", true, statement},
    {"or", true, expression},
    {"and", true, expression},
    {"not", true, expression},
    {"true", true, expression},
    {"false", true, expression},
    {"sum", true, expression},
    {"prod", true, expression},
    {"mean", true, expression},
    {"max", true, expression},
    {"min", true, expression},
    {"argmax", true, expression},
    {"argmin", true, expression},
    {"any", true, expression},
    {"all", true, expression},
    {"grad", true, expression},
    {"value_and_grad", true, expression},
    {"vjp", true, expression},
    {"jvp", true, expression},
    {"checkpoint", true, expression},
    {"every", false, none},
    {"dim", false, type},
    {"string", false, type},
    {"float", false, bound},
    {"int", false, bound},
    {"number", false, bound},
    {"element", false, bound},
    {"tree", false, bound},
};

}  // namespace

std::span<const Word> words() { return table; }

bool is_reserved(std::string_view name) {
  for (const Word& word : table) {
    if (word.text == name) return word.is_reserved;
  }
  return false;
}

bool is_type_name(std::string_view name) { return name == "Rng" || element_type_named(name).has_value(); }

}  // namespace kiln::query
