#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sema/constant.h"
#include "sema/type.h"
#include "sema/typed.h"

namespace kiln::sema {

struct Entity;

/// What checking an expression gives. What is known at compile time stays known as long as possible; `settle`
/// and `convert_to` (conversions.h) turn it into a tree of a definite type.
struct Value {
  Type type;
  Span span;
  TypedExprPtr tree;  // null: constants, statics, types, functions. Loose integers have an i64 tree

  std::optional<dim::Dim> integer;    // of rank-0 integers: the value, for the prover
  SharedText family;                  // of a tensor of integers that cannot change: see ragged.h
  bool may_wrap = false;              // the tree may differ from `integer` (see exact.h)
  bool is_static = false;             // `integer` or `condition` holds dims alone
  Shared<dim::Condition> condition;   // of rank-0 bools: what is true if it is true
  Shared<dim::Condition> refutation;  // what is true if it is false
  std::optional<bool> known;          // of bools known now
  std::vector<Constant> constants;    // of untyped constants: one, or those of a vector
  Shared<StaticValue> fixed;          // strings, functions; a type where an expression stands for one
  std::optional<Place> place;         // of variables and their parts
  bool is_mutable = false;            // the place may be changed here
  const Entity* root = nullptr;       // of a place: the variable
  SharedText path;                    // of a leaf in a walk
  std::vector<Value> fields;          // of a tuple written out: its fields, so that they stay constants

  bool failed() const { return type.failed(); }
  bool is_type() const { return fixed && fixed->kind == StaticValue::Kind::type; }

  Value() = default;
  Value(Type value_type, Span value_span, TypedExprPtr value_tree = nullptr)
      : type(std::move(value_type)), span(value_span), tree(std::move(value_tree)) {}
  static Value error(Span span) { return {Type::error(), span}; }
};

/// What the surroundings expect of an expression. `binds_dims`: rule E, the expected type may bind dims that
/// occur only in a result.
struct Want {
  const Type* type = nullptr;
  bool binds_dims = false;
};

}  // namespace kiln::sema
