// A file of which each declaration is parsed when it is asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "syntax/parse.h"
#include "syntax/parse_on_demand.h"
#include "syntax/print_ast.h"

namespace kiln::syntax {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct Opened {
  SourceFiles files;
  Diagnostics diagnostics;
  std::unique_ptr<FileOnDemand> file;

  explicit Opened(const std::string& text) {
    file = FileOnDemand::open(files, files.add("test.model", text), diagnostics);
  }
};

std::vector<std::string> names_of(const File& file) {
  std::vector<std::string> names;
  for (const DeclarationPtr& declaration : file.declarations) names.push_back(declaration->name.text);
  return names;
}

TEST(FileOnDemand, ParsesWhatIsAskedFor) {
  Opened opened(
      "import nn\n/// One.\nfn one(x: f32) -> f32 = x\n@realtime\nexport fn two(x: f32) -> f32 = one(x)\n"
      "model M(K: dim) {\n  fn call(x: f32[K]) -> f32[K] = x\n}\nconst c = 3\ntype T = f32[3]\n"
      "test \"one\" {\n  assert one(1.0) == 1\n}\n");
  ASSERT_NE(opened.file, nullptr);
  EXPECT_THAT(opened.file->names(), UnorderedElementsAre("one", "two", "M", "c", "T"));
  EXPECT_EQ(opened.file->file()->imports.size(), 1U);
  EXPECT_THAT(opened.file->file()->declarations, IsEmpty());
  const Declaration* two = opened.file->find("two");
  ASSERT_NE(two, nullptr);
  EXPECT_EQ(two->annotations.size(), 1U);
  ASSERT_NE(opened.file->find("one"), nullptr);
  EXPECT_EQ(opened.file->find("one")->doc, "One.");
  EXPECT_EQ(opened.file->find("two"), two) << "once";
  EXPECT_EQ(opened.file->find("three"), nullptr);
  EXPECT_THAT(names_of(*opened.file->file()), ElementsAre("two", "one"));
  EXPECT_THAT(opened.diagnostics.all(), IsEmpty());
}

TEST(FileOnDemand, ReportsAMistakeWhereItIsAskedFor) {
  Opened opened("fn one(x: f32) -> f32 = x\nfn two(x: f32) -> f32 = x +\nfn three(x: f32) -> f32 = x\n");
  ASSERT_NE(opened.file, nullptr);
  EXPECT_NE(opened.file->find("one"), nullptr);
  EXPECT_THAT(opened.diagnostics.all(), IsEmpty());
  EXPECT_EQ(opened.file->find("two"), nullptr);
  EXPECT_EQ(opened.diagnostics.all().size(), 1U);
  EXPECT_NE(opened.file->find("three"), nullptr);
}

TEST(FileOnDemand, LeavesWhatIsMistakenAtOnceToTheParser) {
  for (const char* text : {"fn f() -> f32 = 1 $\n", "x = 3\nfn f() -> f32 = 1\n",
                           "import\nfn f() -> f32 = 1\n", "fn f() -> f32 = 1\nfn f() -> f32 = 2\n", "\xFF"})
    EXPECT_EQ(Opened(text).file, nullptr) << text;
}

/// Every declaration of the library, asked for from the last to the first, is what the parser makes of the
/// file.
TEST(FileOnDemand, GivesTheSameTreesAsTheParser) {
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(KILN_SOURCE_DIR) / "stdlib")) {
    if (entry.path().extension() != ".model") continue;
    SourceFiles files;
    Diagnostics diagnostics;
    const auto number = files.load(entry.path());
    ASSERT_TRUE(number);
    const auto whole = parse(files, *number, diagnostics);
    const auto opened = FileOnDemand::open(files, *number, diagnostics);
    ASSERT_NE(opened, nullptr) << entry.path();
    EXPECT_EQ(opened->file()->doc, whole->doc);
    EXPECT_EQ(opened->file()->imports.size(), whole->imports.size());
    size_t named = 0;
    for (auto declaration = whole->declarations.rbegin(); declaration != whole->declarations.rend();
         ++declaration) {
      if (!(*declaration)->name.present()) continue;
      ++named;
      const Declaration* found = opened->find((*declaration)->name.text);
      ASSERT_NE(found, nullptr) << (*declaration)->name.text;
      EXPECT_EQ(found->doc, (*declaration)->doc);
      EXPECT_EQ(found->span, (*declaration)->span);
    }
    EXPECT_EQ(opened->names().size(), named);
    // As texts: those that were asked for stand in the other order.
    std::vector<std::string> now, then;
    for (const DeclarationPtr& declaration : opened->file()->declarations) now.push_back(print(*declaration));
    for (const DeclarationPtr& declaration : whole->declarations)
      if (declaration->kind != DeclarationKind::test) then.push_back(print(*declaration));
    EXPECT_THAT(now, testing::UnorderedElementsAreArray(then)) << entry.path();
    count += static_cast<int>(now.size());
    EXPECT_THAT(diagnostics.all(), IsEmpty());
  }
  EXPECT_GT(count, 100);
}

}  // namespace
}  // namespace kiln::syntax
