#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parsed.h"
#include "syntax/print_ast.h"

namespace kiln::syntax {
namespace {

TEST(Binds, HavePatternsWithIndices) {
  const Parsed parsed(in_function("let ((l, _), v[b, (i: A, j), ...s]): f32[N] = g(x)"));
  const auto& bind = only_statement<Bind>(parsed);
  EXPECT_FALSE(bind.is_variable);
  ASSERT_EQ(bind.pattern.parts.size(), 2u);
  EXPECT_TRUE(bind.pattern.parts[0].is_tuple());
  EXPECT_EQ(bind.pattern.parts[0].parts[1].name.text, "_");
  const Pattern& v = bind.pattern.parts[1];
  EXPECT_TRUE(v.has_binders);
  ASSERT_EQ(v.binders.list.size(), 3u);
  EXPECT_EQ(v.binders.list[1].kind, BinderKind::joined);
  EXPECT_EQ(print(*v.binders.list[1].parts[0].high), "A");
  EXPECT_EQ(v.binders.list[2].kind, BinderKind::pack);
  EXPECT_EQ(print(*bind.type), "f32[N]");
}

TEST(Assignments, KeepThePlaceWithItsIndices) {
  const Parsed parsed(in_function("c.k[l, b, t: 2..T, (i, j), :, a.. where i < j] *= e"));
  const auto& assign = only_statement<Assign>(parsed);
  EXPECT_EQ(assign.op, AssignOperator::multiply);
  EXPECT_EQ(parsed.text_of(assign.op_span), "*=");
  const auto& place = as<Subscript>(*assign.place);
  EXPECT_EQ(print(*place.base), "c.k");
  ASSERT_EQ(place.items.size(), 6u);
  EXPECT_EQ(place.items[2].kind, SubscriptKind::binder);
  EXPECT_EQ(print(*place.items[2].first), "2");
  EXPECT_EQ(place.items[3].kind, SubscriptKind::joined);
  EXPECT_EQ(place.items[3].parts[1].kind, SubscriptKind::point);
  EXPECT_EQ(place.items[4].kind, SubscriptKind::whole);
  EXPECT_EQ(place.items[5].kind, SubscriptKind::slice);
  EXPECT_EQ(place.items[5].last, nullptr);
  EXPECT_EQ(print(*place.where), "i < j");
}

TEST(Calls, AreStatementsWithOrWithoutMarks) {
  const Parsed parsed(in_function("m.blocks[3].step(&g.k[l], lr: 1, inner: &n)"));
  const auto& call = as<Call>(*only_statement<CallStatement>(parsed).call);
  EXPECT_TRUE(call.arguments[0].is_changed);
  EXPECT_EQ(call.arguments[1].name.text, "lr");
  EXPECT_FALSE(call.arguments[1].is_changed);
  EXPECT_TRUE(call.arguments[2].is_changed);
}

TEST(Branches, ChainThroughElseBlocks) {
  const Parsed parsed(in_function("if a { y = 1 } else if b { y = 2 } else { y = 3 }"));
  const auto& outer = only_statement<Branch>(parsed);
  ASSERT_TRUE(outer.has_else);
  ASSERT_EQ(outer.else_block.statements.size(), 1u);
  const auto& inner = as<Branch>(*outer.else_block.statements[0]);
  EXPECT_EQ(parsed.text_of(inner.span), "if b { y = 2 } else { y = 3 }");
  EXPECT_TRUE(inner.has_else);
}

TEST(Loops, RunOverSeveralSources) {
  const Parsed parsed(in_function("for &p, g, t in m.params, grads, 0..T max 100 { p = g }"));
  const auto& loop = only_statement<Loop>(parsed);
  ASSERT_EQ(loop.targets.size(), 3u);
  EXPECT_TRUE(loop.targets[0].is_changed);
  EXPECT_FALSE(loop.targets[1].is_changed);
  EXPECT_EQ(print(*loop.sources[0].low), "m.params");
  EXPECT_EQ(loop.sources[1].high, nullptr);
  EXPECT_EQ(print(*loop.sources[2].high), "T");
  EXPECT_EQ(print(*loop.max), "100");
}

TEST(Loops, WhileHasACondition) {
  const Parsed parsed(in_function("while k != 1 max 1000 { k = k / 2 }"));
  EXPECT_EQ(print(*only_statement<WhileLoop>(parsed).condition), "k != 1");
  EXPECT_EQ(print(*only_statement<WhileLoop>(parsed).max), "1000");
}

TEST(Loops, MaySayHowFarApartTheirCheckpointsAre) {
  const Parsed parsed(in_function("for t in 0..T max 9 checkpoint every 2 * k { p = g }"));
  const auto& checkpoints = only_statement<Loop>(parsed).checkpoints;
  ASSERT_TRUE(checkpoints.has_value());
  EXPECT_EQ(print(*checkpoints->every), "2 * k");
  EXPECT_EQ(parsed.text_of(checkpoints->span), "checkpoint every 2 * k");
  const Parsed chosen(in_function("while k > 1 max 9 checkpoint { every = checkpoint { every } }"));
  ASSERT_TRUE(only_statement<WhileLoop>(chosen).checkpoints.has_value());
  EXPECT_EQ(only_statement<WhileLoop>(chosen).checkpoints->every, nullptr);
}

TEST(Statements, NeedNoSeparators) {
  const Parsed parsed(
      in_function("let a = f(x) let b = a[1] y = a var c = b c += 1 g(c) assert c > 1 y = c return y"));
  EXPECT_EQ(parsed.shown(), "");
  const Block& body = as<Function>(*parsed.file->declarations[0]).body;
  EXPECT_EQ(body.statements.size(), 8u);
  EXPECT_EQ(print(*body.result), "y");
}

TEST(Statements, HaveTheirPlaces) {
  const Parsed parsed(in_function("  assert all[i] x[i] > 0, \"positive\""));
  const auto& assertion = only_statement<Assertion>(parsed);
  EXPECT_EQ(parsed.files.describe(assertion.span), "t.model:2:3");
  EXPECT_EQ(parsed.text_of(assertion.condition->span), "all[i] x[i] > 0");
}

}  // namespace
}  // namespace kiln::syntax
