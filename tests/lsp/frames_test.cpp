// Messages cut out of bytes: frames.h.
#include "frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kiln::lsp {
namespace {

std::vector<std::string> all(FrameReader& reader, std::string_view bytes) {
  reader.feed(bytes);
  std::vector<std::string> messages;
  while (auto message = reader.next()) messages.push_back(std::move(*message));
  return messages;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Frames, ComeOutAsTheyWentIn) {
  FrameReader reader;
  EXPECT_THAT(all(reader, framed("one") + framed("") + framed("three\r\n\r\n")),
              ElementsAre("one", "", "three\r\n\r\n"));
  EXPECT_EQ(reader.malformed(), 0u);
}

TEST(Frames, MayComeInPieces) {
  FrameReader reader;
  std::vector<std::string> messages;
  for (const char byte : framed("one") + framed("two"))
    for (std::string& message : all(reader, {&byte, 1})) messages.push_back(std::move(message));
  EXPECT_THAT(messages, ElementsAre("one", "two"));
}

TEST(Frames, WhatIsNoHeaderIsPassedOver) {
  FrameReader reader;
  EXPECT_THAT(all(reader, "nonsense\r\n\r\n" + framed("one")), ElementsAre("one"));
  EXPECT_EQ(reader.malformed(), 1u);
  EXPECT_THAT(all(reader, "Content-Length: x1\r\n\r\nContent-Length: 1x\r\n\r\n" + framed("two")),
              ElementsAre("two"));
  EXPECT_EQ(reader.malformed(), 3u);
}

TEST(Frames, BytesWithoutAnEndAreNotKept) {
  FrameReader reader;
  EXPECT_THAT(all(reader, std::string(100000, 'x')), IsEmpty());
  EXPECT_EQ(reader.malformed(), 1u);
  EXPECT_THAT(all(reader, "\r\n\r\n" + framed("one")), ElementsAre("one"));
}

TEST(Frames, AMessageThatIsTooLongIsSkipped) {
  FrameReader reader;
  const size_t length = FrameReader::largest_message + 1;
  EXPECT_THAT(all(reader, "Content-Length: " + std::to_string(length) + "\r\n\r\n"), IsEmpty());
  const std::string piece(1 << 20, 'x');
  for (size_t sent = 0; sent < length; sent += piece.size())
    EXPECT_THAT(all(reader, std::string_view(piece).substr(0, length - sent)), IsEmpty());
  EXPECT_THAT(all(reader, framed("one")), ElementsAre("one"));
}

TEST(Frames, NamesOfHeadersHaveNoCaseAndOthersAreIgnored) {
  FrameReader reader;
  EXPECT_THAT(all(reader, "Content-Type: a\r\nCONTENT-LENGTH:   3\r\n\r\none"), ElementsAre("one"));
  EXPECT_THAT(all(reader, "Content-Length: 3\nX: y\n\ntwo"), ElementsAre("two"));
}

}  // namespace
}  // namespace kiln::lsp
