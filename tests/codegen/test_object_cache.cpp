#include "codegen/object_cache.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "codegen/build_id.h"

namespace kiln::codegen::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Object = std::vector<std::byte>;

Object object_of(size_t bytes, unsigned char value) { return Object(bytes, std::byte{value}); }

class AnObjectCache : public testing::Test {
 protected:
  AnObjectCache() {
    std::string pattern = testing::TempDir() + "kiln-cache-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~AnObjectCache() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  std::vector<fs::path> files() const {
    std::vector<fs::path> list;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) list.push_back(entry.path());
    return list;
  }

  fs::path folder_;
};

TEST(BuildId, IsOfThisProgramAndOfLlvm) {
  const std::string id = compiler_build_id();
  EXPECT_THAT(id, testing::MatchesRegex("[0-9a-f]{16,}\\.[0-9a-f]{16,}"));
  EXPECT_NE(id.substr(0, id.find('.')), id.substr(id.find('.') + 1));
}

TEST_F(AnObjectCache, GivesWhatItWasGiven) {
  const ObjectCache cache({folder_ / "made" / "here"});
  ASSERT_EQ(cache.problem(), "");
  const std::string key = cache.key_of("content", targets().front());
  EXPECT_EQ(cache.find(key), std::nullopt);
  EXPECT_TRUE(cache.add(key, object_of(1000, 7)));
  EXPECT_EQ(cache.find(key), object_of(1000, 7));
  EXPECT_EQ(ObjectCache({folder_ / "made" / "here"}).find(key), object_of(1000, 7)) << "for later builds too";
  EXPECT_TRUE(cache.add(key, object_of(1000, 7))) << "another build was as fast";
}

TEST_F(AnObjectCache, TellsContentsAndTargetsApart) {
  const ObjectCache cache({folder_});
  const std::string key = cache.key_of("content", targets()[0]);
  EXPECT_EQ(cache.key_of("content", targets()[0]), key);
  EXPECT_NE(cache.key_of("other content", targets()[0]), key);
  EXPECT_NE(cache.key_of("content", targets()[1]), key);
}

TEST_F(AnObjectCache, FindsNothingThatIsDamaged) {
  const ObjectCache cache({folder_});
  const std::string key = cache.key_of("content", targets().front());
  const Object object = object_of(1000, 7);
  for (const size_t length : {0, 1, 31, 32, 33, 500, 1031}) {
    ASSERT_TRUE(cache.add(key, object));
    ASSERT_EQ(files().size(), 1);
    fs::resize_file(files().front(), length);
    EXPECT_EQ(cache.find(key), std::nullopt) << length;
  }
  for (const int changed : {0, 31, 32, 600, 1031}) {
    ASSERT_TRUE(cache.add(key, object));
    std::fstream file(files().front(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(changed);
    file.put('\x55');
    file.close();
    EXPECT_EQ(cache.find(key), std::nullopt) << changed;
  }
  ASSERT_TRUE(cache.add(key, object));
  EXPECT_EQ(cache.find(key), object) << "what is added again takes its place";
}

TEST_F(AnObjectCache, KeepsWhatWasUsedLastWithinItsBytes) {
  const ObjectCache cache({folder_, 3500});
  std::vector<std::string> keys;
  for (const char* content : {"a", "b", "c", "d"}) {
    keys.push_back(cache.key_of(content, targets().front()));
    ASSERT_TRUE(cache.add(keys.back(), object_of(1000, 7)));
    const auto second = std::chrono::seconds(static_cast<int64_t>(keys.size()));
    const std::string path = (folder_ / ("llvmcache-" + keys.back())).string();
    const timespec time{1'000'000 + second.count(), 0}, times[] = {time, time};
    ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }
  EXPECT_NE(cache.find(keys[0]), std::nullopt);  // the oldest, but used now
  cache.prune();
  EXPECT_NE(cache.find(keys[0]), std::nullopt);
  EXPECT_EQ(cache.find(keys[1]), std::nullopt);
  EXPECT_NE(cache.find(keys[2]), std::nullopt);
  EXPECT_NE(cache.find(keys[3]), std::nullopt);
}

TEST_F(AnObjectCache, SaysWhyItCannotBeUsed) {
  std::ofstream(folder_ / "file") << "text";
  const ObjectCache cache({folder_ / "file" / "cache"});
  EXPECT_THAT(cache.problem(), HasSubstr("file/cache"));
  const std::string key = cache.key_of("content", targets().front());
  EXPECT_FALSE(cache.add(key, object_of(10, 1)));
  EXPECT_EQ(cache.find(key), std::nullopt);
  cache.prune();
}

TEST_F(AnObjectCache, IsUsedByManyAtOnce) {
  std::vector<std::thread> users;
  for (int user = 0; user < 4; ++user)
    users.emplace_back([&] {
      const ObjectCache cache({folder_, 5000});
      for (int round = 0; round < 200; ++round) {
        const auto value = static_cast<unsigned char>(round % 8);
        const std::string key = cache.key_of(std::string(1, static_cast<char>(value)), targets().front());
        EXPECT_EQ(cache.find(key).value_or(object_of(1000, value)), object_of(1000, value));
        cache.add(key, object_of(1000, value));
        if (round % 10 == 0) cache.prune();
      }
    });
  for (std::thread& user : users) user.join();
  ObjectCache({folder_, 5000}).prune();
  uintmax_t bytes = 0;
  for (const fs::path& file : files())
    if (file.filename().string().starts_with("llvmcache-") && !file.string().ends_with(".timestamp"))
      bytes += fs::file_size(file);
  EXPECT_LE(bytes, 5000);
  EXPECT_GT(bytes, 0);
}

}  // namespace
}  // namespace kiln::codegen::test
