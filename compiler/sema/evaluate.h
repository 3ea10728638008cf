#pragma once

#include <cstdint>

#include "sema/body.h"

/// What has to be known while compiling: types, dims, conditions on dims, static arguments.
namespace kiln::sema {

/// The type that is written; `error` after a report.
Type evaluate_type(Body& body, const syntax::Type& type);
/// A type where an expression stands, as in `optim.Adam(Classifier)`; nothing if the expression is no type.
std::optional<Type> type_of_expression(Body& body, const syntax::Expression& expression);
std::optional<dim::Dim> evaluate_dim(Body& body, const syntax::Expression& expression);
/// No axis has more elements: an index fits i32.
inline constexpr int64_t longest_axis = INT32_MAX;
/// Reports an extent that is known to be longer.
void check_axis_length(Body& body, const dim::Dim& extent, Span span);
/// A condition over dims (and run-time integers); nothing after a report.
std::optional<dim::Condition> evaluate_condition(Body& body, const syntax::Expression& expression);

enum class ParameterKind : uint8_t { value, dim, boolean, string, type, function };
/// What a parameter takes. Capitalised bools, integers and strings are static.
ParameterKind kind_of(const syntax::Parameter& parameter);

/// The static arguments for the parameters of a model or type, by place, name or default.
std::optional<std::vector<StaticValue>> evaluate_arguments(Body& body, const Module& module,
                                                           const std::vector<syntax::Parameter>& parameters,
                                                           const std::vector<syntax::Argument>& arguments,
                                                           const std::string& callee, Span span);
/// One argument for a static parameter.
std::optional<StaticValue> evaluate_static(Body& body, ParameterKind kind,
                                           const syntax::Expression& expression);

/// What a static value is called in a body.
Entity entity_of(const StaticValue& value, Span span);
void define_static(Body& body, const std::string& name, const StaticValue& value, Span span);

}  // namespace kiln::sema
