#include "source/source_file.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "source/utf8.h"

namespace kiln {
namespace {

TEST(SourceFile, GivesLinesWithoutTheirEnds) {
  const SourceFile file("a.model", "one\r\ntwo\n\nlast");
  EXPECT_EQ(file.line_count(), 4);
  EXPECT_EQ(file.line(1), "one");
  EXPECT_EQ(file.line(2), "two");
  EXPECT_EQ(file.line(3), "");
  EXPECT_EQ(file.line(4), "last");
  EXPECT_EQ(file.line(0), "");
  EXPECT_EQ(file.line(5), "");
}

TEST(SourceFile, CountsLinesAndColumnsFromOne) {
  const SourceFile file("a.model", "ab\ncd\n");
  const auto at = [&](uint32_t offset) {
    const LineColumn place = file.position_of(offset);
    return std::to_string(place.line) + ":" + std::to_string(place.column);
  };
  EXPECT_EQ(at(0), "1:1");
  EXPECT_EQ(at(2), "1:3");  // the line end is part of its line
  EXPECT_EQ(at(3), "2:1");
  EXPECT_EQ(at(6), "3:1");
  EXPECT_EQ(at(1000), "3:1");
}

TEST(SourceFile, OfNothingHasOneLine) {
  const SourceFile file("a.model", "");
  EXPECT_EQ(file.line_count(), 1);
  EXPECT_EQ(file.position_of(0).column, 1);
}

TEST(SourceFiles, DescribesAndReadsSpans) {
  SourceFiles files;
  const uint32_t number = files.add("dir/a.model", "let x = 3\nlet y = 4\n");
  EXPECT_EQ(files.describe({number, 14, 15}), "dir/a.model:2:5");
  EXPECT_EQ(files.text_of({number, 14, 19}), "y = 4");
  EXPECT_EQ(files.text_of({number, 15, 500}), " = 4\n");
  EXPECT_EQ(files.describe({}), "");
  EXPECT_EQ(files.text_of({}), "");
}

TEST(SourceFiles, LoadsBytesAsTheyAre) {
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / "kiln_source_file_test.model";
  const std::string text("a\0b\r\n\xFF", 6);
  std::ofstream(path, std::ios::binary) << text;
  SourceFiles files;
  const auto number = files.load(path);
  ASSERT_TRUE(number.has_value());
  EXPECT_EQ(files[*number].text(), text);
  std::remove(path.c_str());
}

TEST(SourceFiles, RefusesWhatCannotBeRead) {
  SourceFiles files;
  EXPECT_FALSE(files.load("/nonexistent/a.model").has_value());
  EXPECT_FALSE(files.load(testing::TempDir()).has_value()) << "a folder";
  EXPECT_EQ(files.size(), 0u);
}

TEST(Utf8, FindsTheFirstByteThatIsNoCharacter) {
  EXPECT_EQ(find_invalid_utf8("caf\u00e9 \U0001F600 \u4e2d"), std::string_view::npos);
  EXPECT_EQ(find_invalid_utf8("ab\xC0\x80"), 2u) << "overlong";
  EXPECT_EQ(find_invalid_utf8("\xED\xA0\x80"), 0u) << "surrogate";
  EXPECT_EQ(find_invalid_utf8("\xF4\x90\x80\x80"), 0u) << "above U+10FFFF";
  EXPECT_EQ(find_invalid_utf8("x\xE2\x82"), 1u) << "cut off";
  EXPECT_EQ(find_invalid_utf8("x\x80"), 1u) << "stray continuation";
}

}  // namespace
}  // namespace kiln
