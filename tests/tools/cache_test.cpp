// The cache of compiled kernels, as builds meet it.
#include <fstream>
#include <regex>
#include <thread>

#include "command.h"

namespace kiln::tests {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

Settings with_cache(const std::string& folder) { return {"", {"KILN_CACHE_DIR=" + folder}, -1, ""}; }

Outcome build(const std::string& library, const Settings& settings,
              const std::vector<std::string>& more = {"--time-passes"}) {
  std::vector<std::string> arguments = {"build", model("tables"), "-o", library};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return kilnc(arguments, settings);
}

std::vector<fs::path> entries(const std::string& folder) {
  std::vector<fs::path> list;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().filename() != "llvmcache.timestamp") list.push_back(entry.path());
  return list;
}

uintmax_t bytes_in(const std::string& folder) {
  uintmax_t bytes = 0;
  for (const fs::path& entry : entries(folder)) bytes += fs::file_size(entry);
  return bytes;
}

/// What --time-passes says of the different kernels of a build.
struct Kernels {
  int different = -1, found = -1;
};
Kernels kernels_of(const Outcome& outcome) {
  std::smatch match;
  EXPECT_TRUE(std::regex_search(outcome.error, match,
                                std::regex("([0-9]+) different, ([0-9]+) of these from the cache")))
      << outcome.error;
  if (match.empty()) return {};
  return {std::stoi(match[1]), std::stoi(match[2])};
}
void expect_all_found(const Outcome& outcome) {
  const Kernels kernels = kernels_of(outcome);
  EXPECT_EQ(kernels.found, kernels.different);
  EXPECT_GT(kernels.found, 0);
}

TEST(Cache, GivesTheSameLibraryWithoutCompiling) {
  const Folder folder, plain;
  ASSERT_EQ(build(plain / "l.so", {}, {"--no-cache"}).code, 0);
  const Outcome first = build(folder / "l.so", with_cache(folder / "cache"));
  EXPECT_EQ(kernels_of(first).found, 0);
  EXPECT_TRUE(read(folder / "l.so") == read(plain / "l.so"));
  EXPECT_FALSE(entries(folder / "cache").empty());
  const Outcome second = build(folder / "l.so", with_cache(folder / "cache"));
  expect_all_found(second);
  EXPECT_TRUE(read(folder / "l.so") == read(plain / "l.so"));
}

TEST(Cache, ServesEveryVerbThatCompiles) {
  const Folder folder;
  const std::string file = folder.write("a.model",
                                        "export fn f(x: f32[N]) -> y: f32[N] { y[i] = exp(x[i]) }\n"
                                        "test \"of one\" { assert f([0.0])[0] == 1.0 }\n");
  const std::vector<std::vector<std::string>> calls = {
      {"run", file, "f", "--arg", "x=[1, 2]"}, {"bench", file, "f", "--dim", "N=4"}, {"test", file}};
  for (const std::vector<std::string>& call : calls) {
    const std::string cache = folder / call[0];
    const Outcome outcome = kilnc(call, with_cache(cache));
    EXPECT_EQ(outcome.code, 0) << outcome.error;
    EXPECT_FALSE(entries(cache).empty()) << call[0];
  }
}

TEST(Cache, IsSwitchedOff) {
  const Folder folder;
  EXPECT_EQ(build(folder / "l.so", with_cache(folder / "cache"), {"--no-cache"}).code, 0);
  EXPECT_FALSE(fs::exists(folder / "cache"));
  const Settings empty{
      "", {"KILN_CACHE_DIR=", "XDG_CACHE_HOME=" + folder.path(), "HOME=" + folder.path()}, -1, ""};
  EXPECT_EQ(build(folder / "l.so", empty, {}).code, 0);
  EXPECT_FALSE(fs::exists(folder / "kiln") || fs::exists(folder / ".cache"));
  EXPECT_EQ(build(folder / "l.so", with_cache(folder / "cache"), {"-g"}).code, 0);
  EXPECT_FALSE(fs::exists(folder / "cache")) << "line information is of one build";
}

