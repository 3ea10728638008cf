#include "source/diagnostic.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "source/diagnostic_table.h"

namespace kiln {
namespace {

constexpr DiagnosticKind mistake{"E9001", Severity::error, "a mistake"};
constexpr DiagnosticKind other_mistake{"E9002", Severity::error, "another mistake"};
constexpr DiagnosticKind limit{"L9001", Severity::limit, "a limit"};
constexpr DiagnosticKind warning{"W9001", Severity::warning, "a warning"};

TEST(Diagnostics, KeepEachCodeAndPlaceOnce) {
  Diagnostics diagnostics;
  diagnostics.add(mistake, {1, 2, 3}, "first").help = "kept";
  diagnostics.add(mistake, {1, 2, 3}, "second").help = "dropped";
  diagnostics.add(other_mistake, {1, 2, 3}, "another code");
  diagnostics.add(mistake, {1, 2, 4}, "another place");
  diagnostics.add(mistake, {2, 2, 3}, "another file");
  ASSERT_EQ(diagnostics.all().size(), 4u);
  EXPECT_EQ(diagnostics.all()[0].message, "first");
  EXPECT_EQ(diagnostics.all()[0].help, "kept");
}

TEST(Diagnostics, WithoutAPlaceAreAllKept) {
  Diagnostics diagnostics;
  diagnostics.add(mistake, {}, "a.model cannot be read");
  diagnostics.add(mistake, {}, "b.model cannot be read");
  EXPECT_EQ(diagnostics.all().size(), 2u);
}

TEST(Diagnostics, TellMistakesFromLimitsAndWarnings) {
  Diagnostics diagnostics;
  EXPECT_FALSE(diagnostics.has_errors());
  diagnostics.add(warning, {1, 0, 1}, "w");
  EXPECT_FALSE(diagnostics.has_errors());
  EXPECT_FALSE(diagnostics.has_limits_only());
  diagnostics.add(limit, {1, 0, 1}, "l");
  EXPECT_TRUE(diagnostics.has_errors());
  EXPECT_TRUE(diagnostics.has_limits_only());
  diagnostics.add(mistake, {1, 0, 1}, "e");
  EXPECT_TRUE(diagnostics.has_errors());
  EXPECT_FALSE(diagnostics.has_limits_only());
}

TEST(DiagnosticTable, HasNoCodeTwiceAndCodesThatTellTheSeverity) {
  std::set<std::string> codes;
#define KILN_CHECK_ROW(name, code, severity, title)                 \
  EXPECT_TRUE(codes.insert(code).second) << code;                   \
  EXPECT_EQ(std::string(code).size(), 5u) << code;                  \
  EXPECT_EQ(code[0], Severity::severity == Severity::error   ? 'E'  \
                     : Severity::severity == Severity::limit ? 'L'  \
                                                             : 'W') \
      << code;                                                      \
  EXPECT_NE(std::string(title).back(), '.') << code;
  KILN_DIAGNOSTICS(KILN_CHECK_ROW)
#undef KILN_CHECK_ROW
}

}  // namespace
}  // namespace kiln
