#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "checked_program.h"
#include "gallery.h"
#include "pieces.h"

namespace kiln::docs {
namespace {

namespace fs = std::filesystem;

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> programs) {
    for (const std::string& program : programs) {
      programs_.push_back(pieces_of(program));
      all_.insert(all_.end(), programs_.back().begin(), programs_.back().end());
    }
  }

  /// A program with one to three pieces left out, repeated, exchanged or taken from another program.
  std::string next() {
    std::vector<std::string> pieces = one_of(programs_);
    for (size_t changes = 1 + below(3); changes > 0; --changes) {
      std::string& piece = one_of(pieces);
      switch (below(4)) {
        case 0: piece.clear(); break;
        case 1: piece += piece; break;
        case 2: std::swap(piece, one_of(pieces)); break;
        default: piece = one_of(all_); break;
      }
    }
    std::string text;
    for (const std::string& piece : pieces) text += piece;
    return text;
  }

 private:
  size_t below(size_t end) { return random_() % end; }
  template <class T>
  T& one_of(std::vector<T>& list) {
    return list[below(list.size())];
  }

  std::vector<std::vector<std::string>> programs_;
  std::vector<std::string> all_;
  std::mt19937 random_{20240607};
};

// A crash or an internal error ends this process; the program that did it is the file named last.
TEST(Mutations, OfProgramsNeverBreakTheFrontEnd) {
  std::vector<std::string> programs;
  for (const GalleryProgram& program : read_gallery()) programs.push_back(program.program);
  for (const char* folder : {"stdlib", "samples/fashion_mnist", "tests/programs"})
    for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(KILN_SOURCE_DIR) / folder))
      if (entry.path().extension() == ".model") programs.push_back(read_text(entry.path()));
  Mutator mutator(programs);
  const fs::path kept = fs::temp_directory_path() / ("kiln-mutant-" + std::to_string(getpid()) + ".model");
  std::cout << kept.string() << std::endl;
  const bool is_long = std::getenv("KILN_LONG_TESTS") != nullptr;
  for (int i = 0; i < (is_long ? 20000 : 600); ++i) {
    const std::string program = mutator.next();
    write_text(kept, program);
    const Checked checked = check_program(program, "net.model", gallery_help());
    EXPECT_EQ(checked.exit == ExitCode::success, checked.said.find("error[") == std::string::npos &&
                                                     checked.said.find("limit[") == std::string::npos);
  }
  fs::remove(kept);
}

}  // namespace
}  // namespace kiln::docs
