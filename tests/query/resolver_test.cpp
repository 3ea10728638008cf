// What names stand for: query/resolver.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <regex>
#include <set>

#include "analyzed.h"
#include "query/prelude_notes.h"
#include "sema/prelude.h"

namespace kiln::query {
namespace {

using testing::IsEmpty;

/// What may follow a dot, or stand before a colon, without being declared anywhere.
bool is_member_or_key(const std::string& text, size_t begin, size_t end) {
  size_t before = begin;
  while (before > 0 && std::isspace(static_cast<unsigned char>(text[before - 1])) != 0) --before;
  if (before > 0 && text[before - 1] == '.' && !(before > 1 && text[before - 2] == '.')) return true;
  if (text.compare(begin, end - begin, "max") == 0 && text.compare(end, 1, " ") == 0)
    return true;  // of a loop
  return end < text.size() && text[end] == ':';
}

std::string without_comments_and_strings(std::string text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "//") == 0) {
      while (i < text.size() && text[i] != '\n') text[i++] = ' ';
    } else if (text[i] == '"') {
      text[i++] = ' ';
      while (i < text.size() && text[i] != '"') {
        if (text[i] == '\\') text[i++] = ' ';
        text[i++] = ' ';
      }
      text[i] = ' ';
    }
  }
  return text;
}

const std::set<std::string> words = {
    "import", "export",  "fn",         "model", "const", "where",  "inout",      "as",
    "type",   "param",   "state",      "of",    "test",  "mesh",   "derivative", "adjoint",
    "let",    "var",     "return",     "if",    "else",  "for",    "in",         "while",
    "assert", "or",      "and",        "not",   "true",  "false",  "grad",       "value_and_grad",
    "vjp",    "jvp",     "checkpoint", "self",  "dim",   "string", "float",      "int",
    "number", "element", "tree",       "every"};

/// Every name in every program stands for something, but for members, keys and words of the language.
TEST(Resolver, FindsEveryNameOfEveryProgram) {
  size_t names = 0;
  for (const auto& path : all_programs()) {
    const std::string text = read_text(path);
    const auto analysis = analyze(canonical_path(path), text, workspace());
    if (analysis->diagnostics.has_errors()) continue;
    const std::string plain = without_comments_and_strings(text);
    static const std::regex word("@?[A-Za-z_][A-Za-z0-9_]*");
    std::vector<std::string> lost;
    for (std::sregex_iterator at(plain.begin(), plain.end(), word), end; at != end; ++at) {
      const auto begin = static_cast<size_t>(at->position());
      if (begin > 0 && std::isalnum(static_cast<unsigned char>(plain[begin - 1])) != 0)
        continue;  // 1e5, 0xff
      const std::string name = at->str();
      if (words.count(name) != 0 || name == "_" || name[0] == '@') continue;
      if (is_member_or_key(plain, begin, begin + name.size())) continue;
      ++names;
      const Occurrence* found = analysis->occurrence_at(static_cast<uint32_t>(begin));
      if (found == nullptr || found->span.begin > begin || found->span.end < begin + name.size())
        lost.push_back(name + " at " +
                       analysis->files.describe({analysis->root, static_cast<uint32_t>(begin), 0}));
    }
    EXPECT_THAT(lost, IsEmpty()) << path;
  }
  EXPECT_GT(names, 10000u);
}

TEST(Resolver, EveryNameOfThePreludeHasANote) {
  for (const std::string& name : sema::prelude_names())
    EXPECT_NE(note_of(prelude_notes(), name), nullptr) << name;
}

}  // namespace
}  // namespace kiln::query
