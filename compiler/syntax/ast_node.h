#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/internal_check.h"
#include "source/span.h"

/// The syntax tree of a .model file. Plain data: a node owns its children, nothing points upwards, and after
/// parsing nothing changes. What must hold: every node of a file that parsed without an error has its place;
/// pointers are null only where a comment says so; no path through the tree is longer than `max_tree_depth`,
/// so that recursion over it is safe.
namespace kiln::syntax {

inline constexpr int max_tree_depth = 1000;

/// A name as it was written. An absent name (where a comment allows it) has an empty text and an unknown
/// span.
struct Name {
  std::string text;
  Span span;

  bool present() const { return !text.empty(); }
  friend bool operator==(const Name& name, std::string_view text) { return name.text == text; }
};

/// `nn.Linear`, `M.grad`: at least one part.
struct QualifiedName {
  std::vector<Name> parts;
  Span span;
};

/// The text of the `///` lines before a declaration, field, parameter or result, without the slashes and one
/// space; lines are joined by '\n'. Empty if there is none.
using Doc = std::string;

enum class ExpressionKind : uint8_t {
  number,
  string,
  boolean,
  name,
  tuple,
  vector,
  unary,
  binary,
  member,
  subscript,
  call,
  reduction,
  comprehension,
  lambda,
  conditional,
  derivative,
  checkpoint,
  value_block,
};

enum class StatementKind : uint8_t { bind, assign, call, branch, loop, while_loop, assertion };

enum class TypeKind : uint8_t { named, function, tuple, model };

enum class DeclarationKind : uint8_t { function, function_alias, model, type, constant, rule, test, mesh };

/// The base of all nodes of one family; `Kind` is its enum.
template <class Kind>
struct Node {
  const Kind kind;
  Span span;  // for an expression: with the parentheses around it

  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;

 protected:
  explicit Node(Kind node_kind) : kind(node_kind) {}
};

using Expression = Node<ExpressionKind>;
using Statement = Node<StatementKind>;
using Type = Node<TypeKind>;

using ExpressionPtr = std::unique_ptr<Expression>;
using StatementPtr = std::unique_ptr<Statement>;
using TypePtr = std::unique_ptr<Type>;

/// What each struct of a family derives from: knows its kind, so that `as` and `if_is` can check it.
template <class Base, auto kind_value>
struct NodeOf : Base {
  static constexpr auto node_kind = kind_value;
  NodeOf() : Base(kind_value) {}
};

/// The node as a `T`, which it must be: `as<Binary>(expression).left`.
template <class T, class Base>
const T& as(const Base& node) {
  internal_check(node.kind == T::node_kind, "syntax::as: a node of another kind");
  return static_cast<const T&>(node);
}

/// The node as a `T`, or null: `if (const Name* name = if_is<NameExpression>(*e))`.
template <class T, class Base>
const T* if_is(const Base& node) {
  return node.kind == T::node_kind ? static_cast<const T*>(&node) : nullptr;
}

}  // namespace kiln::syntax
