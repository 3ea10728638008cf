#pragma once

#include "sema/body.h"

namespace kiln::sema {

/// Checks a statement under the names and facts of the body and appends what it becomes.
void check_statement(Body& body, const syntax::Statement& statement, TypedBlock& out);
void check_bind(Body& body, const syntax::Bind& bind, TypedBlock& out);
/// A name for something that is known at compile time and needs no variable: untyped constants, integers of
/// dims, strings, functions. False for anything else.
bool define_fixed(Body& body, const syntax::Name& name, const Value& value);
void check_assign(Body& body, const syntax::Assign& assign, TypedBlock& out);
void check_loop(Body& body, const syntax::Loop& loop, TypedBlock& out);
/// A symbol for the number of a round. It stands in dims of the graph, so it is a name there, unlike those of
/// indices.
std::string new_counter(Body& body, const std::string& name);

/// Declares a variable that holds a value of this type, in the innermost block. Reports E0102 where the name
/// is taken.
Entity& define_variable(Body& body, const syntax::Name& name, const Type& type, const Place& place);
/// What extents that are data call the value of a variable of integers (of a tensor: its family).
void name_slot(Body& body, const Place& place, const dim::Dim& integer);
bool may_define(Body& body, const syntax::Name& name);

/// Drops what is known about the integers in variables: before and after code that may change them.
void forget_variables(Body& body);
/// The same for the variables that overlap a place.
void forget_place(Body& body, const Place& place);
/// Why a counter cannot be changed: the label, and what to write instead.
inline constexpr const char* counts_rounds = "counts the rounds of a loop";
inline constexpr const char* instead_of_a_counter =
    "each round takes the next number of the range: for every second one compute `let k = 2 * i` inside, for "
    "rounds that depend on data write `while c max N { … }` over a `var`";
/// Whether the variable behind a place may be changed at this place of the program; reports E0407 and E0409.
bool may_change(Body& body, const Entity* root, bool is_mutable, Span span, const std::string& name);

}  // namespace kiln::sema
