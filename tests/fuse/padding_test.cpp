#include "fuse/padding.h"

#include <gtest/gtest.h>

#include "fuse/plan.h"
#include "graph/text.h"

namespace kiln::fuse {
namespace {

/// Whether nobody reads the padding of the value of this name.
bool is_unread(const std::string& body, const std::string& name) {
  const std::string text = R"(function f(B, T, total, longest) {
    derive total = total 0
    derive longest = longest 0
    input %len: i32[B]
    input %off: i32[B]
    input %x: f32[B, longest]
)" + body + "}";
  auto result = graph::read(text);
  if (const auto* error = std::get_if<graph::ReadError>(&result)) {
    ADD_FAILURE() << "line " << error->line << ": " << error->message;
    return false;
  }
  const auto& function = std::get<graph::Function>(result);
  const std::vector<std::vector<graph::ExprId>> unread = unread_padding(function);
  for (size_t i = 0; i < function.values.size(); ++i)
    if (function.values[i].name == name) return !unread[i].empty();
  ADD_FAILURE() << "no value " << name;
  return false;
}

const std::string padded = R"(
    %y: f32[B, longest] = compute [b: B, t: longest] write [b, t]
        assign select(lt(t, i64(%len[b])), exp(%x[b, t]), 0.0)
)";

TEST(Padding, IsUnreadUnderTheSameCondition) {
  EXPECT_TRUE(is_unread(padded + R"(
    %s: f32[B] = compute [b: B, t: longest] write [b] where lt(t, i64(%len[b])) sum %y[b, t]
    %z: f32[B, longest] = compute [b: B, t: longest] write [b, t]
        assign select(lt(t, i64(%len[b])), mul(%y[b, t], %s[b]), 1.0)
    output %z as "z")",
                        "y"));
}

TEST(Padding, IsReadElsewhere) {
  for (const char* reader : {
           "%z: f32[B] = compute [b: B, t: longest] write [b] sum %y[b, t]",
           "%z: f32[B] = compute [b: B, t: longest] write [b] where le(t, i64(%len[b])) sum %y[b, t]",
           "%z: f32[B] = compute [b: B, t: longest] write [b] where lt(t, i64(%off[b])) sum %y[b, t]",
           "%z: f32[B, longest] = compute [b: B, t: longest] write [b, t] "
           "assign select(lt(t, i64(%len[b])), 1.0, %y[b, t])",
           "%z: f32[B, longest] = compute [b: B, t: longest] write [b, t] assign "
           "select(lt(t, i64(%len[b])), %y[b, quot(t, 2)], 1.0)",
       })
    EXPECT_FALSE(is_unread(padded + reader + "\noutput %z as \"z\"", "y")) << reader;
  EXPECT_FALSE(is_unread(padded + "output %y as \"y\"", "y"));
  EXPECT_FALSE(
      is_unread(padded + "%s: f32[B, longest], %p: i32[B, longest] = sort %y\noutput %s as \"s\"", "y"));
}

/// `rows` says of each place in which row it is, so no place is behind the end of its row.
TEST(Padding, IsUnreadWhereATableOfRowsLeads) {
  const std::string table = R"(
    %rows: i32[total] = compute [b: B, t: longest] write [add(t, i64(%off[b]))] where lt(t, i64(%len[b])) last i32(b)
)";
  const std::string reader = R"(
    %z: f32[total] = compute [p: total] write [p]
        assign %y[i64(%rows[p]), sub(p, i64(%off[i64(%rows[p])]))]
    output %z as "z")";
  EXPECT_TRUE(is_unread(padded + table + reader, "y"));
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_FALSE(is_unread(padded + replaced(table, "last i32(b)", "last i32(t)") + reader, "y"));
  EXPECT_FALSE(is_unread(padded + replaced(table, "lt(t, i64(%len", "lt(t, i64(%off") + reader, "y"));
  EXPECT_FALSE(is_unread(padded + table + replaced(reader, "sub(p, i64", "sub(add(p, 1), i64"), "y"));
}

/// A map that is put into a padded value brings a select of its own: of that one the readers say nothing.
TEST(Padding, IsWhatReadersSayAndNotWhatIsPutIn) {
  const std::string text = R"(function f(B) {
    input %len: i32[B]
    input %x: f32[B, B]
    %a: f32[B, B] = compute [b: B, t: B] write [b, t] assign select(eq(t, b), exp(exp(exp(%x[b, t]))), 0.0)
    %y: f32[B, B] = compute [b: B, t: B] write [b, t] assign select(lt(t, i64(%len[b])), %a[b, t], 0.0)
    %s: f32[B] = compute [b: B, t: B] write [b] where lt(t, i64(%len[b])) sum %y[b, t]
    %z: f32[B, B] = compute [b: B, t: B] write [b, t]
        assign select(lt(t, i64(%len[b])), mul(%y[b, t], %s[b]), 1.0)
    output %z as "z" })";
  auto result = graph::read(text);
  ASSERT_TRUE(std::holds_alternative<graph::Function>(result));
  const Plan made = plan(std::get<graph::Function>(result), Bindings{3, {0, 1}, {2}});
  size_t found = 0;
  for (size_t i = 0; i < made.function.values.size(); ++i) {
    if (made.function.values[i].name != "y") continue;
    EXPECT_EQ(made.bounds[i].size(), 1U);
    ++found;
  }
  EXPECT_EQ(found, 1U);
}

}  // namespace
}  // namespace kiln::fuse
