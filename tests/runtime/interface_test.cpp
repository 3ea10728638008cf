#include "test_host.h"

extern "C" int use_kiln_from_c(const kiln_module_api* module);
int use_kiln_without_exceptions(const kiln_module_api* module);

namespace {

TEST(CInterface, WorksFromC) { EXPECT_EQ(use_kiln_from_c(kiln_module()), 0) << "the line of c_interface.c"; }

TEST(CppInterface, WorksWithoutExceptions) { EXPECT_EQ(use_kiln_without_exceptions(kiln_module()), 0); }

}  // namespace
