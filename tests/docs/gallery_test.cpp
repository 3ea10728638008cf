#include "gallery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "checked_program.h"
#include "library_places.h"

namespace kiln::docs {
namespace {

// One test for all files, so that a new file needs no new build. A crash is the last file named.
TEST(Gallery, BadProgramsGetTheirMessages) {
  const std::vector<GalleryProgram> programs = read_gallery();
  ASSERT_GE(programs.size(), 60u);
  for (const GalleryProgram& program : programs) {
    SCOPED_TRACE(program.file.filename().string());
    std::cout << program.file.filename().string() << std::endl;
    const Checked checked = check_program(program.program, program.file.filename(), gallery_help(), true);
    EXPECT_NE(checked.said, "") << "it passes";
    EXPECT_EQ(without_library_lines(checked.said), program.expected)
        << "if that is better: KILN_REWRITE_EXPECTED=1, and review";
  }
}

TEST(LibraryPlaces, AreShownWithoutTheirLines) {
  const std::string said =
      "error[E0303]: `x` of `call` is f32[B, 2], in stdlib/nn.model:1227:3\n"
      "    --> net.model:8:4\n"
      "   8 |   fc2(x)\n"
      "     |       ^ f32[B, 512]\n"
      "...\n"
      "     ::: stdlib/nn.model:1227:11\n"
      "1227 |   fn call(x)\n"
      "     |           - declared\n"
      "help: no\n"
      "\n"
      "error[E0101]: nothing is called `z` here\n"
      "  --> net.model:10:4\n"
      "10 |   z\n"
      "\n"
      "2 errors\n";
  EXPECT_EQ(without_library_lines(said),
            "error[E0303]: `x` of `call` is f32[B, 2], in stdlib/nn.model\n"
            " --> net.model:8:4\n"
            "8 |   fc2(x)\n"
            "  |       ^ f32[B, 512]\n"
            "...\n"
            " ::: stdlib/nn.model\n"
            "  |   fn call(x)\n"
            "  |           - declared\n"
            "help: no\n"
            "\n"
            "error[E0101]: nothing is called `z` here\n"
            "  --> net.model:10:4\n"
            "10 |   z\n"
            "\n"
            "2 errors\n");
}

TEST(Gallery, MessagesAreLowerCaseWithoutAFullStop) {
  using testing::MatchesRegex;
  using testing::Not;
  for (const GalleryProgram& program : read_gallery()) {
    SCOPED_TRACE(program.file.filename().string());
    std::istringstream lines(program.expected);
    for (std::string line; std::getline(lines, line);) {
      const size_t colon = line.find("]: ");
      const bool headline = line.rfind("error[", 0) == 0 || line.rfind("limit[", 0) == 0;
      if (!headline || colon == std::string::npos) continue;
      const std::string message = line.substr(colon + 3);
      EXPECT_NE(message.back(), '.') << message;
      // A message may begin with a type or a name in backticks, such as `Linear(4, 2)`; words are lower case.
      EXPECT_THAT(message, Not(MatchesRegex("(A|An|The|This|There|No|Cannot|It|Unknown|Expected) .*")));
    }
  }
}

}  // namespace
}  // namespace kiln::docs
