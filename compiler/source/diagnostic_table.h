#pragma once

#include "source/diagnostic.h"

/// Every diagnostic of the compiler: one row each, sorted by code within a room. E is a mistake, L a known
/// limit, W a warning. Numbers: 00 files and syntax, 01 names, 02 types, 03 indices and dims, 04 calls and
/// effects, 05 models, 06 derivatives, 07 exports and modules, 08 tests and run.
namespace kiln::diagnostics {

// clang-format off
#define KILN_DIAGNOSTICS(row) \
  row(cannot_read_file, "E0001", error, "a file cannot be read") \
  row(cannot_write_file, "E0090", error, "a file cannot be written") \
  row(no_such_target, "E0091", error, "a target that does not exist or that this machine lacks") \
  row(syntax_error, "E0002", error, "the text does not follow the grammar") \
  row(invalid_utf8, "E0003", error, "a source file is not UTF-8") \
  row(file_too_large, "E0004", error, "a source file is too large") \
  row(nested_too_deeply, "E0005", error, "brackets, operators or blocks are nested too deeply") \
  row(unexpected_character, "E0006", error, "a character that the language does not use") \
  row(unended_string, "E0007", error, "a string has no closing quote on its line") \
  row(malformed_literal, "E0008", error, "a number or string is written wrongly") \
  row(return_missing, "E0009", error, "a block ends in an expression without `return`") \
  row(misplaced_return, "E0010", error, "`return` does not end a function or value block") \
  row(not_a_statement, "E0011", error, "a place is neither assigned nor called") \
  row(reducer_parentheses, "E0012", error, "the indices of a reducer stand in round brackets") \
  row(reducer_over_product, "E0013", error, "a bare product directly under a reducer that is not `sum` or `mean`") \
  row(misplaced_index_clause, "E0014", error, "`else`, `where` or the range of an index where it has no meaning") \
  row(not_assignable, "E0015", error, "the left side of an assignment is not a place") \
  row(loop_sources, "E0016", error, "a loop has not as many sources as targets") \
  row(unknown_name, "E0101", error, "a name that nothing declares") \
  row(name_taken, "E0102", error, "a name that means something else already") \
  row(index_hides, "E0103", error, "an index with the name of a value in scope") \
  row(unknown_member, "E0104", error, "a member that the value does not have") \
  row(private_name, "E0105", error, "a private name of another file") \
  row(not_a_value, "E0106", error, "a name used as a value that is none") \
  row(unknown_type, "E0107", error, "a type that nothing declares") \
  row(type_mismatch, "E0201", error, "a value of another type than expected") \
  row(mixed_elements, "E0202", error, "arithmetic on two different element types") \
  row(constant_does_not_fit, "E0203", error, "a constant that its type cannot hold") \
  row(index_as_float, "E0204", error, "an index or dim used as a float") \
  row(wrong_element, "E0205", error, "an operation on elements that it is not defined for") \
  row(condition_not_bool, "E0206", error, "a condition that is not a bool") \
  row(not_a_number, "E0207", error, "an operator on values that are no tensors or trees") \
  row(type_arguments, "E0208", error, "arguments that do not suit a type") \
  row(branch_types, "E0209", error, "branches of different types") \
  row(tuple_pattern, "E0210", error, "a pattern that does not suit the value") \
  row(static_needed, "E0211", error, "a value where something known at compile time is needed") \
  row(out_of_bounds, "E0301", error, "a subscript that may be outside") \
  row(subscript_count, "E0302", error, "more subscripts than axes") \
  row(shape_mismatch, "E0303", error, "shapes that do not agree") \
  row(ambiguous_suffix, "E0304", error, "a shape that fits at more than one place") \
  row(divisor_not_positive, "E0305", error, "a divisor of dims that may be less than 1") \
  row(index_not_on_left, "E0307", error, "an index that does not occur on the left side") \
  row(repeated_write, "E0308", error, "a cell that may be written twice") \
  row(bad_subscript, "E0309", error, "a subscript that is no index, number or slice") \
  row(negative_extent, "E0310", error, "an extent that may be negative") \
  row(range_unknown, "E0311", error, "an index whose range nothing gives") \
  row(ranges_differ, "E0312", error, "an index that ranges over two different sizes") \
  row(split_axis, "E0313", error, "an axis that does not split as written") \
  row(first_assignment, "E0314", error, "a result whose first assignment leaves cells out") \
  row(index_where_value, "E0315", error, "binders that are not allowed here") \
  row(argument_names, "E0401", error, "an argument that no parameter takes") \
  row(argument_missing, "E0402", error, "a parameter without an argument") \
  row(argument_type, "E0403", error, "an argument of the wrong type") \
  row(where_not_met, "E0404", error, "a `where` clause that may fail") \
  row(mark_missing, "E0405", error, "an argument that is changed without `&`") \
  row(mark_unwanted, "E0406", error, "a `&` where nothing is changed") \
  row(not_a_variable, "E0407", error, "a change of something that is no variable") \
  row(overlapping_changes, "E0408", error, "a variable that one call changes and also reads") \
  row(effect_not_allowed, "E0409", error, "a change or draw where none is allowed") \
  row(result_dropped, "E0410", error, "a call whose result is dropped") \
  row(recursion, "E0412", error, "a function that calls itself") \
  row(result_not_assigned, "E0413", error, "a result without a value") \
  row(return_and_results, "E0414", error, "`return` that does not suit the results") \
  row(dims_not_determined, "E0415", error, "a dim or type that nothing determines") \
  row(read_before_assigned, "E0416", error, "a result that is read before it has a value") \
  row(not_callable, "E0417", error, "a call of something that is no function") \
  row(param_not_float, "E0502", error, "a `param` that is not made of floats") \
  row(field_type, "E0503", error, "a field whose type does not suit it") \
  row(model_recursion, "E0505", error, "a model that contains itself") \
  row(not_differentiable, "E0601", error, "a derivative of something that has none") \
  row(unused_variable_of_grad, "E0602", error, "a derivative for a variable that the block does not use") \
  row(loss_not_scalar, "E0603", error, "a gradient of something that is not one float") \
  row(tangent_type, "E0604", error, "a tangent of another type than its variable") \
  row(rounds_without_limit, "E0605", error, "a reverse derivative of a loop whose rounds have no limit") \
  row(rule_unsuitable, "E0606", error, "a derivative rule that does not suit its function") \
  row(rule_gives_none, "E0607", error, "a derivative that a rule does not give") \
  row(rule_not_linear, "E0608", error, "a derivative rule that is not linear in its tangents") \
  row(zero_derivative, "E0609", error, "a derivative that is zero everywhere") \
  row(checkpoint_rounds, "E0610", error, "rounds between checkpoints that are no number from 1 on") \
  row(train_memory, "E0611", error, "less memory for backward passes than they need") \
  row(export_type, "E0701", error, "a type that cannot stand in an export") \
  row(export_name, "E0702", error, "an exported name that C or C++ reserves") \
  row(export_results, "E0703", error, "several results of an export without names") \
  row(import_not_found, "E0704", error, "an import that cannot be found") \
  row(import_cycle, "E0705", error, "files that import each other") \
  row(declared_twice, "E0706", error, "a name that a file declares twice") \
  row(export_generic, "E0707", error, "an export with generics") \
  row(unknown_annotation, "E0708", error, "an annotation that does not exist") \
  row(endless_realtime, "E0709", error, "a loop without an end in an export that promises one") \
  row(copy_in_place, "E0710", error, "a copy in an export that promises to change its arguments in place") \
  row(misplaced_doc, "W0001", warning, "a doc comment that documents nothing") \
  row(unused_name, "W0002", warning, "a name that is bound and never used") \
  row(unused_import, "W0003", warning, "an import that is not used") \
  row(normalised_twice, "W0004", warning, "a softmax or sigmoid before a loss that has its own") \
  row(log_of_softmax, "W0005", warning, "the logarithm of a softmax") \
  row(copied_stream, "W0006", warning, "a copy of a random stream, which gives the same numbers") \
  row(known_comparison, "W0007", warning, "a comparison that is always true or always false") \
  row(comment_for_division, "W0008", warning, "a comment that looks like a division") \
  row(not_yet_supported, "L0001", limit, "a construct that this version cannot compile yet")
// clang-format on

#define KILN_DECLARE(name, code, severity, title) \
  inline constexpr DiagnosticKind name{code, Severity::severity, title};
KILN_DIAGNOSTICS(KILN_DECLARE)
#undef KILN_DECLARE

}  // namespace kiln::diagnostics
