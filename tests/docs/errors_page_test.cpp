#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "checked_program.h"
#include "gallery.h"
#include "source/diagnostic_table.h"

namespace kiln::docs {
namespace {

#define KILN_ADDRESS(name, code, severity, title) &diagnostics::name,
constexpr std::array all_kinds = {KILN_DIAGNOSTICS(KILN_ADDRESS)};
#undef KILN_ADDRESS

struct Chapter {
  const char* prefix;  // of the codes
  const char* title;
};
constexpr Chapter chapters[] = {
    {"E00", "Files and syntax"},
    {"E01", "Names"},
    {"E02", "Types"},
    {"E03", "Indices and dims"},
    {"E04", "Calls and effects"},
    {"E05", "Models"},
    {"E06", "Derivatives"},
    {"E07", "Exports and modules"},
    {"E08", "Tests"},
    {"W", "Warnings"},
    {"L", "Known limits"},
};

constexpr size_t most_examples = 4;

constexpr const char* introduction =
    R"(# Errors

<!-- Written by test_docs from compiler/source/diagnostic_table.h and tests/errors: KILN_REWRITE_EXPECTED=1. -->

Every message of `kilnc` has a code. `E` is a mistake in the program (exit code 1), `L` a construct that this version cannot
compile yet (2), `W` a warning (0). A message shows the place in the source, both sides of a clash, numbers for which the
program would fail where there are any, and a way out where one is known. Several mistakes are told in one run.

`kilnc check --explain E0312` prints the page about a code: what it means, a wrong program, a right one, and why the rule is as
it is. `kilnc check --fix` applies the fixes that are surely meant. The examples are whole programs, with what `kilnc` says about
each at its end; [these](../tests/errors/MISTAKES.md) are the mistakes that people bring along from PyTorch, JAX and NumPy.
)";

/// The files of the gallery whose messages hold a code, those where it is the only one first.
std::vector<std::string> examples_of(const std::string& code, const std::vector<GalleryProgram>& gallery) {
  std::vector<std::string> alone, among_others;
  for (const GalleryProgram& program : gallery) {
    if (program.expected.find("[" + code + "]: ") == std::string::npos) continue;
    const bool single = program.expected.find("]: ") == program.expected.rfind("]: ");
    (single ? alone : among_others).push_back(program.file.stem());
  }
  alone.insert(alone.end(), among_others.begin(), among_others.end());
  if (alone.size() > most_examples) alone.resize(most_examples);
  return alone;
}

std::string row_of(const DiagnosticKind& kind, const std::vector<GalleryProgram>& gallery) {
  std::string links;
  for (const std::string& name : examples_of(kind.code, gallery))
    links += fmt::format("{}[{}](../tests/errors/{}.model)", links.empty() ? "" : ", ", name, name);
  return fmt::format("| [{0}](errors/{0}.md) | {1} | {2} |\n", kind.code, kind.title, links);
}

std::string errors_page(const std::vector<GalleryProgram>& gallery) {
  std::string page = introduction;
  for (const Chapter& chapter : chapters) {
    std::string rows;
    std::set<std::pair<std::string, const DiagnosticKind*>> kinds;
    for (const DiagnosticKind* kind : all_kinds)
      if (std::string(kind->code).rfind(chapter.prefix, 0) == 0) kinds.insert({kind->code, kind});
    for (const auto& [code, kind] : kinds) rows += row_of(*kind, gallery);
    if (!rows.empty())
      page += fmt::format("\n## {}\n\n| code | what it says | examples |\n|---|---|---|\n{}", chapter.title,
                          rows);
  }
  return page;
}

TEST(ErrorsPage, ListsAllCodesWithExamples) {
  const std::filesystem::path file = std::filesystem::path(KILN_SOURCE_DIR) / "docs" / "errors.md";
  const std::string page = errors_page(read_gallery());
  if (rewriting()) {
    write_text(file, page);
  } else {
    EXPECT_EQ(read_text(file), page) << "KILN_REWRITE_EXPECTED=1 test_docs writes it";
  }
}

TEST(ErrorsPage, HasAChapterForEachCode) {
  const std::string page = errors_page({});
  std::set<std::string> codes;
  for (const DiagnosticKind* kind : all_kinds) {
    EXPECT_TRUE(codes.insert(kind->code).second) << kind->code << " stands twice in the table";
    EXPECT_NE(page.find(fmt::format("| [{0}](errors/{0}.md) |", kind->code)), std::string::npos)
        << kind->code;
  }
}

}  // namespace
}  // namespace kiln::docs
