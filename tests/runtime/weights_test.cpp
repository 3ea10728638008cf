#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "test_host.h"

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string read_file(const fs::path& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

/// A safetensors file from the text of its header and its data.
std::string file_of(const std::string& header, const std::string& data) {
  const uint64_t size = header.size();
  std::string bytes(reinterpret_cast<const char*>(&size), 8);
  return bytes + header + data;
}

// The order in which Net is saved: steps (8 bytes), weight and bias (4), mask (1).
const std::string good_header = R"({"steps":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                                R"("weight":{"dtype":"F32","shape":[3,4],"data_offsets":[8,56]},)"
                                R"("bias":{"dtype":"F32","shape":[3],"data_offsets":[56,68]},)"
                                R"("mask":{"dtype":"BOOL","shape":[2],"data_offsets":[68,70]}})";
const std::string good_data = std::string(68, '\x11') + std::string(2, '\x01');

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

class Weights : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/kiln_weights_XXXXXX";
    folder = mkdtemp(pattern);
    model = host.create(net, 5);
  }
  void TearDown() override {
    kiln_model_free(host.api, model);
    fs::permissions(folder, fs::perms::owner_all);
    fs::remove_all(folder);
  }
  std::string path(const std::string& name = "w.safetensors") const { return folder / name; }
  void write(const std::string& bytes) const { std::ofstream(path(), std::ios::binary) << bytes; }
  kiln_status load() { return kiln_model_load(host.api, host.context, model, path().c_str()); }
  kiln_status save() { return kiln_model_save(host.api, host.context, model, path().c_str()); }
  size_t files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }

  /// A file that must be refused with these problems and no other, and change nothing.
  void expect_refused(const std::string& bytes, const std::vector<std::string>& problems) {
    write(bytes);
    const auto before = contents(host.api, model);
    EXPECT_EQ(load(), KILN_BAD_WEIGHTS);
    std::string expected = "cannot load `" + path() + "` into Net:";
    for (const std::string& problem : problems) expected += "\n- " + problem;
    EXPECT_EQ(host.message(), expected);
    EXPECT_EQ(contents(host.api, model), before);
    kiln_model* opened = nullptr;
    EXPECT_EQ(kiln_model_open(host.api, host.context, net, path().c_str(), &opened), KILN_BAD_WEIGHTS);
    EXPECT_EQ(opened, nullptr);
  }

  Host host;
  kiln_model* model = nullptr;
  fs::path folder;
};

TEST_F(Weights, RoundTrip) {
  const auto saved = contents(host.api, model);
  ASSERT_EQ(save(), KILN_OK) << host.message();
  EXPECT_EQ(files(), 1u) << "nothing but the file is left";
  kiln_model* fresh = host.create(net, 9);
  EXPECT_NE(contents(host.api, fresh), saved);
  ASSERT_EQ(kiln_model_load(host.api, host.context, fresh, path().c_str()), KILN_OK) << host.message();
  EXPECT_EQ(contents(host.api, fresh), saved);
  kiln_model_free(host.api, fresh);
  ASSERT_EQ(kiln_model_open(host.api, host.context, net, path().c_str(), &fresh), KILN_OK) << host.message();
  EXPECT_EQ(contents(host.api, fresh), saved);
  kiln_model_free(host.api, fresh);
}

TEST_F(Weights, TheFileIsAsTheFormatSays) {
  ASSERT_EQ(save(), KILN_OK);
  const std::string bytes = read_file(path());
  uint64_t size = 0;
  std::memcpy(&size, bytes.data(), 8);
  std::string header = bytes.substr(8, size);
  EXPECT_EQ(header.size() % 8, 0u);
  header.erase(header.find_last_not_of(' ') + 1);
  EXPECT_EQ(header, good_header);
  EXPECT_EQ(bytes.size(), 8 + size + 70);
}

TEST_F(Weights, OtherWritersFilesAreTaken) {
  // White space, another order, escapes, unknown fields, metadata of any form.
  const std::string header =
      "{ \"__metadata__\" : {\"format\":\"pt\",\"nested\":[1,{}]},\n"
      R"("\u006dask":{"data_offsets":[68, 70],"shape":[ 2 ],"dtype":"BOOL","extra":[[]]},)"
      R"("bias":{"dtype":"F32","shape":[3],"data_offsets":[56,68]},)"
      R"("weight":{"dtype":"F32","shape":[3,4],"data_offsets":[8,56]},)"
      R"("steps":{"dtype":"I64","shape":[ ],"data_offsets":[0,8]}}   )";
  write(file_of(header, good_data));
  ASSERT_EQ(load(), KILN_OK) << host.message();
  const auto all = contents(host.api, model);
  EXPECT_EQ(all[0], std::string(48, '\x11'));
  EXPECT_EQ(all[3], std::string(2, '\x01'));
}

