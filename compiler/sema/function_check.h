#pragma once

#include <set>
#include <string>
#include <vector>

#include "sema/body.h"
#include "sema/signature.h"

namespace kiln::sema {

/// Checks one body: declares self, fields, parameters and results, then the statements. The parameters in
/// `defaulted` take their defaults here; `needed_at_run_time` are conditions on dims that are data, inferred
/// from the generic body, which this use cannot prove.
void check_function(Body& body, const Signature& signature, const std::set<std::string>& defaulted = {},
                    std::vector<dim::Condition> needed_at_run_time = {});

/// The `where` clauses of a function, as conditions over the names of its body.
std::vector<dim::Condition> where_conditions(Body& body, const syntax::Function& function);

}  // namespace kiln::sema
