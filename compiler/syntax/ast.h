#pragma once

#include "syntax/ast_statements.h"

namespace kiln::syntax {

/// `@realtime`, `@precision(bf16)`.
struct Annotation {
  Span span;
  Name name;
  std::vector<Argument> arguments;
};

struct Declaration {
  const DeclarationKind kind;
  Span span;
  Doc doc;
  std::vector<Annotation> annotations;
  Name name;  // what it declares; absent for rules, tests and meshes

  Declaration(const Declaration&) = delete;
  Declaration& operator=(const Declaration&) = delete;
  virtual ~Declaration() = default;

 protected:
  explicit Declaration(DeclarationKind declaration_kind) : kind(declaration_kind) {}
};
using DeclarationPtr = std::unique_ptr<Declaration>;

template <DeclarationKind kind>
using DeclarationOf = NodeOf<Declaration, kind>;

/// `T: float`, `M: fn(f32[B]) -> f32[B]`, `N`.
struct Generic {
  Span span;
  Name name;
  TypePtr bound;  // may be null
};

/// `x: f32[N]`, `inout self`, `inout x: T if Train`, `Train: bool = false`.
struct Parameter {
  Doc doc;
  Span span;
  bool is_inout = false;
  Name name;
  TypePtr type;                 // may be null
  Name condition;               // after `if`; may be absent
  ExpressionPtr default_value;  // may be null
};

struct Result {
  Doc doc;
  Span span;
  Name name;  // absent if unnamed
  TypePtr type;
};

struct Function : DeclarationOf<DeclarationKind::function> {
  bool is_exported = false;
  std::vector<Generic> generics;
  std::vector<Parameter> parameters;
  std::vector<Result> results;
  std::vector<ExpressionPtr> where;
  bool is_one_line = false;  // `= e`: the body has no statements and `result` e
  Block body;
};

/// `export fn f = c.f`.
struct FunctionAlias : DeclarationOf<DeclarationKind::function_alias> {
  QualifiedName target;
};

enum class FieldKind : uint8_t { param, state, submodel };

struct Field {
  Doc doc;
  Span span;
  std::vector<Annotation> annotations;
  FieldKind kind = FieldKind::submodel;
  Name name;
  TypePtr type;
  ExpressionPtr initial;    // of params and states; null for submodels
  ExpressionPtr condition;  // after `if`; may be null
};

struct Model : DeclarationOf<DeclarationKind::model> {
  std::vector<Parameter> parameters;
  std::vector<ExpressionPtr> where;
  std::vector<Field> fields;
  std::vector<std::unique_ptr<Function>> methods;
};

/// `export type Classifier = Mlp(784, 512, 10)`, `type Cache(B: dim) = (…)`.
struct TypeDeclaration : DeclarationOf<DeclarationKind::type> {
  bool is_exported = false;
  std::vector<Parameter> parameters;
  TypePtr type;
};

struct Constant : DeclarationOf<DeclarationKind::constant> {
  TypePtr type;  // may be null
  ExpressionPtr value;
};

/// `x` or `x: dx`.
struct RuleParameter {
  Span span;
  Name name;
  Name tangent;  // may be absent
};

/// `derivative of f(x: dx, k) = …` or `adjoint of f(a, b) -> y: dy { … }`.
struct Rule : DeclarationOf<DeclarationKind::rule> {
  bool is_adjoint = false;
  QualifiedName function;
  std::vector<RuleParameter> parameters;  // without tangents if adjoint
  std::vector<RuleParameter> results;     // of an adjoint: names of results and of their cotangents
  bool is_one_line = false;
  Block body;
};

/// `test "…" { … }`, or a property: `test "…" for x: f32[N] where N >= 1 { … }`.
struct Test : DeclarationOf<DeclarationKind::test> {
  std::string title;
  Span title_span;
  Block body;                          // empty if it is a property
  std::unique_ptr<Function> property;  // without a name: its parameters, `where` and body; null if it is none
};

struct Mesh : DeclarationOf<DeclarationKind::mesh> {
  std::vector<Name> axes;
};

/// `import a.b as c`.
struct Import {
  Span span;
  QualifiedName module;
  Name alias;  // may be absent: then it is called by its last part

  const Name& called() const { return alias.present() ? alias : module.parts.back(); }
};

struct File {
  uint32_t number = 0;  // in SourceFiles
  Doc doc;              // `///` lines before the first import, or before a blank line at the head
  std::vector<Import> imports;
  std::vector<DeclarationPtr> declarations;  // in order
  bool is_complete = true;  // false: declarations with mistakes were left out, a diagnostic says why
};

}  // namespace kiln::syntax
