// Files appear together and whole, or not at all.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>

#include "package/link_library.h"
#include "package/write_files.h"

namespace kiln::package {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class WriteFiles : public testing::Test {
 protected:
  WriteFiles() {
    std::string pattern = testing::TempDir() + "write-files-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~WriteFiles() override { fs::remove_all(folder_); }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / name).rdbuf();
    return text.str();
  }
  fs::path folder_;
};

/// Files of this process end at so many bytes, as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &former_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, former_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &former_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit former_{};
  void (*handler_)(int) = nullptr;
};

TEST_F(WriteFiles, AppearTogether) {
  StagedFiles files;
  EXPECT_FALSE(files.add(folder_ / "a", std::string_view("one")));
  EXPECT_FALSE(files.add(folder_ / "b", std::as_bytes(std::span("two", 3)), true));
  EXPECT_THAT(names(), testing::Each(HasSubstr(".unfinished-")));
  EXPECT_FALSE(files.commit());
  EXPECT_THAT(names(), ElementsAre("a", "b"));
  EXPECT_EQ(read("a") + read("b"), "onetwo");
  struct stat facts {};
  ASSERT_EQ(stat((folder_ / "b").c_str(), &facts), 0);
  EXPECT_TRUE(facts.st_mode & 0100);
}

TEST_F(WriteFiles, LeaveNothingWhenOneCannotBeWritten) {
  std::ofstream(folder_ / "a") << "old";
  {
    StagedFiles files;
    EXPECT_FALSE(files.add(folder_ / "a", std::string_view("new")));
    const auto problem = files.add(folder_ / "missing" / "b", std::string_view("new"));
    ASSERT_TRUE(problem);
    EXPECT_EQ(*problem,
              "cannot write `" + (folder_ / "missing" / "b").string() + "`: No such file or directory");
  }
  EXPECT_THAT(names(), ElementsAre("a"));
  EXPECT_EQ(read("a"), "old");
}

TEST_F(WriteFiles, DoNotReplaceAFolder) {
  fs::create_directory(folder_ / "a");
  const auto problem = write_whole(folder_ / "a", {});
  ASSERT_TRUE(problem);
  EXPECT_THAT(*problem, HasSubstr("Is a directory"));
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(WriteFiles, LeaveTheOldOneOnAFullDisk) {
  std::ofstream(folder_ / "a") << "old";
  const std::string large(10'000, 'x');
  {
    const FullDisk disk(4096);
    const auto problem = write_whole(folder_ / "a", std::as_bytes(std::span(large)));
    ASSERT_TRUE(problem);
    EXPECT_THAT(*problem, HasSubstr("File too large"));
  }
  EXPECT_THAT(names(), ElementsAre("a"));
  EXPECT_EQ(read("a"), "old");
}

TEST_F(WriteFiles, LinkingSaysWhatIsWrong) {
  const auto no_objects = link_library({std::vector<std::byte>(100)}, {}, "lib.so", false);
  ASSERT_TRUE(std::holds_alternative<std::string>(no_objects));
  EXPECT_THAT(std::get<std::string>(no_objects), HasSubstr("the linker failed: "));
  setenv("TMPDIR", folder_.c_str(), 1);
  {
    const FullDisk disk(100);
    const auto full = link_library({}, {}, "lib.so", false);
    ASSERT_TRUE(std::holds_alternative<std::string>(full));
    EXPECT_THAT(std::get<std::string>(full),
                HasSubstr("cannot write temporary files in `" + folder_.string() + "`"));
  }
  EXPECT_THAT(names(), IsEmpty());
  setenv("TMPDIR", "/nowhere", 1);
  const auto nowhere = link_library({}, {}, "lib.so", false);
  unsetenv("TMPDIR");
  ASSERT_TRUE(std::holds_alternative<std::string>(nowhere));
  EXPECT_EQ(std::get<std::string>(nowhere), "there is no folder for temporary files: TMPDIR is `/nowhere`");
}

}  // namespace
}  // namespace kiln::package
