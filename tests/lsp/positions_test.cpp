// Places in texts and names of files, as the protocol has them: positions.h, uri.h.
#include "positions.h"

#include <gtest/gtest.h>

#include "uri.h"

namespace kiln::lsp {
namespace {

TEST(Positions, CountUtf16ThereAndBack) {
  const std::string text = "a\xC3\xA4\xF0\x9F\x98\x80z\nnext";  // a, ä, an emoji of two units, z
  const Positions positions(text, Encoding::utf16);
  const std::pair<uint32_t, int> places[] = {{0, 0}, {1, 1}, {3, 2}, {7, 4}, {8, 5}};
  for (const auto& [offset, character] : places) {
    EXPECT_EQ(positions.position(offset), (Json{{"line", 0}, {"character", character}}));
    EXPECT_EQ(positions.offset(0, character), offset);
  }
  EXPECT_EQ(positions.offset(0, 3), 3u) << "in the middle of a character: its begin";
  EXPECT_EQ(positions.position(9), (Json{{"line", 1}, {"character", 0}}));
}

TEST(Positions, CountBytesInUtf8) {
  const Positions positions("\xC3\xA4z\n", Encoding::utf8);
  EXPECT_EQ(positions.position(2), (Json{{"line", 0}, {"character", 2}}));
  EXPECT_EQ(positions.offset(0, 2), 2u);
}

TEST(Positions, BehindALineIsItsEnd) {
  const Positions positions("ab\r\ncd\re", Encoding::utf16);
  EXPECT_EQ(positions.offset(0, 99), 2u);
  EXPECT_EQ(positions.offset(1, 0), 4u);
  EXPECT_EQ(positions.offset(1, 99), 6u);
  EXPECT_EQ(positions.offset(2, 0), 7u);
  EXPECT_EQ(positions.offset(99, 0), 8u);
  EXPECT_EQ(positions.offset(-1, 5), 0u);
  EXPECT_EQ(positions.position(99), (Json{{"line", 2}, {"character", 1}}));
}

TEST(Positions, BytesThatAreNotUtf8CountOne) {
  const Positions positions("\xFF\xFEz", Encoding::utf16);
  EXPECT_EQ(positions.position(2), (Json{{"line", 0}, {"character", 2}}));
  EXPECT_EQ(positions.offset(0, 2), 2u);
}

TEST(Uri, GoesThereAndBack) {
  for (const char* path : {"/a/b.model", "/a b/\xC3\xBC%.model", "/x#?&=.model"})
    EXPECT_EQ(path_of(uri_of(path)), path);
  EXPECT_EQ(uri_of("/a b"), "file:///a%20b");
  EXPECT_EQ(path_of("file:///a/../b.model"), "/b.model");
  EXPECT_EQ(path_of("file://host/b.model"), "/b.model");
  EXPECT_EQ(path_of("file:///a%2"), "/a%2");
  EXPECT_EQ(path_of("untitled:Untitled-1"), "untitled:Untitled-1");
  EXPECT_EQ(uri_of("untitled:Untitled-1"), "untitled:Untitled-1");
}

}  // namespace
}  // namespace kiln::lsp
