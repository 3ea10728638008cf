#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "query/analysis.h"

namespace kiln::query {

/// What stands behind the dot of a value.
struct MemberInfo {
  std::string name;
  std::optional<SymbolId> symbol;  // of fields and methods; nothing for fields of tuples and builtins
  std::optional<sema::Type> type;  // of fields
  std::string detail;              // how it is shown: a type, a signature
  std::string doc;
  bool is_function = false;
};

/// All members of values of a type.
std::vector<MemberInfo> members_of(const Analysis& analysis, const sema::Type& type);
std::optional<MemberInfo> member_of(const Analysis& analysis, const sema::Type& type,
                                    const std::string& name);
/// What stands behind the dot of a model's name: `init`, `grad`.
std::vector<MemberInfo> members_of_model_type();
/// What an imported file offers: all that is not private.
std::vector<SymbolId> members_of_module(const Analysis& analysis, const sema::Module& module);

/// The type of an expression: what the checker said, else what the members of known types say.
/// `named` gives the symbol of a name.
using NamedSymbol = std::function<std::optional<SymbolId>(const syntax::Expression&)>;
std::optional<sema::Type> type_of(const Analysis& analysis, const syntax::Expression& expression,
                                  const NamedSymbol& named);
/// The type of a variable, parameter, field or the like.
std::optional<sema::Type> type_of(const Analysis& analysis, const Symbol& symbol);
/// The function that a call of something calls: a function, a method, or the method `call` of a model.
std::optional<SymbolId> called_by(const Analysis& analysis, std::optional<SymbolId> symbol,
                                  const std::optional<sema::Type>& type);

}  // namespace kiln::query