TEST(Cache, LiesInTheUsersFolderForCaches) {
  const Folder folder;
  const auto build_with = [&](const std::vector<std::string>& environment) {
    Settings settings{"", environment, -1, ""};
    settings.own_cache = true;
    return build(folder / "l.so", settings, {});
  };
  EXPECT_EQ(build_with({"XDG_CACHE_HOME=" + folder / "xdg", "HOME=" + folder / "home"}).code, 0);
  EXPECT_FALSE(entries(folder / "xdg/kiln").empty());
  EXPECT_FALSE(fs::exists(folder / "home"));
  EXPECT_EQ(build_with({"XDG_CACHE_HOME=not/absolute", "HOME=" + folder / "home"}).code, 0);
  EXPECT_FALSE(entries(folder / "home/.cache/kiln").empty());
}

TEST(Cache, IgnoresDamagedEntries) {
  const Folder folder;
  ASSERT_EQ(build(folder / "first.so", with_cache(folder / "cache")).code, 0);
  size_t number = 0;
  for (const fs::path& entry : entries(folder / "cache")) {
    if (++number % 2 == 0) {
      fs::resize_file(entry, fs::file_size(entry) / 2);
    } else {
      std::fstream file(entry, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(fs::file_size(entry) / 2));
      file.put(static_cast<char>(0xA5 ^ file.peek()));
    }
  }
  ASSERT_GT(number, 1);
  const Outcome again = build(folder / "l.so", with_cache(folder / "cache"));
  EXPECT_EQ(kernels_of(again).found, 0);
  fs::rename(folder / "l.so", folder / "second.so");
  ASSERT_EQ(build(folder / "l.so", with_cache(folder / "cache")).code, 0);
  EXPECT_TRUE(read(folder / "l.so") == read(folder / "second.so"));
  expect_all_found(build(folder / "l.so", with_cache(folder / "cache")));
}

TEST(Cache, TakesConcurrentBuilds) {
  const Folder folder, plain;
  ASSERT_EQ(build(plain / "l.so", {}, {"--no-cache"}).code, 0);
  for (int i = 0; i < 3; ++i) fs::create_directory(folder / std::to_string(i));
  std::vector<std::thread> builds;
  std::vector<Outcome> outcomes(3);
  for (size_t i = 0; i < 3; ++i)
    builds.emplace_back([&, i] {
      outcomes[i] = build(folder / (std::to_string(i) + "/l.so"), with_cache(folder / "cache"));
    });
  for (std::thread& one : builds) one.join();
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(outcomes[i].code, 0) << outcomes[i].error;
    EXPECT_TRUE(read(folder / (std::to_string(i) + "/l.so")) == read(plain / "l.so"));
  }
  expect_all_found(build(folder / "l.so", with_cache(folder / "cache")));
}

TEST(Cache, StaysWithinItsSize) {
  const Folder folder;
  Settings settings = with_cache(folder / "cache");
  ASSERT_EQ(build(folder / "l.so", settings).code, 0);
  const uintmax_t all = bytes_in(folder / "cache");
  ASSERT_GT(all, 8000);
  settings.environment.push_back("KILN_CACHE_SIZE=8kB");
  fs::remove_all(folder / "cache");
  ASSERT_EQ(build(folder / "l.so", settings).code, 0);
  EXPECT_LE(bytes_in(folder / "cache"), 8000);
  settings.environment.back() = "KILN_CACHE_SIZE=much";
  const Outcome mistaken = build(folder / "l.so", settings);
  EXPECT_EQ(mistaken.code, 1);
  EXPECT_THAT(mistaken.error, HasSubstr("KILN_CACHE_SIZE takes a number of bytes"));
}

TEST(Cache, DoesNotStopABuildThatCannotWriteIt) {
  const Folder folder;
  folder.write("file", "");
  const Outcome quiet = build(folder / "l.so", with_cache(folder / "file/cache"), {});
  EXPECT_EQ(quiet.code, 0);
  EXPECT_EQ(quiet.error, "");
  EXPECT_THAT(build(folder / "l.so", with_cache(folder / "file/cache")).error,
              HasSubstr("the cache was not used: cannot make the folder `" + folder / "file/cache" + "`"));
}

}  // namespace
}  // namespace kiln::tests
