#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dim/dim.h"

namespace kiln::dim {

/// How a `Dim` is stored; private to the room. All parts are immutable and shared.
struct AtomNode {
  Dim::AtomKind kind;
  bool opaque = false;  // a symbol that stands for arithmetic that left 64 bits
  std::string name;
  std::vector<Dim> operands;
  size_t hash = 0;
  size_t size = 1;  // nodes of the whole tree: parts are shared, but who walks it meets them again and again
};
using AtomPointer = std::shared_ptr<const AtomNode>;

struct FactorList {
  std::vector<AtomPointer> atoms;  // sorted by `compare`
  size_t hash = 0;
};
using FactorPointer = std::shared_ptr<const FactorList>;

struct SharedTerm {
  int64_t coefficient;
  FactorPointer factors;  // not empty
};

struct Dim::Polynomial {
  std::vector<SharedTerm>
      terms;  // sorted by `compare` of the factors, each list of factors once, no coefficient 0
  int64_t constant = 0;
  bool overflowed = false;
  size_t hash = 0;
  size_t size = 0;
};

AtomPointer make_symbol(const std::string& name);
AtomPointer make_atom(Dim::AtomKind kind, std::vector<Dim> operands);
/// The atom as a polynomial of its own.
Dim make_dim(const AtomPointer& atom);
/// `terms` need not be sorted or merged. Nothing on overflow.
std::optional<Dim> make_dim(std::vector<SharedTerm> terms, int64_t constant);
SharedTerm make_term(int64_t coefficient, std::vector<AtomPointer> factors);

/// A fixed order, the same in every run: -1, 0 or 1.
int compare(const AtomNode& a, const AtomNode& b);
int compare(const Dim& a, const Dim& b);

/// The quotient in normal form (algebra.cpp); nothing if the normal form leaves the limits of the algebra.
std::optional<Dim> normalised_quotient(const Dim& numerator, const Dim& divisor);

/// `value` written as `numerator % divisor - remainder`, if it or its negative has that form.
struct RemainderForm {
  Dim numerator, divisor;
  int64_t remainder;
};
std::optional<RemainderForm> as_remainder(const Dim& value);

}  // namespace kiln::dim
