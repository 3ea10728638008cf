#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "parsed.h"
#include "syntax/print_ast.h"

namespace kiln::syntax {
namespace {

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string sample() {
  SourceFiles files;
  const auto number = files.load(std::string(KILN_SOURCE_DIR) + "/tests/programs/design/misc.model");
  internal_check(number.has_value(), "the sample is missing");
  return files[*number].text();
}

TEST(Robustness, AnEmptyFileIsAFile) {
  for (const char* text : {"", "\n", "  \t", "// only a comment", "\xEF\xBB\xBF"}) {
    const Parsed parsed(text);
    EXPECT_EQ(parsed.shown(), "");
    EXPECT_TRUE(parsed.file->is_complete);
    EXPECT_TRUE(parsed.file->declarations.empty());
  }
}

TEST(Robustness, NulsAndControlCharactersAreMistakes) {
  const Parsed parsed(std::string("\0\0\nfn f() = 1\n\x01", 15));
  EXPECT_EQ(parsed.brief(),
            "E0006:1:1 unexpected character with code 0x00\n"
            "E0006:3:1 unexpected character with code 0x01\n");
  EXPECT_EQ(parsed.file->declarations.size(), 1u);
}

TEST(Robustness, BytesThatAreNotUtf8AreOneMistake) {
  const Parsed parsed("fn f() = 1 // \xFF\xFE\n");
  EXPECT_EQ(parsed.brief(), "E0003:1:15 the file is not UTF-8\n");
  EXPECT_FALSE(parsed.file->is_complete);
}

TEST(Robustness, AByteOrderMarkAndWindowsLinesAreNothingSpecial) {
  const Parsed parsed(
      "\xEF\xBB\xBF"
      "fn f() = 1\r\nfn g() = \"\u00e9\"\r\n");
  EXPECT_EQ(parsed.shown(), "");
  EXPECT_EQ(parsed.files.describe(parsed.file->declarations[1]->span), "t.model:2:1");
}

TEST(Robustness, AHugeFileIsRefused) {
  const Parsed parsed(std::string((16 << 20) + 1, ' '));
  EXPECT_EQ(parsed.brief(), "E0004:1:1 the file is larger than 16 MiB\n");
}

TEST(Robustness, DeepNestingIsADiagnosticAndNoCrash) {
  const std::string deep[] = {repeated("(", 100000) + "x" + repeated(")", 100000),
                              repeated("(", 100000),
                              repeated("x[", 100000) + "i" + repeated("]", 100000),
                              repeated("{", 100000),
                              repeated("if a {", 100000),
                              repeated("not ", 100000) + "x",
                              repeated("- ", 100000) + "x",
                              repeated("1 + ", 100000) + "x",
                              "x" + repeated(".a", 100000),
                              "x" + repeated("(1)", 100000),
                              repeated("sum[i] ", 100000) + "x",
                              repeated("for[i] ", 100000) + "x",
                              repeated("fn(x) = ", 100000) + "x",
                              repeated("a and ", 100000) + "x",
                              repeated("if a { 1 } else ", 100000) + "{ 1 }"};
  for (const std::string& text : deep) {
    const Parsed parsed("fn f() = " + text);
    EXPECT_EQ(parsed.diagnostics.all().size(), 1u) << text.substr(0, 20);
    EXPECT_EQ(parsed.brief().substr(0, 5), "E0005") << text.substr(0, 20) << parsed.brief().substr(0, 200);
    EXPECT_TRUE(parsed.file->declarations.empty());
  }
  const Parsed statements("fn f() { " + repeated("if a { } else ", 100000) + "{ } }");
  EXPECT_EQ(statements.brief().substr(0, 5), "E0005");
  const Parsed types("type T = " + repeated("fn() -> ", 100000) + "f32");
  EXPECT_EQ(types.brief().substr(0, 5), "E0005");
}

TEST(Robustness, WhatIsNotTooDeepStaysWithinTheLimitOfTheTree) {
  const Parsed parsed("fn f() = " + repeated("(", 190) + repeated("1 + ", 500) + "x" + repeated(")", 190));
  EXPECT_EQ(parsed.shown(), "");
  EXPECT_EQ(print(*parsed.file).substr(0, 12), "fn f() = (((");
}

TEST(Robustness, APrefixOfAProgramNeverCrashes) {
  const std::string text = sample();
  for (size_t length = 0; length <= text.size(); ++length) {
    const Parsed parsed(text.substr(0, length));
    EXPECT_EQ(parsed.file->is_complete, !parsed.diagnostics.has_errors()) << length;
    EXPECT_LE(parsed.diagnostics.all().size(), 3u) << "noise at byte " << length << "\n" << parsed.shown();
    print(*parsed.file);
    parsed.shown();
  }
}

TEST(Robustness, AProgramWithAPieceCutOutNeverCrashes) {
  const std::string text = sample();
  for (size_t at = 0; at < text.size(); at += 3) {
    std::string cut = text;
    cut.erase(at, 1 + at % 7);
    const Parsed parsed(cut);
    print(*parsed.file);
    EXPECT_LE(parsed.diagnostics.all().size(), 6u) << "noise at byte " << at << "\n" << parsed.shown();
  }
}

TEST(Robustness, StrayTokensAnywhereNeverCrash) {
  const std::string text = sample();
  size_t place = 0;
  for (const char* token : {"(", ")", "[", "]", "{", "}", "let ", "fn ", "return ", "=", "..", "\"", "model ",
                            "else ", "@", "0"}) {
    for (size_t at = place++ % 11; at < text.size(); at += 41) {
      std::string changed = text;
      changed.insert(at, token);
      const Parsed parsed(changed);
      print(*parsed.file);
      parsed.shown();
      EXPECT_EQ(parsed.file->is_complete, !parsed.diagnostics.has_errors());
    }
  }
}

TEST(Robustness, ManyMistakesAreCutOff) {
  const Parsed parsed(repeated("fn f()\n", 500));
  ASSERT_EQ(parsed.diagnostics.all().size(), static_cast<size_t>(most_mistakes));
  EXPECT_THAT(parsed.diagnostics.all().back().notes,
              testing::ElementsAre("further mistakes in this file are not shown"));
}

}  // namespace
}  // namespace kiln::syntax
