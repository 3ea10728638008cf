#include "sema/reserved_words.h"

#include <algorithm>
#include <iterator>

namespace kiln::sema {

namespace {

// Sorted, for the search.
constexpr std::string_view reserved[] = {
    "alignas",      "alignof",     "and",          "and_eq",      "asm",           "auto",       "bitand",
    "bitor",        "bool",        "break",        "case",        "catch",         "char",       "char16_t",
    "char32_t",     "char8_t",     "class",        "co_await",    "co_return",     "co_yield",   "compl",
    "concept",      "const",       "const_cast",   "consteval",   "constexpr",     "constinit",  "continue",
    "decltype",     "default",     "delete",       "do",          "double",        "dynamic_cast", "else",
    "enum",         "explicit",    "export",       "extern",      "false",         "float",      "for",
    "friend",       "goto",        "if",           "inline",      "int",           "long",       "mutable",
    "namespace",    "new",         "noexcept",     "not",         "not_eq",        "nullptr",    "operator",
    "or",           "or_eq",       "private",      "protected",   "public",        "register",   "reinterpret_cast",
    "requires",     "restrict",    "return",       "short",       "signed",        "sizeof",     "static",
    "static_assert", "static_cast", "struct",      "switch",      "template",      "this",       "thread_local",
    "throw",        "true",        "try",          "typedef",     "typeid",        "typename",   "union",
    "unsigned",     "using",       "virtual",      "void",        "volatile",      "wchar_t",    "while",
    "xor",          "xor_eq",
};

}  // namespace

bool is_reserved_in_c(std::string_view name) {
  return std::binary_search(std::begin(reserved), std::end(reserved), name);
}

}  // namespace kiln::sema
