#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dim/prover.h"
#include "sema/observer.h"
#include "sema/scope.h"
#include "sema/session.h"
#include "source/diagnostic_table.h"

namespace kiln::sema {

/// An index of the function: its symbol for the prover, and its range once that is known.
struct Index {
  std::string name;
  std::string symbol;
  Span span;
  std::optional<dim::Dim> low, extent;  // low <= index < low + extent
  bool is_pack = false;
  Shape pack;                    // of a pack index: its axes
  std::vector<IndexId> members;  // and one index for each
  bool has_range = false;
  // Of a reducer's range that is data: where it ends. If the index stands alone on no axis, it runs over as
  // many points, under the conditions of its DataRange.
  std::optional<dim::Dim> stated_end;
  const syntax::Subscript* only_site = nullptr;  // the brackets that gave the range, if there were no others
};

/// The state of checking one function body (or signature, or constant): what the judgements call env and
/// facts.
struct Body {
  Session& session;
  Root& root;
  const Module& module;
  Scope scope;
  dim::Facts facts;
  std::shared_ptr<TypedFunction> function = std::make_shared<TypedFunction>();
  std::vector<Index> indices;
  const ModelApplication* self = nullptr;  // in methods and initialisers

  bool is_open = false;   // a signature seen from a caller: open names are "?N"
  bool is_muted = false;  // says nothing and makes no instances
  std::map<const syntax::Binders*, Type>* muted_types = nullptr;  // while muted: what was found already
  bool is_trusted =
      false;  // proved when it was checked generically: what cannot be shown again is checked at run time
  bool is_conditional = false;  // code that need not run: nothing is inferred from it
  std::string no_effects;  // why effects on variables of outer blocks are not allowed here; empty if they are
  size_t effect_depth = 0;  // variables declared at this depth or deeper may be changed all the same
  const syntax::Function* signature = nullptr;  // while its types are evaluated
  const syntax::Assign* assignment = nullptr;   // whose right side is being checked
  std::map<std::string, dim::Dim> reads;  // integers of tensors that were read, until a variable changes
  uint32_t& next_symbol;  // symbols of data are known to all bodies of a session: extents hold them
  std::map<std::string, dim::Dim> extent_integers;     // while a signature is evaluated: what its names
  std::map<std::string, std::string> extent_families;  // in extents stand for
  std::set<std::string> assigned_results;

  Body(Session& s, Root& r, const Module& m) : session(s), root(r), module(m), next_symbol(s.next_symbol) {
    scope.push();
  }
  ~Body() {
    if (session.options.observer != nullptr) session.options.observer->ended(*this);
  }
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
};

}  // namespace kiln::sema
