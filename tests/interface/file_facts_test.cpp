// What the files say: symbols, needs, size, and headers that every compiler takes.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <regex>
#include <set>
#include <sstream>

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Output {
  std::string text;
  int status = 0;
};

Output run(const std::string& command) {
  Output output;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  char part[4096];
  while (const size_t size = fread(part, 1, sizeof part, pipe)) output.text.append(part, size);
  output.status = WEXITSTATUS(pclose(pipe));
  return output;
}

std::string library(const std::string& name) { return LIBRARIES "/lib" + name + ".so"; }

std::string header(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(LIBRARIES "/" + name).rdbuf();
  return text.str();
}

std::set<std::string> symbols(const std::string& options, const std::string& file) {
  std::set<std::string> names;
  std::istringstream lines(run(std::string(NM) + " -P -D " + options + " " + file).text);
  for (std::string line; std::getline(lines, line);) names.insert(line.substr(0, line.find(' ')));
  return names;
}

class Files : public testing::TestWithParam<const char*> {};

TEST_P(Files, NeedNoOtherLibrary) {
  const std::string text = run(std::string(READELF) + " -dW " + library(GetParam())).text;
  EXPECT_THAT(text, HasSubstr("SONAME"));
  EXPECT_THAT(text, Not(HasSubstr("NEEDED")));
  EXPECT_THAT(text, Not(HasSubstr("RPATH")));
  EXPECT_THAT(text, Not(HasSubstr("TEXTREL")));
  EXPECT_THAT(text, Not(HasSubstr("INIT")));
}

TEST_P(Files, ShowExactlyWhatTheHeaderDeclares) {
  const std::string name = GetParam();
  std::set<std::string> declared = {"kiln_module"};
  const std::string text = header(name + ".h");
  const std::regex function("\\b(" + name + "_[A-Za-z0-9_]+)\\(");
  for (std::sregex_iterator found(text.begin(), text.end(), function), end; found != end; ++found)
    declared.insert((*found)[1]);
  EXPECT_GT(declared.size(), 8u);
  EXPECT_EQ(symbols("--defined-only", library(name)), declared);
}

TEST_P(Files, AskTheProcessForLittle) {
  const std::set<std::string> asked = symbols("--undefined-only", library(GetParam()));
  EXPECT_TRUE(asked.count("posix_memalign"));
  // No environment, signals, output, exits, locale, time or libstdc++.
  for (const std::string& name : asked) {
    for (const char* bad : {"getenv", "signal", "sigaction", "printf", "puts", "fwrite", "exit", "abort",
                            "atexit", "setlocale", "time", "clock", "rand", "dlopen", "mmap", "_Z", "__cxa"})
      EXPECT_NE(name.rfind(bad, 0), 0u) << name;
    EXPECT_EQ(name.find("environ"), std::string::npos);
  }
  printf("%s asks for %zu functions\n", GetParam(), asked.size());
  EXPECT_LE(asked.size(), 25u);
}

TEST_P(Files, HaveNoWritableCodeAndNoExecutableStack) {
  const std::string text = run(std::string(READELF) + " -lW " + library(GetParam())).text;
  EXPECT_THAT(text, Not(HasSubstr("RWE")));
  EXPECT_THAT(text, HasSubstr("GNU_STACK"));
  EXPECT_THAT(text, HasSubstr("GNU_RELRO"));
}

TEST_P(Files, DoNotTellWhereTheyWereBuilt) {
  for (const std::string& file : {"lib" + std::string(GetParam()) + ".so", std::string(GetParam()) + ".h"})
    EXPECT_EQ(header(file).find(KILN_SOURCE_DIR), std::string::npos) << file;
}

TEST_P(Files, HeadersCompileWithoutWarnings) {
  const std::string name = GetParam();
  std::set<std::string> compilers = {
      std::string(C_COMPILER) + " -x c -std=c11 -pedantic ",
      std::string(CPP_COMPILER) + " -x c++ -std=c++17 -Wshadow -Wconversion ",
      std::string(CPP_COMPILER) + " -x c++ -std=c++20 -fno-exceptions -fno-rtti "};
  if (*CLANG_C) compilers.insert(CLANG_C " -x c -std=c11 -pedantic ");
  if (*CLANG_CPP) compilers.insert(CLANG_CPP " -x c++ -std=c++17 -Wshadow ");
  for (const std::string& compiler : compilers)
    for (const char* ending : {".h", ".hpp"}) {
      if (std::string(ending) == ".hpp" && compiler.find("c++") == std::string::npos) continue;
      const Output output = run(
          compiler + "-Wall -Wextra -Werror -Wstrict-aliasing -fsyntax-only " LIBRARIES "/" + name + ending);
      EXPECT_EQ(output.status, 0) << compiler << ending << "\n" << output.text;
    }
}

INSTANTIATE_TEST_SUITE_P(Both, Files, testing::Values("small_net", "tables"),
                         [](const auto& parameter) { return std::string(parameter.param); });

}  // namespace
