#pragma once

#include <functional>

#include "sema/body.h"

/// The judgements about expressions. Each gives a value whose type is `error` once something was reported.
namespace kiln::sema {

Value check_expression(Body& body, const syntax::Expression& expression, Want want = {});
/// A block with a value. One without statements gives the value of its expression as it is, and `block` stays
/// empty.
Value check_block(Body& body, const syntax::Block& block, Want want, TypedBlock& typed);
/// `checked` as an expression: a BlockValue if there are statements.
Value block_as_value(Body& body, Span span, Value value, TypedBlock block);

Value check_name(Body& body, const syntax::NameExpression& expression);
Value value_of_entity(Body& body, const Entity& entity, const std::string& name, Span span);
/// The value of a function or constant that a module declares; a report for other declarations.
Value declared_value(Body& body, const Module& module, const syntax::Declaration& declaration, Span span);
/// Whether an expression is a name that nothing declares.
bool is_unknown(const Body& body, const syntax::Expression& expression);
/// Reports an unknown name that stands as a subscript: most likely an index that nothing binds. Once each.
void report_unknown_index(Body& body, const syntax::Name& name);
/// Reports a member of a name that nothing declares.
bool reports_unknown_base(Body& body, const syntax::Member& member);
Value check_member(Body& body, const syntax::Member& member);
/// A field of a value of model, tuple or gradient type; nothing if there is none of the name.
std::optional<Value> field_of(Body& body, Value& base, const std::string& name, Span span);
/// The params of a model whose paths match, as a value of its gradient's type.
Value params_of(Body& body, Value base, const std::string& pattern, Span span);
Value check_constant(Body& body, const Module& module, const syntax::Constant& constant, Span span);

Value check_unary(Body& body, const syntax::Unary& unary, Want want);
/// `and` and `or`: the right side is checked with what the left side says as a fact.
Value check_logic(Body& body, const syntax::Binary& binary);
Value check_binary(Body& body, const syntax::Binary& binary, Want want);
/// The same for operands that are checked already (`x += e`).
Value combine(Body& body, syntax::BinaryOperator op, Span op_span, Span span, Value left, Value right);
/// Brings number operands to one element type; nothing after a report.
std::optional<Element> unify_elements(Body& body, std::vector<Value*> operands, Span span);

/// Applies a function of rank-0 operands to tensors by the suffix rule. `make` builds the scalar body.
using MakeScalar = std::function<TypedExprPtr(std::vector<TypedExprPtr>)>;
Value lift(Body& body, Span span, std::vector<Value> operands, const Element& result, const MakeScalar& make);
Value lift_function(Body& body, Span span, ScalarFunction function, std::vector<Value> operands,
                    const Element& result);

Value check_conditional(Body& body, const syntax::Conditional& conditional, Want want);
Value check_subscript(Body& body, const syntax::Subscript& subscript, Want want);
Value check_reduction(Body& body, const syntax::Reduction& reduction, Want want);
Value check_comprehension(Body& body, const syntax::Comprehension& comprehension, Want want);
Value check_derivative(Body& body, const syntax::Derivative& derivative, Want want);
Value check_call(Body& body, const syntax::Call& call, Want want);

/// A rank-0 bool; false after a report.
bool require_condition(Body& body, Value& value);

}  // namespace kiln::sema