TEST_F(Weights, DamagedFiles) {
  expect_refused("", {"the file has 0 bytes, a weights file at least 8"});
  expect_refused("abc", {"the file has 3 bytes, a weights file at least 8"});
  expect_refused(std::string(8, '\xff'),
                 {"the header would have 18446744073709551615 bytes, the file has only 0 after its length"});
  expect_refused(file_of(good_header, good_data).substr(0, 50),
                 {"the header would have " + std::to_string(good_header.size()) +
                  " bytes, the file has only 42 after its length"});
  expect_refused(file_of("", ""), {"the header is not valid JSON: expected `{` at byte 0"});
  expect_refused(file_of("[]", ""), {"the header is not valid JSON: expected `{` at byte 0"});
  expect_refused(
      file_of(good_header + "x", good_data),
      {"the header is not valid JSON: expected nothing more at byte " + std::to_string(good_header.size())});
  expect_refused(file_of("{\"a\xff\":1}", ""),
                 {"the header is not valid JSON: a string that is not UTF-8 at byte 3"});
  expect_refused(file_of("{\"__metadata__\":" + std::string(100, '[') + "}", ""),
                 {"the header is not valid JSON: nested too deep at byte 81"});
}

TEST_F(Weights, WrongOffsets) {
  expect_refused(file_of(good_header, good_data.substr(0, 60)),
                 {"`bias`: offsets 56 to 68 lie outside the 60 bytes of data",
                  "`mask`: offsets 68 to 70 lie outside the 60 bytes of data"});
  expect_refused(file_of(good_header, good_data + "abc"), {"bytes 70 to 73 of the data belong to no tensor"});
  expect_refused(file_of(replaced(good_header, "[56,68]", "[68,56]"), good_data),
                 {"`bias`: offsets 68 to 56 lie outside the 70 bytes of data"});
  expect_refused(file_of(replaced(good_header, "[56,68]", "[52,64]"), good_data),
                 {"`weight` and `bias` overlap", "bytes 64 to 68 of the data belong to no tensor"});
  expect_refused(file_of(replaced(good_header, "[56,68]", "[56,67]"), good_data),
                 {"`bias`: its type and shape take 12 bytes, its offsets 56 to 67 hold 11",
                  "bytes 67 to 68 of the data belong to no tensor"});
  expect_refused(file_of(replaced(good_header, "[68,70]", "[0,9223372036854775807]"), good_data),
                 {"`mask`: offsets 0 to 9223372036854775807 lie outside the 70 bytes of data"});
}

TEST_F(Weights, WrongFields) {
  expect_refused(file_of(replaced(good_header, "[56,68]", "[56,18446744073709551616]"), good_data),
                 {"`bias`: `data_offsets` is not a list of two non-negative integers"});
  expect_refused(file_of(replaced(good_header, "[56,68]", "[56,68,70]"), good_data),
                 {"`bias`: `data_offsets` is not a list of two non-negative integers"});
  expect_refused(file_of(replaced(good_header, "[56,68]", "{}"), good_data),
                 {"`bias`: `data_offsets` is not a list of two non-negative integers"});
  expect_refused(file_of(replaced(good_header, "[3]", "[-3]"), good_data),
                 {"`bias`: `shape` is not a list of non-negative integers"});
  expect_refused(file_of(replaced(good_header, "[3]", "[3.0]"), good_data),
                 {"`bias`: `shape` is not a list of non-negative integers"});
  expect_refused(
      file_of(replaced(good_header, R"("dtype":"F32","shape":[3],)", R"("shape":[3],)"), good_data),
      {"`bias`: `dtype` is missing"});
  expect_refused(file_of(replaced(good_header, R"("shape":[3],)", R"("shape":[3],"shape":[3],)"), good_data),
                 {"`bias`: `shape` is given twice"});
  expect_refused(
      file_of(replaced(good_header, R"({"dtype":"F32","shape":[3],"data_offsets":[56,68]})", "7"), good_data),
      {"`bias`: expected an object with `dtype`, `shape` and `data_offsets`"});
  expect_refused(file_of(replaced(good_header, "[3]", "[4294967296,4294967296,3]"), good_data),
                 {"`bias`: its shape takes more bytes than 64 bits can count",
                  "`bias`: expected f32[3], got f32[4294967296, 4294967296, 3]"});
}

