#pragma once

#include "sema/bindings.h"
#include "sema/body.h"
#include "sema/evaluate.h"

namespace kiln::sema {

/// Open names (dims, element types, packs, static parameters) stand as "?N" in a signature seen from a
/// caller.
inline std::string open_name(const std::string& name) { return "?" + name; }

enum class SignatureMode : uint8_t {
  open,   // seen from a caller: names are "?N"
  own,    // the generic check of the body: names stand for themselves
  bound,  // an instance: names stand for what the bindings say
};

struct SignatureParameter {
  const syntax::Parameter* syntax = nullptr;
  ParameterKind kind = ParameterKind::value;
  Type type;                        // of values and functions
  bool is_extent = false;           // an integer, or a tensor of integers, in the extents of the signature
  std::optional<dim::Dim> integer;  // of such an integer, where the body is checked
  std::string family;               // of such a tensor
};

struct Signature {
  FunctionReference function;
  std::vector<SignatureParameter> parameters;  // without self
  const syntax::Parameter* self = nullptr;     // `inout self`, where it is stated
  std::vector<Type> results;
  std::vector<std::string> dims;  // quantified
  std::vector<std::string> packs;
  std::vector<std::string> elements;  // generics of element classes
  std::vector<std::string> trees;     // generics `tree` and `model`
  bool failed = false;

  std::string name() const { return function.syntax->name.text; }
  Type result_type() const;
};

/// Evaluates the signature of a function in a body made for it: defines its static names there, of a method
/// also those of its model.
Signature make_signature(Body& body, const FunctionReference& function, SignatureMode mode,
                         const Bindings& bindings);

/// Every quantified dim stands bare in a parameter, or occurs in a result (rule E); E0415.
void check_dims_are_determined(Body& body, const Signature& signature);
/// Whether the arguments of a call say what a quantified dim is.
bool is_determined_by_arguments(const Signature& signature, const std::string& dim);
/// Proves that the extents in a signature are not negative, with the `where`s among the facts.
void prove_extents(Body& body, const syntax::Function& function);

/// Whether the body is only checked at each use (`tree` or `model` generics, of its own or of its model).
bool is_checked_at_use(const FunctionReference& function);

}  // namespace kiln::sema
