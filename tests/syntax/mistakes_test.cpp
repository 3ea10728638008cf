#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parsed.h"

namespace kiln::syntax {
namespace {

struct Mistake {
  const char* name;
  const char* text;
  const char* said;
};

std::string name_of(const testing::TestParamInfo<Mistake>& info) { return info.param.name; }

/// In a function with a result, from line 2 on.
class StatementMistakes : public testing::TestWithParam<Mistake> {};
TEST_P(StatementMistakes, AreSaidOnceAndPlainly) {
  const Parsed parsed(in_function(GetParam().text) + "fn g(x: f32) -> f32 = x\n");
  EXPECT_EQ(parsed.brief(), GetParam().said);
  EXPECT_FALSE(parsed.file->is_complete);
  ASSERT_EQ(parsed.file->declarations.size(), 1u) << "the other declaration is whole";
  EXPECT_EQ(parsed.file->declarations[0]->name.text, "g");
}

class FileMistakes : public testing::TestWithParam<Mistake> {};
TEST_P(FileMistakes, AreSaidOnceAndPlainly) {
  const Parsed parsed(GetParam().text);
  EXPECT_EQ(parsed.brief(), GetParam().said);
  EXPECT_FALSE(parsed.file->is_complete);
}

INSTANTIATE_TEST_SUITE_P(
    Reducers, StatementMistakes,
    testing::Values(Mistake{"ParenthesesInLet", "let s = sum(i) x[i]",
                            "E0012:2:12 the indices of `sum` stand in square brackets (write `sum[i]`)\n"},
                    Mistake{"ParenthesesBeforeAProduct", "s = sum(i, j) x[i] * w[j]",
                            "E0012:2:8 the indices of `sum` stand in square brackets (write `sum[i, j]`)\n"},
                    Mistake{"ParenthesesInATuple", "let y = (max(i: N) x[i], 3)",
                            "E0012:2:13 the indices of `max` stand in square brackets (write `max[i: N]`)\n"},
                    Mistake{"BareProduct", "y[i] = max[k] a[k] * b[k]",
                            "E0013:2:20 a bare `*` under `max` needs parentheses "
                            "(if it does, put what it reaches over in parentheses)\n"},
                    Mistake{"BareQuotient", "y = 2 * prod[k] a[k] / b",
                            "E0013:2:22 a bare `/` under `prod` needs parentheses "
                            "(if it does, put what it reaches over in parentheses)\n"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Blocks, StatementMistakes,
    testing::Values(
        Mistake{"TrailingProduct", "let z = x\nz * 3",
                "E0009:3:1 a block that gives a value ends in `return` (write `return z * 3`)\n"},
        Mistake{"TrailingNameBelowAReducer", "let z = sum(x)\nz",
                "E0009:3:1 a block that gives a value ends in `return` (write `return z`)\n"},
        Mistake{"TrailingName", "let z = x\nz",
                "E0009:3:1 a block that gives a value ends in `return` (write `return z`)\n"},
        Mistake{"TrailingLiteral", "2 * x",
                "E0009:2:1 a block that gives a value ends in `return` (write `return 2 * x`)\n"},
        Mistake{"TrailingValueInABlock", "let g = grad(x) {\n  let z = x\n  z * z\n}",
                "E0009:4:3 a block that gives a value ends in `return` (write `return z * z`)\n"},
        Mistake{"BarePlace", "y[i]\ny = 3", "E0011:2:1 this is neither an assignment nor a call\n"},
        Mistake{"MissingOperator", "y[i] x[i]\ny = 3", "E0011:2:6 `x` cannot follow `]`\n"},
        Mistake{"MissingOperatorAfterANumber", "let z = 2 x * 3\ny = z",
                "E0011:2:11 `x` cannot follow `2`\n"},
        Mistake{"ReturnInABranch", "if x > 3 { return 4 }\nreturn 3",
                "E0010:2:12 `return` ends a function or a value block, nothing else (assign in the branches, "
                "or use "
                "`if` as an expression: `return if c { a } else { b }`)\n"},
        Mistake{"ReturnInALoop", "for t in 0..3 { return t }",
                "E0010:2:17 `return` ends a function or a value block, nothing else (assign in the branches, "
                "or use "
                "`if` as an expression: `return if c { a } else { b }`)\n"},
        Mistake{"StatementAfterReturn", "return 3\nlet y = 4",
                "E0010:2:1 `return` is the last statement of a block\n"},
        Mistake{"LoneElse", "y = 3\nelse { y = 4 }", "E0002:3:1 this `else` belongs to no `if`\n"},
        Mistake{"IfWithoutElse", "let y = if a { 3 }\nlet z = 3",
                "E0002:2:19 expected `else`, found `let`\n"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Expressions, StatementMistakes,
    testing::Values(
        Mistake{"MissingOperand", "let y = +\nlet z = 3", "E0002:2:9 expected an expression, found `+`\n"},
        Mistake{"MissingOperandAtTheEndOfTheLine", "let y = a *\nlet z = 3",
                "E0002:2:12 expected an expression, found `let`\n"},
        Mistake{"MistakeInAnInnerBlock", "let (l, g) = value_and_grad(m) { let z = * 3 return z }",
                "E0002:2:42 expected an expression, found `*`\n"},
        Mistake{"ChainedComparison", "if a < b <= c { y = 3 }",
                "E0002:2:10 comparisons do not chain (write `a < b and b < c`)\n"},
        Mistake{"AssignmentInACondition", "if a = 3 { y = 3 }", "E0002:2:6 a comparison is written `==`\n"},
        Mistake{"AssignmentInAnAssertion", "assert a = 3", "E0002:2:10 a comparison is written `==`\n"},
        Mistake{"NamedArgument", "let b = f(x, K = 3)",
                "E0002:2:16 an argument is named by `:` (write `:` instead of `=`)\n"},
        Mistake{"And", "let b = a && c", "E0002:2:11 there is no operator `&&` (write `and`)\n"},
        Mistake{"Or", "let b = a || c", "E0006:2:11 unexpected character `|` (write `or`)\n"},
        Mistake{"Power", "let b = a ** c", "E0002:2:11 there is no operator `**` (write `pow(a, b)`)\n"},
        Mistake{"MatrixProduct", "let b = a @ c",
                "E0002:2:11 there is no operator `@` (write the indices: `y[i, j] = sum[k] a[i, k] * b[k, "
                "j]`)\n"},
        Mistake{"CalledLiteral", "let z = 3\n(z, z)", "E0002:2:9 a literal cannot be called\n"},
        Mistake{"ReservedName", "let max = 3", "E0002:2:5 `max` is a reserved word\n"},
        Mistake{"MissingValue", "let y x\nlet z = 3", "E0002:2:7 expected `=`, found `x`\n"},
        Mistake{"WrongBracket", "let y = x[3)\ny = 3", "E0002:2:12 `)` closes nothing\n"},
        Mistake{"MissingElseBrace", "let y = if a { 3 } else 4",
                "E0002:2:25 expected `if` or `{`, found `4`\n"},
        Mistake{"SliceOfNumPy", "let y = x[1:3]",
                "E0002:2:12 expected `,` or `]`, found `:` (a slice is written `a..b`; for every second "
                "element write "
                "`for[i: N / 2] x[2 * i]`)\n"},
        Mistake{"MissingExtent", "let y: f32[N = 3", "E0002:2:14 expected `,` or `]`, found `=`\n"},
        Mistake{"MissingType", "let y: = 4", "E0002:2:8 expected a type, found `=`\n"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Indices, StatementMistakes,
    testing::Values(
        Mistake{"ElseWhereWritten", "y[i else 3] = 3",
                "E0014:2:5 `else` has no meaning where something is written (write `where` and a condition: "
                "cells that "
                "fail it are left as they are)\n"},
        Mistake{"WhereWhereRead", "z = x[i where i > 3]",
                "E0014:2:9 `where` has no meaning where something is read (write `else` and a value, which "
                "is read "
                "outside the bounds)\n"},
        Mistake{"RangeWhereRead", "z = x[t: 3]",
                "E0014:2:7 an index cannot be given a range where it is read "
                "(if it is a slice, write `..`)\n"},
        Mistake{"FilteredComprehension", "let z = for[i where i > 3] x[i]",
                "E0014:2:15 `where` filters only what a reducer or an assignment runs over (choose the value "
                "with `if`)\n"},
        Mistake{"AssignedCall", "f(x) = 3",
                "E0015:2:1 the result of a call cannot be assigned to (indices stand in square brackets)\n"},
        Mistake{"LoopSources", "for a, b in xs { y = a }",
                "E0016:2:13 a loop needs one source for each name (one for each, `for a, b in "
                "xs, ys { … }`; places are counted by a range, `for i in 0..N`)\n"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Tokens, StatementMistakes,
    testing::Values(Mistake{"Semicolon", "let y = x;",
                            "E0006:2:10 unexpected character `;` (nothing stands between statements)\n"},
                    Mistake{"SingleQuotes", "print('a')",
                            "E0006:2:7 unexpected character `'` (strings stand between double quotes)\n"
                            "E0006:2:9 unexpected character `'` (strings stand between double quotes)\n"},
                    Mistake{"OpenString", "print(\"a)\ny = 3",
                            "E0007:2:7 the string has no closing `\"` (a string ends on its line; write "
                            "`\\n` for a new line)\n"},
                    Mistake{
                        "GluedNumber", "y = 3x + 1",
                        "E0008:2:5 `3x` is neither a number nor a name (a product is written with `*`)\n"},
                    Mistake{"UnknownEscape", "print(\"a\\q\")",
                            "E0008:2:9 an unknown escape in a string (there are `\\n`, `\\t`, `\\r`, `\\0`, "
                            "`\\\\` and `\\\"`)\n"},
                    Mistake{"HugeNumber", "y = 1e999",
                            "E0008:2:5 no type can hold this number (the largest float is about 1.8e308; "
                            "infinity is `inf`)\n"},
                    Mistake{"LetterOutsideAscii", "let \u00e9 = 3",
                            "E0006:2:5 unexpected character `\u00e9` (a name is made of the letters A to Z "
                            "and a to z, digits and `_`)\n"},
                    Mistake{"MathematicalSign", "y = a \u2264 b",
                            "E0006:2:7 unexpected character `\u2264` (write `<=`)\n"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Declarations, FileMistakes,
    testing::Values(
        Mistake{"LateImport", "fn f() = 3\nimport nn\n",
                "E0002:2:1 imports stand before all declarations (move it to the head of the file)\n"},
        Mistake{"NoDeclaration", "fn f() = 3\nfoo bar\nfn g() = 4\n",
                "E0002:2:1 expected a declaration, found `foo`\n"},
        Mistake{
            "PythonFunction", "def f(x):\n  return x\n",
            "E0002:1:1 expected a declaration, found `def` (a function is written `fn name(x: f32) -> f32 = "
            "\u2026` or with a body in `{ }`)\n"},
        Mistake{
            "PythonBody", "fn f(x: f32) -> f32:\n  return x\n",
            "E0002:1:21 expected a type, found `return` (a body stands in `{ }`, or behind `=` if it is one "
            "expression)\n"},
        Mistake{"MatrixSignAtTheEnd", "fn f() = a @ b\n",
                "E0002:1:12 there is no operator `@` (write the indices: `y[i, j] = sum[k] a[i, k] * b[k, "
                "j]`)\n"},
        Mistake{"MatrixSignBeforeADeclaration", "fn f() = a(x) @ b @ c\nfn g() = 3\n",
                "E0002:1:15 there is no operator `@` (write the indices: `y[i, j] = sum[k] a[i, k] * b[k, "
                "j]`)\n"},
        Mistake{"OpenBraceBehindReturn", "fn f() {\n  return 3\n\nfn g() = 3\n",
                "E0002:4:1 expected `}`, found `fn` (close it)\n"},
        Mistake{"StrayBrace", "fn f() { }\n}\nfn g() = 4\n", "E0002:2:1 `}` closes nothing\n"},
        Mistake{"ReducerAtTheTop", "fn g() = sum(i) x[i]\n",
                "E0012:1:13 the indices of `sum` stand in square brackets (write `sum[i]`)\n"},
        Mistake{"OperatorMissingAtTheTop", "const a = b c\n", "E0011:1:13 `c` cannot follow `b`\n"},
        Mistake{"ReservedParameter", "fn f(in: f32) = 3\n", "E0002:1:6 `in` is a reserved word\n"},
        Mistake{"NoBody", "fn f() -> f32\nfn g() = 3\n", "E0002:1:14 expected `=` or `{`, found `fn`\n"},
        Mistake{"OpenBrace", "fn f() {\n  y = 3\n\nfn g() = 3\n",
                "E0002:4:1 expected a statement or `}`, found `fn` (close it)\n"},
        Mistake{"OpenBraceAtTheEnd", "fn f() {\n  y = 3\n",
                "E0002:2:8 expected a statement or `}`, found the end of the file (close it)\n"},
        Mistake{"BrokenHeaderOfAModel", "model M(A: dim {\n  a: f32\n  fn call(x: f32) = x\n}\nfn g() = 3\n",
                "E0002:1:16 expected `,` or `)`, found `{`\n"},
        Mistake{"FieldWithoutAColon", "model M(A: dim) {\n  param a f32\n  b: nn.Linear(3, 4)\n}\n",
                "E0002:2:11 expected `:`, found `f32`\n"},
        Mistake{"StatementInAModel", "model M {\n  let a = 3\n  b: nn.Linear(3, 4)\n}\n",
                "E0002:2:3 expected a field, a method or `}`, found `let`\n"},
        Mistake{"ExportedMethod", "model M {\n  export fn f() = 3\n}\n",
                "E0002:2:3 a method cannot be exported (export a function that calls it)\n"},
        Mistake{"AliasInAModel", "model M {\n  export fn f = g\n}\n",
                "E0002:2:3 a model has no aliases of functions (write it outside the model)\n"},
        Mistake{"TestWithoutATitle", "test { }\n", "E0002:1:6 expected a string, found `{`\n"}),
    name_of);

TEST(Recovery, ReportsEachMistakeOfAFileOnce) {
  const Parsed parsed(
      "fn a(x: ) -> y: f32 {\n"  // the header
      "  y = let\n"
      "}\n"
      "fn b() {\n"
      "  let y = f(a, b\n"          // an open bracket
      "  let z = g(z]\n"            // a wrong one
      "  if a { y = * 3 y = 4 }\n"  // within a nested block
      "  z = sum(i) x[i]\n"
      "  w = 3\n"
      "}\n"
      "model M(A: dim) {\n"
      "  a: nn.Linear(3, 4\n"
      "  fn call(x: f32) = x +\n"
      "  b: nn.Linear(3, 4)\n"
      "}\n"
      "export type T = \n"
      "export fn fine() = 3\n"
      "const c == 4\n");
  EXPECT_EQ(parsed.brief(),
            "E0002:1:9 expected a type, found `)`\n"
            "E0002:5:17 expected `,` or `)`, found `let` (close it)\n"
            "E0002:6:14 `]` closes nothing\n"
            "E0002:7:14 expected an expression, found `*`\n"
            "E0012:8:10 the indices of `sum` stand in square brackets (write `sum[i]`)\n"
            "E0002:12:20 expected `,` or `)`, found `fn` (close it)\n"
            "E0002:14:4 expected a field, a method or `}`, found `:`\n"
            "E0002:16:16 expected a type, found `export`\n"
            "E0002:18:9 expected `=`, found `==`\n");
  ASSERT_EQ(parsed.file->declarations.size(), 1u);
  EXPECT_EQ(parsed.file->declarations[0]->name.text, "fine");
}

TEST(Mistakes, AreDrawnWithBothSidesOfTheClash) {
  EXPECT_EQ(Parsed(in_function("  let y = f(a, b\n  let z = sum(i) y[i]\n  if a < y < z { y = 3 }")).shown(),
            "error[E0002]: expected `,` or `)`, found `let`\n"
            " --> t.model:2:17\n"
            "2 |   let y = f(a, b\n"
            "  |            -    ^\n"
            "  |            opened here\n"
            "help: close it\n"
            "2 |   let y = f(a, b)\n"
            "  |                 +\n"
            "\n"
            "error[E0012]: the indices of `sum` stand in square brackets\n"
            " --> t.model:3:14\n"
            "3 |   let z = sum(i) y[i]\n"
            "  |              ^^^ - so nothing can follow\n"
            "  |              these make it a function\n"
            "help: write `sum[i]`\n"
            "3 |   let z = sum[i] y[i]\n"
            "  |              ~ ~\n"
            "\n"
            "error[E0002]: comparisons do not chain\n"
            " --> t.model:4:12\n"
            "4 |   if a < y < z { y = 3 }\n"
            "  |        -   ^\n"
            "  |        the first one\n"
            "help: write `a < b and b < c`\n"
            "4 |   if a < y and y < z { y = 3 }\n"
            "  |            ++++++\n"
            "\n"
            "3 errors\n");
}

TEST(Mistakes, CarryFixesForTools) {
  const Parsed parsed(in_function("s = sum(i) x[i]"));
  ASSERT_EQ(parsed.diagnostics.all().size(), 1u);
  ASSERT_EQ(parsed.diagnostics.all()[0].fixes.size(), 1u);
  const std::vector<Edit>& fixes = parsed.diagnostics.all()[0].fixes[0].edits;
  ASSERT_EQ(fixes.size(), 2u);
  EXPECT_EQ(parsed.text_of(fixes[0].span), "(");
  EXPECT_EQ(fixes[0].text, "[");
  EXPECT_EQ(parsed.text_of(fixes[1].span), ")");
  EXPECT_EQ(fixes[1].text, "]");
}

}  // namespace
}  // namespace kiln::syntax
