#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dim/prover.h"
#include "sema/modules.h"
#include "sema/type.h"
#include "sema/typed.h"

namespace kiln::sema {

/// A function of a module, or a method of a model.
struct FunctionReference {
  const Module* module = nullptr;
  const syntax::Function* syntax = nullptr;
  const syntax::Model* model = nullptr;          // of a method
  std::shared_ptr<const ModelApplication> self;  // of a method: the receiver's type
};

class Scope;
struct OpenSignature;

/// A function as a static value: named, a lambda bound by `let`, or opaque (a parameter).
struct StaticFunction {
  FunctionReference reference;             // named
  const syntax::Lambda* lambda = nullptr;  // lambda
  std::shared_ptr<const Scope> scope;      // lambda: the names that it sees
  Slot slot = 0;                           // opaque
  Type type;                               // opaque
};

/// What is shared by all bodies that belong to one export or test, or to the generic check of one function.
struct Root {
  bool is_generic = false;
  uint32_t next_counter = 0;             // of loops: their symbols stand in dims, so no two are alike
  dim::Facts facts;                      // of the dims of the export
  std::vector<dim::Condition> inferred;  // `N >= 1` found on the way
  std::map<std::string, std::shared_ptr<const TypedFunction>> instances;
  std::map<std::string, std::shared_ptr<const ModelInstance>> models;
  std::map<const TypedFunction*, const TypedRule*> rules;  // of instances; null for those that have none
};

/// What the generic check of a function found.
struct GenericResult {
  bool is_active = false;
  std::vector<dim::Condition> inferred;  // over the function's own dims
};

/// A call on the way to the body that is checked, for notes.
struct TrailStep {
  std::string text;
  Span span;
};

/// A field of a model whose static arguments are known.
struct ModelField {
  const syntax::Field* syntax = nullptr;
  std::string name;
  Type type;
  uint32_t first_leaf = 0, leaf_count = 0;
};

/// One run of the checker.
struct Session {
  SourceFiles& files;
  Diagnostics& diagnostics;
  const CheckOptions& options;
  Modules modules;
  std::unique_ptr<Module> prelude;  // loaded when it is needed
  std::map<const syntax::Function*, GenericResult> generic_results;
  std::map<const syntax::Model*, GenericResult> model_results;  // of their fields
  std::map<const syntax::Rule*, GenericResult> rule_results;
  std::vector<std::unique_ptr<const TypedRule>> rules;
  std::vector<const syntax::Function*> active;  // instances being made: a second time is recursion
  std::vector<TrailStep> trail;
  size_t call_depth = 0;  // calls whose callees are being checked, one in the other
  std::set<const syntax::Constant*> active_constants;
  std::map<std::string, std::vector<ModelField>> fields;  // by the key of the application
  std::map<std::string, LeafList> leaves;                 // by the key of the type
  std::map<std::string, std::shared_ptr<const OpenSignature>> open_signatures;  // by function and receiver
  std::map<std::string, Root> export_roots;  // by their dims and what is known of them
  std::set<std::string> active_models;       // whose fields are being found: a second time is recursion
  std::vector<Span> active_fields;           // those fields
  std::set<const syntax::TypeDeclaration*> active_types;  // being resolved: a second time is a cycle
  std::set<std::string> data_symbols;                     // of variables and indices: extents may hold them
  uint32_t next_symbol = 0;                               // of integers that are data
  std::map<std::string, ElementSymbol> elements;          // by the symbol
  std::map<std::string, dim::Dim> bounds;                 // `n <= Max`, by the symbol of n
  Diagnostic dropped;                                     // takes what is said while muted
};

}  // namespace kiln::sema
