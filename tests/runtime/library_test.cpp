// The archive that goes into every library, and libraries made of it.
#include <dlfcn.h>
#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include "embedded/runtime_archive.h"
#include "test_host.h"

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  char part[4096];
  while (const size_t size = fread(part, 1, sizeof(part), pipe.get())) text.append(part, size);
  EXPECT_FALSE(text.empty()) << command;
  return text;
}

struct Symbols {
  std::set<std::string> defined, undefined;
};

Symbols symbols_of(const std::string& options, const std::string& file) {
  Symbols symbols;
  std::istringstream lines(output_of(std::string(NM) + " -P " + options + " " + file));
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string name, kind;
    if (!(words >> name >> kind) || kind.size() != 1) continue;
    (kind == "U" || kind == "w" || kind == "v" ? symbols.undefined : symbols.defined).insert(name);
  }
  return symbols;
}

// What a library may ask of its process. All are in the first glibc for x86-64 or weak, and have one meaning
// in all.
const std::set<std::string> allowed = {
    "__errno_location", "close",          "free",        "fsync",   "getpid",  "lseek",  "madvise",
    "memcmp",           "memcpy",         "memmove",     "memset",  "open",    "pread",  "rename",
    "strchr",           "strcmp",         "strlen",      "strrchr", "syscall", "unlink", "write",
    "posix_memalign",   "pthread_create", "pthread_join"};

std::set<std::string> without(const std::set<std::string>& all, const std::set<std::string>& taken) {
  std::set<std::string> rest;
  for (const std::string& name : all)
    if (taken.count(name) == 0) rest.insert(name);
  return rest;
}

TEST(Archive, NeedsAFewFunctionsOfLibcAndNothingElse) {
  const Symbols symbols = symbols_of("", RUNTIME_ARCHIVE);
  EXPECT_TRUE(symbols.defined.count("kiln_runtime_call"));
  std::set<std::string> needed = without(without(symbols.undefined, symbols.defined), allowed);
  EXPECT_EQ(needed, (std::set<std::string>{"_GLOBAL_OFFSET_TABLE_", "kiln_image"}));
}

TEST(Archive, HasNoStartUpCodeNoThreadLocalsAndNoWritableData) {
  const std::string sections = output_of(std::string(READELF) + " -SW " + RUNTIME_ARCHIVE);
  EXPECT_THAT(sections, HasSubstr(".text."));
  for (const char* section : {".init_array", ".fini_array", ".ctors", ".dtors", ".tdata", ".tbss",
                              ".preinit_array", ".gcc_except_table", ".bss.", ".asan", ".tsan"})
    EXPECT_THAT(sections, Not(HasSubstr(section)));
  std::istringstream lines(sections);
  std::string line;
  while (std::getline(lines, line))
    EXPECT_TRUE(line.find(" .data.") == std::string::npos || line.find(" .data.rel.ro") != std::string::npos)
        << line;
}

TEST(Archive, CodeIsSmall) {
  std::istringstream lines(output_of(std::string(SIZE_TOOL) + " -A -d " + RUNTIME_ARCHIVE));
  std::string line;
  int64_t code = 0;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string section;
    int64_t bytes = 0;
    if (words >> section >> bytes && section.rfind(".text", 0) == 0) code += bytes;
  }
  EXPECT_GT(code, 10'000);
  EXPECT_LT(code, 40'000);
}

TEST(Archive, IsEmbeddedInTheCompilerWithTheHeaders) {
  const auto read = [](const std::string& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
  };
  const std::span<const std::byte> bytes = kiln::runtime_archive();
  EXPECT_TRUE(read(RUNTIME_ARCHIVE) ==
              std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  const std::string header = KILN_PUBLIC_HEADERS;
  EXPECT_EQ(kiln::runtime_header("kiln.h"), read(header + "/kiln.h"));
  EXPECT_EQ(kiln::runtime_header("kiln.hpp"), read(header + "/kiln.hpp"));
  EXPECT_THAT(kiln::runtime_header("other.h"), IsEmpty());
}

TEST(Library, ExportsOneSymbolAndNeedsNoOtherLibrary) {
  const Symbols symbols = symbols_of("-D", FIRST_LIBRARY);
  EXPECT_EQ(symbols.defined, (std::set<std::string>{"kiln_module"}));
  EXPECT_THAT(without(symbols.undefined, allowed), IsEmpty());
  EXPECT_THAT(output_of(std::string(READELF) + " -dW " + FIRST_LIBRARY), Not(HasSubstr("NEEDED")));
}

struct Loaded {
  explicit Loaded(const char* path) : handle(dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    if (handle == nullptr) return;
    const auto function = reinterpret_cast<kiln_module_function>(dlsym(handle, KILN_MODULE_SYMBOL));
    if (function != nullptr) api = function();
  }
  ~Loaded() {
    if (handle != nullptr) dlclose(handle);
  }
  void* handle;
  const kiln_module_api* api = nullptr;
};

TEST(Library, TwoLibrariesLiveInOneProcess) {
  const Loaded first(FIRST_LIBRARY), second(SECOND_LIBRARY);
  ASSERT_TRUE(kiln_module_fits(first.api) && kiln_module_fits(second.api)) << dlerror();
  EXPECT_STREQ(kiln_module_name(first.api), "first");
  EXPECT_STREQ(kiln_module_name(second.api), "second");
  kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
  options.threads = 2;
  kiln_context *one = nullptr, *two = nullptr;
  ASSERT_EQ(kiln_context_create(first.api, &options, &one), KILN_OK);
  ASSERT_EQ(kiln_context_create(second.api, &options, &two), KILN_OK);

  kiln_model* model = nullptr;
  ASSERT_EQ(kiln_model_create(first.api, one, net, 1, &model), KILN_OK);
  Floats x({2, 4}, std::vector<float>(8, 1)), y({2, 3});
  void* arguments[] = {model, &x.c, &y.c};
  EXPECT_EQ(kiln_call(first.api, one, apply, arguments, 3), KILN_OK) << kiln_context_message(first.api, one);
  EXPECT_EQ(y.values[0], 0.5f + 406);
  EXPECT_EQ(kiln_call(second.api, two, apply, arguments, 3), KILN_INVALID_ARGUMENT);
  EXPECT_STREQ(
      kiln_context_message(second.api, two),
      "apply: m: expected a model Net of library second, got something else: a handle of another library, or "
      "one that was freed");
  EXPECT_EQ(kiln_call(second.api, one, apply, arguments, 3), KILN_INVALID_ARGUMENT)
      << "a context of the first";

  kiln_model_free(first.api, model);
  kiln_context_destroy(first.api, one);
  kiln_context_destroy(second.api, two);
}

TEST(Library, IsGoneAfterDlclose) {
  const auto is_mapped = [] {
    std::ostringstream maps;
    maps << std::ifstream("/proc/self/maps").rdbuf();
    return maps.str().find(FIRST_LIBRARY) != std::string::npos;
  };
  {
    const Loaded first(FIRST_LIBRARY);
    ASSERT_NE(first.api, nullptr);
    EXPECT_TRUE(is_mapped());
    kiln_context_options options = KILN_CONTEXT_OPTIONS_INIT;
    options.threads = 2;
    kiln_context* context = nullptr;
    ASSERT_EQ(kiln_context_create(first.api, &options, &context), KILN_OK);
    Floats x({9}), y({9});
    void* arguments[] = {&x.c, &y.c};
    EXPECT_EQ(kiln_call(first.api, context, chain, arguments, 2), KILN_OK);
    kiln_context_destroy(first.api, context);
  }
  EXPECT_FALSE(is_mapped());
}

}  // namespace
