#include <filesystem>

#include "command.h"

namespace kiln::tests {
namespace {

using testing::HasSubstr;

constexpr const char* untidy = "fn  f( x:f32 )->y:f32{y=x // same\n}";
constexpr const char* tidy = "fn f(x: f32) -> y: f32 {\n  y = x  // same\n}\n";

TEST(Fmt, WritesInPlaceAndNamesWhatItChanged) {
  const Folder folder;
  const std::string a = folder.write("a.model", untidy), b = folder.write("b.model", tidy);
  std::filesystem::permissions(a, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const Outcome outcome = kilnc({"fmt", a, b});
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_EQ(outcome.out, "formatted " + a + "\n");
  EXPECT_EQ(read(a), tidy);
  EXPECT_EQ(std::filesystem::status(a).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(kilnc({"fmt", folder.path()}).out, "");
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a.model", "b.model"}));
}

TEST(Fmt, WalksFoldersButNotHiddenOnes) {
  const Folder folder;
  std::filesystem::create_directories(folder / "x/.hidden");
  folder.write("x/a.model", untidy);
  folder.write("x/.hidden/b.model", untidy);
  folder.write("x/c.txt", untidy);
  const Outcome check = kilnc({"fmt", "--check", folder / "x"});
  EXPECT_EQ(check.code, 1);
  EXPECT_EQ(check.out, "would format " + (folder / "x/a.model") + "\n");
  EXPECT_EQ(read(folder / "x/a.model"), untidy);
  EXPECT_EQ(kilnc({"fmt", folder / "x"}).code, 0);
  EXPECT_EQ(kilnc({"fmt", "--check", folder / "x"}).code, 0);
  EXPECT_EQ(read(folder / "x/.hidden/b.model"), untidy);
}

TEST(Fmt, FollowsLinksToFiles) {
  const Folder folder;
  const std::string target = folder.write("a.model", untidy);
  std::filesystem::create_symlink(target, folder / "link.model");
  EXPECT_EQ(kilnc({"fmt", folder / "link.model"}).code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link.model"));
  EXPECT_EQ(read(target), tidy);
}

TEST(Fmt, PrintsInsteadOfWriting) {
  const Folder folder;
  const std::string a = folder.write("a.model", untidy);
  EXPECT_EQ(kilnc({"fmt", "--stdout", a}).out, tidy);
  EXPECT_EQ(read(a), untidy);
  const std::string input = folder.write("input", untidy);
  EXPECT_EQ(kilnc({"fmt", "-"}, {.input = input}).out, tidy);
  const Outcome check = kilnc({"fmt", "--check", "-"}, {.input = input});
  EXPECT_EQ(check.code, 1);
  EXPECT_EQ(check.out, "would format standard input\n");
}

TEST(Fmt, LeavesWhatItCannotParse) {
  const Folder folder;
  const std::string wrong = folder.write("wrong.model", "fn f( {"),
                    right = folder.write("right.model", untidy);
  const Outcome outcome = kilnc({"fmt", wrong, right, folder / "none.model"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.error, HasSubstr("E0002"));
  EXPECT_THAT(outcome.error, HasSubstr("there is no such file"));
  EXPECT_EQ(read(wrong), "fn f( {");
  EXPECT_EQ(read(right), tidy);
  EXPECT_THAT(kilnc({"fmt"}).error, HasSubstr("there is nothing to format"));
  EXPECT_THAT(kilnc({"fmt", "--check", "--stdout", right}).error, HasSubstr("exclude each other"));
}

}  // namespace
}  // namespace kiln::tests
