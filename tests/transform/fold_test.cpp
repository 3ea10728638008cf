#include "transform/fold.h"

#include <gmock/gmock.h>

#include "harness.h"
#include "transform/rewrite_expression.h"

namespace kiln::transform {
namespace {

/// What the body of a map over `i: N`, `j: M` becomes by folding alone; %x, %y: f32[N], %k: i32[N], %p:
/// i64[N].
std::string folded(const std::string& type, const std::string& body) {
  const std::string head =
      "function f(N, M) {\n  input %x: f32[N]\n  input %y: f32[N]\n  input %k: i32[N]\n"
      "  input %p: i64[N]\n  input %b: bool[N]\n";
  const graph::Function read =
      parse(head + "  %r: " + type + "[N, M] = compute [i: N, j: M] write [i, j] assign " + body +
            "\n  output %r as \"r\"\n}");
  graph::Function result = read;
  Folder folder(result.expressions);
  auto& compute = std::get<graph::Compute>(result.nodes.back().op);
  graph::ImportRules rules;
  compute.body = FoldingImporter(read.expressions, folder, rules).import(compute.body);
  const std::string text = printed(result);
  const std::string marker = "write [i, j] assign ";
  const size_t begin = text.find(marker) + marker.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

TEST(Fold, Constants) {
  EXPECT_EQ(folded("f32", "mul(add(1.0, 2.0), 4.0)"), "12.0");
  EXPECT_EQ(folded("bool", "lt(2, 1)"), "false");
  EXPECT_EQ(folded("i32", "i32(7.9)"), "7:i32");
}

TEST(Fold, NeutralElements) {
  EXPECT_EQ(folded("f32", "add(%x[i], 0.0)"), "%x[i]");
  EXPECT_EQ(folded("f32", "mul(1.0, %x[i])"), "%x[i]");
  EXPECT_EQ(folded("f32", "mul(-1.0, %x[i])"), "neg(%x[i])");
  EXPECT_EQ(folded("f32", "sub(0.0, %x[i])"), "neg(%x[i])");
  EXPECT_EQ(folded("f32", "neg(neg(%x[i]))"), "%x[i]");
  EXPECT_EQ(folded("f32", "add(%x[i], neg(%y[i]))"), "sub(%x[i], %y[i])");
  EXPECT_EQ(folded("f32", "pow(%x[i], 2.0)"), "mul(%x[i], %x[i])");
}

TEST(Fold, ZeroTimesAFloatStays) {
  EXPECT_EQ(folded("f32", "mul(0.0, %x[i])"), "mul(0.0, %x[i])");
  EXPECT_EQ(folded("f32", "sub(%x[i], %x[i])"), "sub(%x[i], %x[i])");
  EXPECT_EQ(folded("i32", "mul(0:i32, %k[i])"), "0:i32");
}

TEST(Fold, LiteralsComeFirstAndOperandsAreSorted) {
  EXPECT_EQ(folded("f32", "add(%x[i], %x[i])"), "mul(2.0, %x[i])");
  EXPECT_EQ(folded("f32", "mul(%x[i], 3.0)"), "mul(3.0, %x[i])");
  EXPECT_EQ(folded("f32", "mul(0.5, mul(%x[i], 3.0))"), "mul(1.5, %x[i])");
  EXPECT_EQ(folded("f32", "mul(mul(%y[i], neg(%x[i])), 2.0)"),
            folded("f32", "neg(mul(2.0, mul(%y[i], %x[i])))"));
}

TEST(Fold, StrongZeros) {
  EXPECT_EQ(folded("f32", "mul(select(%b[i], %x[i], 0.0), %y[i])"), "select(%b[i], mul(%x[i], %y[i]), 0.0)");
  EXPECT_EQ(folded("f32", "div(neg(select(%b[i], %x[i], 0.0)), %y[i])"),
            "select(%b[i], neg(div(%x[i], %y[i])), 0.0)");
  EXPECT_EQ(folded("f32", "add(select(%b[i], %x[i], 0.0), select(%b[i], %y[i], 0.0))"),
            "select(%b[i], add(%x[i], %y[i]), 0.0)");
  EXPECT_EQ(folded("f32", "add(select(%b[i], %x[i], 0.0), select(%b[i], 0.0, %y[i]))"),
            "select(%b[i], %x[i], %y[i])");
  EXPECT_EQ(folded("f32", "select(%b[i], select(lt(0.0, %x[i]), %y[i], 0.0), 0.0)"),
            "select(and(%b[i], lt(0.0, %x[i])), %y[i], 0.0)");
}

TEST(Fold, Selects) {
  EXPECT_EQ(folded("f32", "select(%b[i], %x[i], %x[i])"), "%x[i]");
  EXPECT_EQ(folded("f32", "select(not(%b[i]), %x[i], %y[i])"), "select(%b[i], %y[i], %x[i])");
  EXPECT_EQ(folded("f32", "select(%b[i], select(%b[i], %x[i], 3.0), %y[i])"), "select(%b[i], %x[i], %y[i])");
  EXPECT_EQ(folded("bool", "select(%b[i], lt(%x[i], %y[i]), false)"), "and(%b[i], lt(%x[i], %y[i]))");
}

TEST(Fold, NegatedComparisonsOfFloatsKeepNaN) {
  EXPECT_EQ(folded("bool", "not(lt(%x[i], %y[i]))"), "not(lt(%x[i], %y[i]))");
  EXPECT_EQ(folded("bool", "not(lt(%p[i], %p[j]))"), "le(%p[j], %p[i])");
  EXPECT_EQ(folded("bool", "not(eq(%x[i], %y[i]))"), "ne(%x[i], %y[i])");
}

TEST(Fold, IndexArithmeticHasOneForm) {
  EXPECT_EQ(folded("i64", "add(mul(2, i), sub(3, i))"), "add(i, 3)");
  EXPECT_EQ(folded("i64", "sub(add(mul(N, i), j), mul(i, {N - 1}))"), "add(i, j)");
  EXPECT_EQ(folded("i64", "quot(add(mul(4, i), 5), 4)"), "add(i, 1)");
  EXPECT_EQ(folded("i64", "rem(add(mul(4, i), j), 4)"), "rem(j, 4)");
  EXPECT_EQ(folded("i64", "add(i, %p[i])"), folded("i64", "sub(add(%p[i], add(i, 7)), 7)"));
}

TEST(Fold, ComparisonsOfIndicesHaveOneForm) {
  EXPECT_EQ(folded("bool", "lt(add(i, 1), add(j, 1))"), "lt(i, j)");
  EXPECT_EQ(folded("bool", "le(add(i, 1), j)"), "lt(i, j)");
  EXPECT_EQ(folded("bool", "eq(i, add(i, 1))"), "false");
  EXPECT_EQ(folded("bool", "eq(j, i)"), folded("bool", "eq(i, j)"));
  EXPECT_EQ(folded("bool", "lt(i32(i), %k[i])"), "lt(i, i64(%k[i]))");
}

TEST(Fold, DataThatMayWrapKeepsItsQuotients) {
  EXPECT_EQ(folded("i64", "quot(mul(2, %p[i]), 2)"), "quot(mul(2, %p[i]), 2)");
}

TEST(Fold, ConversionsThereAndBackVanish) {
  EXPECT_EQ(folded("f32", "f32(f64(%x[i]))"), "%x[i]");
  EXPECT_EQ(folded("i64", "i64(i32(i))"), "i");
  EXPECT_EQ(folded("i64", "i64(i32(%p[i]))"), "i64(i32(%p[i]))");
}

}  // namespace
}  // namespace kiln::transform
