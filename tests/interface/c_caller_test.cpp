#include <gtest/gtest.h>
#include <unistd.h>

extern "C" int use_libraries_from_c(const char* path);
int use_libraries_without_exceptions();

namespace {

TEST(CCaller, UsesTwoLibraries) {
  const std::string path = testing::TempDir() + "c_caller-" + std::to_string(getpid()) + ".safetensors";
  EXPECT_EQ(use_libraries_from_c(path.c_str()), 0) << "the line of c_caller.c";
  unlink(path.c_str());
}

TEST(CppCaller, NeedsNoExceptions) {
  EXPECT_EQ(use_libraries_without_exceptions(), 0) << "the line of no_exceptions.cpp";
}

}  // namespace
