#include "graph/expression.h"

#include "graph/affine.h"
#include "graph/import_expression.h"
#include "read_graph.h"

namespace kiln::graph {
namespace {

using F = ScalarFunction;

TEST(Expressions, EqualOnesHaveEqualNumbers) {
  Expressions e;
  std::vector<ExprId> first;
  for (int64_t i = 0; i < 1000; ++i) first.push_back(e.call(F::add, {e.index(0), e.integer(i)}));
  const size_t size = e.size();
  for (int64_t i = 0; i < 1000; ++i)
    EXPECT_EQ(e.call(F::add, {e.index(0), e.integer(i)}), first[static_cast<size_t>(i)]);
  EXPECT_EQ(e.size(), size);
  EXPECT_NE(e.real(0.0, ElementType::f32), e.real(-0.0, ElementType::f32));
  EXPECT_NE(e.real(1, ElementType::f32), e.real(1, ElementType::f64));
  EXPECT_NE(e.dim(dim::Dim::symbol("A")), e.dim(dim::Dim::symbol("B")));
  EXPECT_EQ(e.dim(dim::Dim::symbol("A") + 1), e.dim(1 + dim::Dim::symbol("A")));
}

TEST(Expressions, MakersRoundAndSimplifyNothingElse) {
  Expressions e;
  EXPECT_EQ(e[e.real(0.1, ElementType::f32)].literal.real, static_cast<double>(0.1f));
  EXPECT_EQ(e.dim(5), e.integer(5));
  EXPECT_EQ(e.convert(e.index(0), ElementType::i64), e.index(0));
  EXPECT_EQ(e[e.convert(e.index(0), ElementType::f32)].type, ElementType::f32);
  EXPECT_EQ(e[e.call(F::less, {e.index(0), e.index(1)})].type, ElementType::boolean);
}

TEST(Affine, IsTheSumOfIndicesAtomsAndDims) {
  Expressions e;
  const dim::Dim n = dim::Dim::symbol("N");
  // 2*(i - j) + N*i - (i + 3) - 5 = (N + 1)*i - 2*j - 8
  const ExprId i = e.index(0), j = e.index(1);
  const ExprId twice = e.call(F::multiply, {e.integer(2), e.call(F::subtract, {i, j})});
  const ExprId sum = e.call(F::add, {twice, e.call(F::multiply, {e.dim(n), i})});
  const ExprId all =
      e.call(F::subtract, {e.call(F::subtract, {sum, e.call(F::add, {i, e.integer(3)})}), e.integer(5)});
  const std::optional<Affine> affine = affine_of(e, all);
  ASSERT_TRUE(affine);
  EXPECT_EQ(affine->coefficient_of(0), n + 1);
  EXPECT_EQ(affine->coefficient_of(1), dim::Dim(-2));
  EXPECT_EQ(affine->coefficient_of(2), dim::Dim(0));
  EXPECT_EQ(affine->constant, dim::Dim(-8));
  EXPECT_FALSE(affine->has_atoms());
}

TEST(Affine, WhatCancelsIsGone) {
  Expressions e;
  const ExprId i = e.index(0);
  const ExprId read = e.read({0}, ElementType::i64, {i});
  const ExprId zero = e.call(F::subtract, {e.call(F::add, {i, read}), e.call(F::add, {read, i})});
  EXPECT_TRUE(affine_of(e, zero)->is_constant());
  EXPECT_EQ(affine_of(e, zero)->constant, dim::Dim(0));
  EXPECT_EQ(affine_of(e, e.call(F::subtract, {e.call(F::add, {i, read}), read}))->bare_index(), 0u);
}

TEST(Affine, QuotientsOfIndicesAreAtomsAndOfDimsAreDims) {
  Expressions e;
  const dim::Dim n = dim::Dim::symbol("N");
  const ExprId half = e.call(F::quotient, {e.index(0), e.integer(2)});
  const Affine affine = *affine_of(e, e.call(F::multiply, {half, e.dim(n)}));
  EXPECT_EQ(affine.atoms.at(half), n);
  EXPECT_EQ(affine_of(e, e.call(F::quotient, {e.dim(n), e.integer(2)}))->constant, n / 2);
  EXPECT_EQ(affine_of(e, e.call(F::maximum, {e.dim(n), e.integer(2)}))->constant, max(n, 2));
  // Division by 0 is 0 in the graph, which no dim expression says.
  EXPECT_TRUE(affine_of(e, e.call(F::quotient, {e.integer(4), e.integer(0)}))->has_atoms());
  EXPECT_FALSE(affine_of(e, e.real(1, ElementType::f32)));
}

TEST(Affine, EqualFormsBuildOneExpression) {
  Expressions e;
  const ExprId i = e.index(0), j = e.index(1);
  const ExprId a = e.call(F::add, {e.call(F::add, {j, i}), e.integer(-1)});
  const ExprId b = e.call(F::subtract, {i, e.call(F::subtract, {e.integer(1), j})});
  EXPECT_NE(a, b);
  EXPECT_EQ(build(e, *affine_of(e, a)), build(e, *affine_of(e, b)));
  EXPECT_EQ(*affine_of(e, build(e, *affine_of(e, a))), *affine_of(e, a));
  EXPECT_EQ(build(e, *affine_of(e, i)), i);
  EXPECT_EQ(build(e, Affine{}), e.integer(0));
}

TEST(Affine, CoefficientsBeyond64BitsAreRefused) {
  Expressions e;
  const ExprId big = e.call(F::multiply, {e.index(0), e.integer(INT64_MAX)});
  EXPECT_FALSE(affine_of(e, e.call(F::multiply, {big, e.integer(4)})));
  EXPECT_FALSE(affine_of(e, e.call(F::add, {e.index(0), e.integer(INT64_MIN)})));  // no Dim holds it
}

TEST(ImportExpression, ReplacesIndicesValuesReadsAndDims) {
  Expressions from, to;
  const ExprId root = from.call(
      F::add, {from.read({0}, ElementType::i64, {from.index(0), from.index(1)}),
               from.call(F::add, {from.read({1}, ElementType::i64, {}), from.dim(dim::Dim::symbol("N"))})});
  ImportRules rules;
  rules.value = [](ValueId id) { return ValueId{id.number + 10}; };
  rules.index = [&](uint32_t index) { return index == 0 ? to.index(5) : to.integer(7); };
  rules.read = [&](ValueId value, const std::vector<ExprId>&) {
    return value.number == 1 ? to.integer(9) : ExprId{};
  };
  rules.dims = {{"N", 3}};
  const ExprId expected = to.call(F::add, {to.read({10}, ElementType::i64, {to.index(5), to.integer(7)}),
                                           to.call(F::add, {to.integer(9), to.integer(3)})});
  EXPECT_EQ(ExpressionImporter(from, to, rules).import(root), expected);
}

TEST(ImportExpression, RewritesWithinOneFunctionWhileItGrows) {
  Expressions e;
  ExprId body = e.index(0);
  for (int i = 0; i < 5000; ++i) body = e.call(F::add, {body, e.index(static_cast<uint32_t>(i % 3))});
  const ExprId shifted = substitute_indices(e, body, {e.call(F::add, {e.index(3), e.integer(1)})});
  EXPECT_EQ(indices_in(e, shifted), (std::vector<uint32_t>{1, 2, 3}));
  EXPECT_EQ(substitute_indices(e, body, {}), body);
}

TEST(Builder, DerivesTypesAndRanges) {
  Function function;
  function.dims = {"B"};
  const dim::Dim b = dim::Dim::symbol("B");
  Builder builder(function);
  const ValueId x = builder.input("x", {ElementType::f32, {b, 8}});
  Expressions& e = builder.expressions();
  Compute compute;
  compute.domain = {{b, "b"}, {8, "c"}};
  compute.write = {e.index(0)};
  compute.reducer = Reducer::argmax;
  compute.reported = 1;
  compute.body = e.read(x, ElementType::f32, {e.index(0), e.index(1)});
  EXPECT_EQ(function.type_of(builder.compute(compute, {b})), (Type{ElementType::i32, {b}}));
  const auto [values, places] = builder.sort({x, true, 3});
  EXPECT_EQ(function.type_of(values), (Type{ElementType::f32, {b, 3}}));
  EXPECT_EQ(function[places].range, (ElementRange{0, 8}));
  EXPECT_EQ(operands_of(function, function.nodes[1]), (std::vector<ValueId>{x}));
  EXPECT_EQ(verify(function), std::nullopt);
}

}  // namespace
}  // namespace kiln::graph
