#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <set>

#include "checked_program.h"
#include "gallery.h"

namespace kiln::docs {
namespace {

int count_of(const std::string& text, const std::string& piece) {
  int count = 0;
  for (size_t at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1)) ++count;
  return count;
}

// Each fix that a message of the gallery offers is applied: the message is gone (or one less, where it is
// said several times), and a fix that is surely meant leaves no more mistakes than there were.
TEST(Fixes, OfTheGalleryMendWhatTheyClaim) {
  std::set<std::string> codes;
  int certain = 0, possible = 0, whole = 0;
  for (const GalleryProgram& program : read_gallery()) {
    SCOPED_TRACE(program.file.filename().string());
    const std::string name = program.file.filename();
    const Checked before = check_program(program.program, name, gallery_help(), true);
    for (const Checked::Mended& fix : before.mended) {
      SCOPED_TRACE(fix.code + " " + fix.title);
      ASSERT_NE(fix.text, "") << "edits overlap, or lie in another file";
      EXPECT_NE(fix.title, "");
      const Checked after = check_program(fix.text, name, gallery_help(), true);
      const std::string head = "[" + fix.code + "]: " + fix.message + "\n";
      EXPECT_LT(count_of(after.said, head), count_of(before.said, head)) << after.said;
      if (fix.is_certain) {
        EXPECT_LE(count_of(after.said, "error["), count_of(before.said, "error[")) << after.said;
      }
      codes.insert(fix.code);
      ++(fix.is_certain ? certain : possible);
      if (after.said.empty()) ++whole;
    }
  }
  std::cout << certain << " certain and " << possible << " possible fixes of " << codes.size() << " codes, "
            << whole << " leave nothing to say\n";
  EXPECT_GE(codes.size(), 20u);
}

}  // namespace
}  // namespace kiln::docs
