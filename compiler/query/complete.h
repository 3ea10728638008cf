#pragma once

#include <string>
#include <vector>

#include "query/analysis.h"

namespace kiln::query {

enum class CandidateKind : uint8_t {
  keyword,
  module,
  function,
  model,
  type,
  field,
  value,
  parameter,
  statics,  // dims and what else is known when it is compiled
  index,
  constant,
  named_argument,
};

struct Candidate {
  std::string name;    // what is shown and looked for
  std::string insert;  // what is written
  CandidateKind kind = CandidateKind::keyword;
  std::string detail;
  std::string doc;
  int rank = 0;  // lower ones first
};

struct Completion {
  Span replaced;  // the word that is being written; may be empty
  std::vector<Candidate> candidates;
};

/// What may be written at a place. Where the file is broken there, `former`, an analysis of an earlier text
/// of the file, helps out; it may be null.
Completion complete(const Analysis& analysis, uint32_t offset, const Workspace& workspace,
                    const Analysis* former);

/// What stands before the dot at `dot` (the place of the `.`): an imported file, a value, or the name of a
/// model.
struct Owner {
  const sema::Module* module = nullptr;
  std::optional<sema::Type> type;
  std::optional<SymbolId> symbol;  // that the last name stands for
  bool is_model_type = false;
};
std::optional<Owner> owner_before(const Analysis& analysis, uint32_t dot);

/// The call around a place.
struct CallSite {
  SymbolId callee = 0;
  uint32_t open = 0;               // the parenthesis
  size_t argument = 0;             // how many commas stand before the place
  std::string argument_name;       // if the argument is given by name
  std::vector<std::string> names;  // of all arguments that are
};
std::optional<CallSite> call_around(const Analysis& analysis, uint32_t offset);

struct SignatureText {
  std::string label;
  std::string doc;
  std::vector<std::pair<uint32_t, uint32_t>> parameters;  // places in the label, in bytes
  std::vector<std::string> parameter_docs;
  std::optional<size_t> active;
};
std::optional<SignatureText> signature_at(const Analysis& analysis, uint32_t offset);

}  // namespace kiln::query
