#pragma once

#include "syntax/ast_expressions.h"

namespace kiln::syntax {

template <TypeKind kind>
using TypeOf = NodeOf<Type, kind>;

/// One axis: `H * W`, `...S`, `...`, and for ragged axes `b: B` (so that `len[b]` may follow).
struct DimItem {
  Span span;
  bool is_pack = false;
  Name name;             // of the pack or of the index; may be absent
  ExpressionPtr extent;  // null in a pack
  Name mesh_axis;        // after `@`; may be absent
};

struct Dims {
  Span span;  // with the brackets
  std::vector<DimItem> items;
};

/// `f32[B, T]`, `nn.Linear(In, Out)`, `Block(D)[L]`, `M.grad`. A rank-0 tensor has no dims.
struct NamedType : TypeOf<TypeKind::named> {
  QualifiedName name;
  bool has_arguments = false;  // parentheses were written
  std::vector<Argument> arguments;
  std::vector<Dims> dims;  // each pair of brackets; `T[a][b]` has two
};

/// `fn(f32[B, I]) -> f32[B, O]`.
struct FunctionType : TypeOf<TypeKind::function> {
  std::vector<TypePtr> parameters;
  TypePtr result;
};

struct TypeField {
  Doc doc;
  Span span;
  Name name;  // absent if unnamed
  TypePtr type;
};

/// `(k: f32[N], f32)`: two or more fields, or one that is named. `(T)` is `T`.
struct TupleType : TypeOf<TypeKind::tuple> {
  std::vector<TypeField> fields;
};

/// The bound `model`.
struct ModelType : TypeOf<TypeKind::model> {};

}  // namespace kiln::syntax
