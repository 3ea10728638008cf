#include "syntax/tokens.h"

#include <gmock/gmock.h>

#include <string>

namespace kiln::syntax {
namespace {

TEST(Tokens, AreAllThatStandsBetweenBlanks) {
  const std::string text = "/// doc\nlet x_1 = 2.5 + \"a b\" // note\n//// no doc\n  ; \xC3\xA9";
  std::string found;
  for (const Token& token : tokens_of(text))
    found += std::to_string(static_cast<int>(token.kind)) + "<" + std::string(token.in(text)) + ">";
  EXPECT_EQ(found,
            "6</// doc>0<let>1<x_1>4<=>2<2.5>4<+>3<\"a b\">5<// note>5<//// no doc>7<;>7<\xC3>7<\xA9>");
  EXPECT_TRUE(tokens_of("").empty());
}

}  // namespace
}  // namespace kiln::syntax