TEST_F(Weights, WrongTypesAndShapes) {
  expect_refused(file_of(replaced(good_header, "[3,4]", "[4,3]"), good_data),
                 {"`weight`: expected f32[3, 4], got f32[4, 3]"});
  expect_refused(file_of(replaced(good_header, "[3,4]", "[12]"), good_data),
                 {"`weight`: expected f32[3, 4], got f32[12]"});
  expect_refused(file_of(replaced(good_header, R"("F32","shape":[3])", R"("I32","shape":[3])"), good_data),
                 {"`bias`: expected f32[3], got i32[3]"});
  expect_refused(file_of(replaced(good_header, R"("F32","shape":[3])", R"("F4\n","shape":[3])"), good_data),
                 {"`bias`: expected f32[3], got `F4\\x0a`[3]"});
}

TEST_F(Weights, AllThatIsWrongIsTold) {
  std::string header = replaced(good_header, "\"bias\"", "\"bios\"");
  header = replaced(header, "[3,4]", "[4,3]");
  header = replaced(header, "\"mask\"", "\"steps\"");
  expect_refused(
      file_of(header, good_data),
      {"`steps`: given more than once", "`weight`: expected f32[3, 4], got f32[4, 3]",
       "`bias`: missing, expected f32[3]", "`mask`: missing, expected bool[2]", "`bios`: not in the model"});
}

TEST_F(Weights, BoolsAreZeroOrOne) {
  expect_refused(file_of(good_header, replaced(good_data, "\x01\x01", "\x01\x02")),
                 {"`mask`: a bool that is neither 0 nor 1"});
}

TEST_F(Weights, ThousandsOfProblemsAreCounted) {
  std::string header = "{";
  for (int i = 0; i < 12'000; ++i)
    header +=
        (i ? ",\"" : "\"") + std::to_string(i) + R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  write(file_of(header + "}", ""));
  EXPECT_EQ(load(), KILN_BAD_WEIGHTS);
  EXPECT_THAT(host.message(), HasSubstr("\n- `0`: not in the model\n"));
  EXPECT_THAT(host.message(), HasSubstr("\n- and 2004 more"));
}

TEST_F(Weights, MutatedFilesNeverChangeTheModelUnlessTheyLoad) {
  const std::string good = file_of(good_header, good_data);
  std::mt19937 random(11);
  const int memory = memfd_create("mutated", 0);  // thousands of files on a disk would take minutes
  const std::string file = "/proc/self/fd/" + std::to_string(memory);
  int loaded = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = good.substr(0, random() % 4 == 0 ? random() % good.size() : good.size());
    for (size_t i = 0, changes = random() % 4; i < changes && !bytes.empty(); ++i) {
      char& byte = bytes[random() % std::min<size_t>(bytes.size(), random() % 2 == 0 ? 8 : bytes.size())];
      byte = random() % 2 == 0 ? static_cast<char>(random()) : "{}[],:\"0123456789-e\\"[random() % 20];
    }
    ASSERT_EQ(ftruncate(memory, 0), 0);
    ASSERT_EQ(pwrite(memory, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    const auto before = contents(host.api, model);
    if (kiln_model_load(host.api, host.context, model, file.c_str()) == KILN_OK) {
      ++loaded;
      EXPECT_EQ(bytes.size(), good.size());
    } else {
      ASSERT_EQ(contents(host.api, model), before);
      ASSERT_THAT(host.message(), HasSubstr("\n- "));
    }
  }
  close(memory);
  EXPECT_GT(loaded, 100) << "unchanged ones and those changed in the data";
  EXPECT_LT(loaded, 2500);
}

TEST_F(Weights, PathsThatCannotBeRead) {
  EXPECT_EQ(load(), KILN_FILE_ERROR);
  EXPECT_EQ(host.message(), "cannot load `" + path() + "` into Net:\n- no such file or folder");
  EXPECT_EQ(kiln_model_load(host.api, host.context, model, folder.c_str()), KILN_FILE_ERROR);
  EXPECT_THAT(host.message(), HasSubstr("it is a folder"));
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(kiln_model_load(host.api, host.context, model, path("pipe").c_str()), KILN_FILE_ERROR);
  EXPECT_THAT(host.message(), HasSubstr("it is not a regular file"));
  EXPECT_EQ(kiln_model_load(host.api, host.context, model, nullptr), KILN_INVALID_ARGUMENT);
}

/// Writes of more than so many bytes to a file fail while this lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : former_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &former_);
    rlimit limited = former_;
    limited.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &former_);
    std::signal(SIGXFSZ, former_handler_);
  }

 private:
  rlimit former_{};
  void (*former_handler_)(int);
};

