#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parsed.h"
#include "syntax/print_ast.h"

namespace kiln::syntax {
namespace {

TEST(Functions, HaveAllTheirParts) {
  const Parsed parsed(
      "/// Does it.\n"
      "@realtime @precision(bf16)\n"
      "export fn go[T: float, M: fn(f32[B]) -> f32, N](inout self if Train, x: T[...S, N], inout m: M if "
      "Train,\n"
      "    Train: bool = false, K: dim) -> y: T[N], (a: f32, b: f32) where N >= 1, K > N { y = x }");
  const auto& go = only<Function>(parsed);
  EXPECT_EQ(go.doc, "Does it.");
  ASSERT_EQ(go.annotations.size(), 2u);
  EXPECT_EQ(print(*go.annotations[1].arguments.at(0).value), "bf16");
  EXPECT_TRUE(go.is_exported);
  EXPECT_EQ(go.generics.size(), 3u);
  EXPECT_EQ(print(*go.generics[1].bound), "fn(f32[B]) -> f32");
  EXPECT_EQ(go.generics[2].bound, nullptr);
  ASSERT_EQ(go.parameters.size(), 5u);
  EXPECT_TRUE(go.parameters[0].is_inout);
  EXPECT_EQ(go.parameters[0].type, nullptr);
  EXPECT_EQ(go.parameters[0].condition.text, "Train");
  EXPECT_FALSE(go.parameters[1].is_inout);
  EXPECT_EQ(go.parameters[2].condition.text, "Train");
  EXPECT_EQ(print(*go.parameters[3].default_value), "false");
  ASSERT_EQ(go.results.size(), 2u);
  EXPECT_EQ(go.results[0].name.text, "y");
  EXPECT_FALSE(go.results[1].name.present());
  EXPECT_EQ(go.where.size(), 2u);
  EXPECT_FALSE(go.is_one_line);
  EXPECT_EQ(parsed.text_of(go.span).substr(0, 9), "@realtime");
}

TEST(Tests, MayBePropertiesOfDrawnValues) {
  const Parsed plain("test \"t\" { assert true }");
  EXPECT_EQ(only<syntax::Test>(plain).property, nullptr);
  EXPECT_EQ(only<syntax::Test>(plain).body.statements.size(), 1u);
  const Parsed parsed(
      "test \"t\" for x: f32[N, M], inout rng: Rng, K: dim where N >= 1 { assert x[0] == 1 }");
  const auto& property = *only<syntax::Test>(parsed).property;
  ASSERT_EQ(property.parameters.size(), 3u);
  EXPECT_TRUE(property.parameters[1].is_inout);
  EXPECT_EQ(property.where.size(), 1u);
  EXPECT_EQ(property.body.statements.size(), 1u);
  EXPECT_TRUE(only<syntax::Test>(parsed).body.statements.empty());
  const std::string printed = print(*parsed.file);
  EXPECT_EQ(print(*Parsed(printed).file), printed);
  EXPECT_EQ(
      Parsed("test \"t\" for x: f32 = 1 { }").brief(),
      "E0002:1:23 a parameter of a test has no default value (its values are drawn; state what must hold of "
      "them with `where`)\n");
}

TEST(Functions, OfOneLineHaveOnlyAResult) {
  const Parsed parsed("fn f() -> f32 = 1");
  EXPECT_TRUE(only<Function>(parsed).is_one_line);
  EXPECT_TRUE(only<Function>(parsed).body.statements.empty());
  EXPECT_EQ(print(*only<Function>(parsed).body.result), "1");
}

TEST(Functions, MayBeExportedFromAnotherFile) {
  const Parsed parsed("export fn f = c.d.g");
  EXPECT_EQ(only<FunctionAlias>(parsed).target.parts.size(), 3u);
}

TEST(Models, SeparateFieldsFromMethods) {
  const Parsed parsed(
      "model M(In: dim, Deep: bool) where In >= 1 {\n"
      "  /// The weights.\n"
      "  @frozen param w: f32[In] = init.zero()\n"
      "  fn call(x: f32[In]) -> f32 = x\n"
      "  state n: i32 = 0\n"
      "  down: Conv(In, 1)[L] if Deep\n"
      "  param: Linear(In)\n"
      "}");
  const auto& model = only<Model>(parsed);
  ASSERT_EQ(model.fields.size(), 4u);
  EXPECT_EQ(model.fields[0].kind, FieldKind::param);
  EXPECT_EQ(model.fields[0].doc, "The weights.");
  EXPECT_EQ(model.fields[0].annotations.size(), 1u);
  EXPECT_EQ(model.fields[1].kind, FieldKind::state);
  EXPECT_EQ(model.fields[2].kind, FieldKind::submodel);
  EXPECT_EQ(print(*model.fields[2].type), "Conv(In, 1)[L]");
  EXPECT_EQ(print(*model.fields[2].condition), "Deep");
  EXPECT_EQ(model.fields[3].name.text, "param") << "a soft word as a name";
  ASSERT_EQ(model.methods.size(), 1u);
  EXPECT_EQ(model.methods[0]->name.text, "call");
}

TEST(Types, HaveDimsPacksAndRaggedAxes) {
  const Parsed parsed(
      "type T(B: dim) = (k: f32[b: B, len[b], H * W], x: T[...S, N @ tp, ...], M.grad(Only), model)");
  EXPECT_EQ(print(*only<TypeDeclaration>(parsed).type),
            "(k: f32[b: B, len[b], H * W], x: T[...S, N @ tp, ...], M.grad(Only), model)");
  const auto& tuple = as<TupleType>(*only<TypeDeclaration>(parsed).type);
  const auto& ragged = as<NamedType>(*tuple.fields[0].type);
  EXPECT_EQ(ragged.dims[0].items[0].name.text, "b");
  EXPECT_EQ(print(*ragged.dims[0].items[0].extent), "B");
  EXPECT_FALSE(ragged.dims[0].items[1].name.present());
  const auto& packed = as<NamedType>(*tuple.fields[1].type);
  EXPECT_TRUE(packed.dims[0].items[0].is_pack);
  EXPECT_EQ(packed.dims[0].items[1].mesh_axis.text, "tp");
  EXPECT_TRUE(packed.dims[0].items[2].is_pack);
  EXPECT_FALSE(packed.dims[0].items[2].name.present());
}

TEST(Types, InParenthesesAreThemselves) {
  const Parsed parsed("type T = ((f32[N]))");
  EXPECT_EQ(print(*only<TypeDeclaration>(parsed).type), "f32[N]");
}

TEST(Rules, NameTangentsAndCotangents) {
  const Parsed forward("derivative of m.f(x: dx, k) = dx * k");
  EXPECT_FALSE(only<Rule>(forward).is_adjoint);
  EXPECT_EQ(only<Rule>(forward).parameters[0].tangent.text, "dx");
  EXPECT_FALSE(only<Rule>(forward).parameters[1].tangent.present());
  const Parsed reverse("adjoint of f(a, b) -> y: dy { return (dy, a) }");
  EXPECT_TRUE(only<Rule>(reverse).is_adjoint);
  EXPECT_EQ(only<Rule>(reverse).parameters.size(), 2u);
  EXPECT_EQ(only<Rule>(reverse).results[0].tangent.text, "dy");
}

TEST(Files, HaveImportsTestsMeshesAndConstants) {
  const Parsed parsed(
      "import a.b\nimport c as d\nmesh x, y\nconst k: f32 = 1\ntest \"t\\n\" { assert k == 1, \"why\" }");
  EXPECT_EQ(parsed.shown(), "");
  ASSERT_EQ(parsed.file->imports.size(), 2u);
  EXPECT_EQ(parsed.file->imports[0].called().text, "b");
  EXPECT_EQ(parsed.file->imports[1].called().text, "d");
  ASSERT_EQ(parsed.file->declarations.size(), 3u);
  EXPECT_EQ(as<Mesh>(*parsed.file->declarations[0]).axes.size(), 2u);
  const auto& test = as<syntax::Test>(*parsed.file->declarations[2]);
  EXPECT_EQ(test.title, "t\n");
  EXPECT_EQ(as<Assertion>(*test.body.statements[0]).message, "why");
}

TEST(Docs, BelongToWhatStandsBelow) {
  const Parsed parsed(
      "/// The file.\n"
      "\n"
      "/// Two\n"
      "///   lines.\n"
      "// and a comment between\n"
      "fn f(\n"
      "  /// The x.\n"
      "  x: f32,\n"
      "  y: f32)\n"
      "  /// The result.\n"
      "  -> /// No.\n"
      "  /// The z.\n"
      "  z: f32 = x\n"
      "type T = (\n"
      "  /// The k.\n"
      "  k: f32, v: f32)\n");
  EXPECT_EQ(parsed.file->doc, "The file.");
  const auto& f = as<Function>(*parsed.file->declarations[0]);
  EXPECT_EQ(f.doc, "Two\n  lines.");
  EXPECT_EQ(f.parameters[0].doc, "The x.");
  EXPECT_EQ(f.parameters[1].doc, "");
  EXPECT_EQ(f.results[0].doc, "The z.");
  EXPECT_EQ(as<TupleType>(*as<TypeDeclaration>(*parsed.file->declarations[1]).type).fields[0].doc, "The k.");
  EXPECT_EQ(parsed.diagnostics.all().size(), 2u) << parsed.shown();
}

TEST(Docs, AboveTheFirstImportAreTheFiles) {
  const Parsed parsed("/// One.\nimport a\n/// f\nfn f() = 1\n");
  EXPECT_EQ(parsed.file->doc, "One.");
  EXPECT_EQ(parsed.file->declarations[0]->doc, "f");
  EXPECT_EQ(parsed.shown(), "");
}

TEST(Docs, ThatDocumentNothingAreWarnedOf) {
  const Parsed parsed(
      "fn f() { /// behind\n"
      "  /// in a body\n"
      "  f()\n"
      "  //// a rule is no doc\n"
      "}\n"
      "/// at the end\n");
  const char* help =
      " (a `///` stands on the lines above a declaration, field, parameter or result; write `//` "
      "elsewhere)\n";
  const std::string says = std::string(" this comment documents nothing") + help;
  EXPECT_EQ(parsed.brief(), "W0001:1:10" + says + "W0001:2:3" + says + "W0001:6:1" + says);
  EXPECT_TRUE(parsed.file->is_complete);
}

}  // namespace
}  // namespace kiln::syntax
