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

/// A derivative rule in the place of a body: variables behind the parameters, and a result of its own.
struct RuleBody {
  const syntax::Block* block = nullptr;
  std::vector<std::pair<syntax::Name, Type>> variables;
  Type result;
};
/// Checks the body of a rule with the parameters of the function that `signature` is of.
void check_rule_body(Body& body, const Signature& signature, const RuleBody& rule,
                     std::vector<dim::Condition> needed_at_run_time);

/// The `where` clauses of a function, as conditions over the names of its body.
std::vector<dim::Condition> where_conditions(Body& body, const syntax::Function& function);

}  // namespace kiln::sema