TEST_F(Weights, AFullDiskLeavesTheOldFileWhole) {
  ASSERT_EQ(save(), KILN_OK);
  const std::string old = read_file(path());
  Floats x({1, 4});
  float rate = 1, norm = 0;
  ASSERT_EQ(host.call(train, {model, &x.c, &rate, &norm}), KILN_OK);
  for (const rlim_t bytes : {0, 4, 100, 300}) {
    kiln_status status = KILN_OK;
    std::string message;
    {
      const FileSizeLimit limit(bytes);
      status = save();
      message = host.message();
    }
    EXPECT_EQ(status, KILN_FILE_ERROR) << bytes;
    EXPECT_EQ(message, "cannot save Net to `" + path() + "`: writing: file too large");
    EXPECT_EQ(read_file(path()), old);
    EXPECT_EQ(files(), 1u) << "the half-written file is gone";
  }
  ASSERT_EQ(save(), KILN_OK);
  EXPECT_NE(read_file(path()), old);
}

TEST_F(Weights, PlacesThatCannotBeWritten) {
  EXPECT_EQ(kiln_model_save(host.api, host.context, model, path("no/such").c_str()), KILN_FILE_ERROR);
  EXPECT_EQ(host.message(),
            "cannot save Net to `" + path("no/such") + "`: opening the folder: no such file or folder");
  EXPECT_EQ(kiln_model_save(host.api, host.context, model, (folder.string() + "/").c_str()), KILN_FILE_ERROR);
  fs::create_directory(path("taken"));
  std::ofstream(path("taken") + "/something") << 1;
  EXPECT_EQ(kiln_model_save(host.api, host.context, model, path("taken").c_str()), KILN_FILE_ERROR);
  EXPECT_THAT(host.message(), HasSubstr("renaming: "));
  EXPECT_EQ(files(), 1u);
  if (geteuid() == 0) return;  // root may write anywhere
  fs::permissions(folder, fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_EQ(save(), KILN_FILE_ERROR);
  EXPECT_EQ(host.message(),
            "cannot save Net to `" + path() + "`: creating a file beside it: permission denied");
}

TEST_F(Weights, RelativePathsAndLongNames) {
  const fs::path former = fs::current_path();
  fs::current_path(folder);
  EXPECT_EQ(kiln_model_save(host.api, host.context, model, "here.safetensors"), KILN_OK) << host.message();
  EXPECT_EQ(kiln_model_load(host.api, host.context, model, "here.safetensors"), KILN_OK) << host.message();
  const std::string longest(255, 'n');
  EXPECT_EQ(kiln_model_save(host.api, host.context, model, longest.c_str()), KILN_OK) << host.message();
  EXPECT_EQ(kiln_model_save(host.api, host.context, model, (longest + "n").c_str()), KILN_FILE_ERROR);
  fs::current_path(former);
  EXPECT_EQ(files(), 2u);
}

TEST_F(Weights, MissingMemoryLeavesTheModelAsItWas) {
  write(file_of(good_header, good_data));
  CountingAllocator allocator;
  const kiln_allocator hooks = allocator.hooks();
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.allocator = &hooks;
  {
    Host counted(options);
    kiln_model* small = counted.create(net);
    const auto before = contents(counted.api, small);
    for (int64_t more = 0; more < 10; ++more) {
      allocator.fail_after = allocator.allocations + more;
      const kiln_status status = kiln_model_load(counted.api, counted.context, small, path().c_str());
      if (status == KILN_OK) break;
      EXPECT_EQ(status, KILN_OUT_OF_MEMORY) << more;
      EXPECT_EQ(contents(counted.api, small), before);
      ASSERT_LT(more, 9);
    }
    kiln_model_free(counted.api, small);
  }
  EXPECT_EQ(allocator.live_bytes, 0);
}

}  // namespace
