#pragma once

#include <string>

#include "sema/body.h"

namespace kiln::sema {

/// A result has no value until it is assigned whole, on every way to the end of its function.

/// Offers to assign the result `name` whole, `y = 0`, before the first statement of the function around
/// `diagnostic.span` that assigns it: outside of all loops and branches, where it can spoil nothing.
void offer_first_value(const Body& body, Diagnostic& diagnostic, const std::string& name, const Type& type);

/// The same for a place that reads the result, if an assignment stands before it or around it.
void offer_value_before_read(const Body& body, Diagnostic& diagnostic, const std::string& name,
                             const Type& type);

/// Labels the loop or branch in which alone the result is assigned, if there is one.
void label_uncertain_value(const Body& body, Diagnostic& diagnostic, const std::string& name);

/// Whether a mistake was told in a statement that assigns the result: that it has no value follows from it.
bool is_told_of(const Body& body, Span function, const std::string& name);

}  // namespace kiln::sema
