#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "source/render_diagnostic.h"

namespace kiln {
namespace {

constexpr DiagnosticKind ranges{"E0312", Severity::error, "two ranges"};
constexpr DiagnosticKind warning{"W9001", Severity::warning, "a warning"};

/// A file in which spans are found by the text they cover.
struct Scene {
  explicit Scene(const std::string& text, const std::string& path = "mlp.model") {
    number = files.add(path, text);
  }
  Span at(const std::string& piece, size_t from = 0) const {
    const size_t begin = files[number].text().find(piece, from);
    EXPECT_NE(begin, std::string::npos) << piece;
    return {number, static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + piece.size())};
  }
  std::string shown(const Diagnostic& diagnostic) const { return render(diagnostic, files, false); }

  SourceFiles files;
  uint32_t number;
};

Diagnostic make(Span span, std::string message, std::string label = "", std::vector<Label> labels = {}) {
  return {&ranges, span, std::move(message), std::move(label), std::move(labels), {}, "", {}};
}

TEST(Render, DrawsTheExampleOfTheLanguageBrief) {
  Scene scene(std::string(13, '\n') + "  let y[b, o] = sum[i] x[b, i] * w[i, o]\n");
  Diagnostic diagnostic = make(scene.at("i] * w"), "index `i` ranges over two different sizes");
  diagnostic.span.end = diagnostic.span.begin + 1;
  diagnostic.label = "here `i` runs over In = 784";
  Span second = scene.at("i, o]");
  second.end = second.begin + 1;
  diagnostic.labels.push_back({second, "here `i` runs over Out = 512"});
  diagnostic.help = "`w` is f32[Out, In]; did you mean `w[o, i]`?";
  EXPECT_EQ(scene.shown(diagnostic),
            "error[E0312]: index `i` ranges over two different sizes\n"
            "  --> mlp.model:14:29\n"
            "14 |   let y[b, o] = sum[i] x[b, i] * w[i, o]\n"
            "   |                             ^      - here `i` runs over Out = 512\n"
            "   |                             here `i` runs over In = 784\n"
            "help: `w` is f32[Out, In]; did you mean `w[o, i]`?\n");
}

TEST(Render, HangsSeveralLabelsOfOneLineBelowEachOther) {
  Scene scene("a + bb + c\n");
  EXPECT_EQ(scene.shown(make(scene.at("bb"), "m", "two", {{scene.at("a"), "one"}, {scene.at("c"), "three"}})),
            "error[E0312]: m\n"
            " --> mlp.model:1:5\n"
            "1 | a + bb + c\n"
            "  | -   ^^   - three\n"
            "  | |   two\n"
            "  | one\n");
}

TEST(Render, DrawsANarrowMarkOverAWideOne) {
  Scene scene("f(a + b)\n");
  EXPECT_EQ(scene.shown(make(scene.at("+"), "m", "this", {{scene.at("f(a + b)"), "in this call"}})),
            "error[E0312]: m\n"
            " --> mlp.model:1:5\n"
            "1 | f(a + b)\n"
            "  | ----^---\n"
            "  | |   this\n"
            "  | in this call\n");
}

TEST(Render, ShowsFirstAndLastLinesOfALongSpan) {
  Scene scene("f(\n  a,\n  b,\n  c,\n  d,\n  e,\n  g\n)\n");
  EXPECT_EQ(scene.shown(make(scene.at("f(\n  a,\n  b,\n  c,\n  d,\n  e,\n  g\n)"), "m", "the call")),
            "error[E0312]: m\n"
            " --> mlp.model:1:1\n"
            "1 | f(\n"
            "  | ^^\n"
            "2 |   a,\n"
            "  |   ^^\n"
            "...\n"
            "7 |   g\n"
            "  |   ^\n"
            "8 | )\n"
            "  | ^ the call\n");
}

TEST(Render, ShowsTheLineBetweenTwoMarksAndElidesMore) {
  Scene scene("one\ntwo\nthree\nfour\nfive\nsix\n");
  EXPECT_EQ(
      scene.shown(make(scene.at("one"), "m", "", {{scene.at("three"), "here"}, {scene.at("six"), "there"}})),
      "error[E0312]: m\n"
      " --> mlp.model:1:1\n"
      "1 | one\n"
      "  | ^^^\n"
      "2 | two\n"
      "3 | three\n"
      "  | ----- here\n"
      "...\n"
      "6 | six\n"
      "  | --- there\n");
}

TEST(Render, AlignsTabsAndWideCharacters) {
  Scene scene("\tx = \"\u4e2d\u0301\u00e9\" + y\n");
  EXPECT_EQ(scene.shown(make(scene.at("y"), "m", "here")),
            "error[E0312]: m\n"
            " --> mlp.model:1:18\n"
            "1 |     x = \"\u4e2d\u0301\u00e9\" + y\n"
            "  |                 ^ here\n");
}

TEST(Render, ReplacesWhatATerminalWouldObey) {
  Scene scene("x \x1b[31m \xFF\u202E y\n");
  EXPECT_EQ(scene.shown(make(scene.at("y"), "m")),
            "error[E0312]: m\n"
            " --> mlp.model:1:14\n"
            "1 | x \uFFFD[31m \uFFFD\uFFFD y\n"
            "  |            ^\n");
}

TEST(Render, CropsALongLineAroundItsMarks) {
  Scene scene(std::string(5000, 'a') + "X" + std::string(5000, 'b'));
  const std::string text = scene.shown(make(scene.at("X"), "m", "here"));
  EXPECT_LT(text.size(), 500u);
  EXPECT_THAT(text, testing::HasSubstr("aaaXbbb"));
  EXPECT_THAT(text, testing::HasSubstr("  | " + std::string(40, ' ') + "^ here\n"));
}

TEST(Render, MarksThePlaceBehindTheLastCharacter) {
  Scene scene("let x =");
  EXPECT_EQ(scene.shown(make({scene.number, 7, 7}, "m")),
            "error[E0312]: m\n --> mlp.model:1:8\n1 | let x =\n  |        ^\n");
}

TEST(Render, ShowsOtherFilesApart) {
  Scene scene("use f\n");
  const uint32_t other = scene.files.add("lib.model", "\n\n\n\n\n\n\n\n\nfn f\n");
  EXPECT_EQ(scene.shown(make(scene.at("f"), "m", "used", {{{other, 12, 13}, "declared"}})),
            "error[E0312]: m\n"
            "  --> mlp.model:1:5\n"
            " 1 | use f\n"
            "   |     ^ used\n"
            "  ::: lib.model:10:4\n"
            "10 | fn f\n"
            "   |    - declared\n");
}

TEST(Render, SaysWhatAFixDoesWhereThereIsNoHelp) {
  Scene scene("sum(i)\n");
  Diagnostic diagnostic = make(scene.at("("), "m");
  diagnostic.notes = {"a note"};
  diagnostic.fix({{scene.at("("), "["}, {scene.at(")"), ""}, {{scene.number, 6, 6}, "]"}});
  EXPECT_THAT(scene.shown(diagnostic),
              testing::EndsWith("note: a note\nhelp: write `[` instead of `(`, and remove `)`, and add `]`\n"
                                "1 | sum[i]\n"
                                "  |    ~ +\n"));
}

TEST(Render, HelpIsTheTitleOfAFixWithoutOne) {
  Scene scene("a\nb\nreturn x\n");
  Diagnostic diagnostic = make(scene.at("x"), "m");
  diagnostic.help = "do this";
  diagnostic.fix(scene.at("x"), "y + z");
  diagnostic.offer({scene.number, 0, 0}, "import nn\n", "or that");
  EXPECT_THAT(scene.shown(diagnostic), testing::EndsWith("help: do this\n"
                                                         "3 | return y + z\n"
                                                         "  |        ~~~~~\n"
                                                         "help: or that\n"
                                                         "1 | import nn\n"
                                                         "  | +++++++++\n"));
}

TEST(Render, OfAFixMayReachALineWithMoreDigits) {
  Scene scene("1\n2\n3\n4\n5\n6\n7\n8\n{ x");
  Diagnostic diagnostic = make(scene.at("{"), "m");
  const uint32_t end = static_cast<uint32_t>(scene.files[scene.number].text().size());
  diagnostic.fix({scene.number, end, end}, "\n}", "close it");
  EXPECT_EQ(scene.shown(diagnostic),
            "error[E0312]: m\n  --> mlp.model:9:1\n 9 | { x\n   | ^\n"
            "help: close it\n10 | }\n   | +\n");
}

TEST(Render, OfARemovalIsTheLineWithoutIt) {
  Scene scene("return x;\n");
  Diagnostic diagnostic = make(scene.at(";"), "m");
  diagnostic.fix(scene.at(";"), "");
  EXPECT_THAT(scene.shown(diagnostic), testing::EndsWith("help: remove `;`\n1 | return x\n"));
}

TEST(Render, WithoutAPlaceIsTheMessageAlone) {
  EXPECT_EQ(Scene("").shown(make({}, "no place")), "error[E0312]: no place\n");
}

TEST(Render, ColourAddsEscapesAndNothingElse) {
  Scene scene("a + b\n");
  const Diagnostic diagnostic = make(scene.at("a"), "m", "one", {{scene.at("b"), "two"}});
  std::string coloured = render(diagnostic, scene.files, true), plain;
  EXPECT_THAT(coloured, testing::HasSubstr("\x1b[1;31m"));
  for (size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b')
      i = coloured.find('m', i);
    else
      plain += coloured[i];
  }
  EXPECT_EQ(plain, scene.shown(diagnostic));
  EXPECT_THAT(scene.shown(diagnostic), testing::Not(testing::HasSubstr("\x1b")));
}

TEST(Render, CountsAtTheEnd) {
  Scene scene("a b c\n");
  Diagnostics diagnostics;
  EXPECT_EQ(render(diagnostics, scene.files, false), "");
  diagnostics.add(ranges, scene.at("a"), "one");
  diagnostics.add(ranges, scene.at("b"), "two");
  diagnostics.add(warning, scene.at("c"), "three");
  EXPECT_THAT(render(diagnostics, scene.files, false), testing::EndsWith("\n\n2 errors, 1 warning\n"));
}

TEST(RenderJson, HoldsPlacesLabelsAndFixes) {
  Scene scene("one\ntwo \xFF\n");
  Diagnostics diagnostics;
  Diagnostic& diagnostic = diagnostics.add(ranges, scene.at("two"), "says \xFF \"m\"");
  diagnostic.label = "here";
  diagnostic.labels = {{scene.at("one"), "there"}};
  diagnostic.fix(scene.at("two"), "2");
  diagnostics.add(warning, {}, "no place");
  const auto whole = nlohmann::json::parse(render_json(diagnostics, scene.files));
  EXPECT_EQ(whole["version"], 1);
  EXPECT_EQ(whole["errors"], 1);
  EXPECT_EQ(whole["warnings"], 1);
  const auto json = whole["diagnostics"];
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0]["code"], "E0312");
  EXPECT_EQ(json[0]["severity"], "error");
  EXPECT_EQ(json[0]["message"], "says \uFFFD \"m\"");
  EXPECT_EQ(json[0]["span"]["line"], 2);
  EXPECT_EQ(json[0]["span"]["end_column"], 4);
  EXPECT_EQ(json[0]["labels"][0]["text"], "there");
  EXPECT_EQ(json[0]["fixes"][0]["title"], "write `2` instead of `two`");
  EXPECT_EQ(json[0]["fixes"][0]["is_certain"], true);
  EXPECT_EQ(json[0]["fixes"][0]["edits"][0]["text"], "2");
  EXPECT_EQ(json[0]["fixes"][0]["edits"][0]["span"]["begin"], 4);
  EXPECT_EQ(json[1]["severity"], "warning");
  EXPECT_TRUE(json[1]["span"].is_null());
}

}  // namespace
}  // namespace kiln
