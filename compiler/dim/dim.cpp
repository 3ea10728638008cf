#include "dim/dim.h"

#include <algorithm>

#include "dim/checked.h"
#include "dim/structure.h"

namespace kiln::dim {
namespace {

using Structure = Dim::Polynomial;

constexpr size_t most_terms = 1000;
constexpr size_t most_factors = 64;
constexpr size_t largest_size = 4000;
constexpr size_t longest_opaque_name = 200;

const Structure& structure(const Dim& dim) { return dim.polynomial(); }

size_t mix(size_t seed, size_t value) { return (seed ^ (value + 0x9e3779b97f4a7c15u)) * 0x100000001b3u; }

size_t hash_text(const std::string& text) {
  size_t hash = 0xcbf29ce484222325u;
  for (const char letter : text) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3u;
  return hash;
}

int compare(const FactorList& a, const FactorList& b) {
  if (&a == &b) return 0;
  if (a.atoms.size() != b.atoms.size())
    return a.atoms.size() > b.atoms.size() ? -1 : 1;  // higher degrees first
  for (size_t i = 0; i < a.atoms.size(); ++i)
    if (const int order = compare(*a.atoms[i], *b.atoms[i])) return order;
  return 0;
}

/// `terms` sorted and merged.
Dim finish(std::vector<SharedTerm> terms, int64_t constant) {
  auto result = std::make_shared<Structure>();
  result->hash = mix(17, static_cast<size_t>(constant));
  for (const SharedTerm& term : terms) {
    result->hash = mix(mix(result->hash, static_cast<size_t>(term.coefficient)), term.factors->hash);
    for (const AtomPointer& atom : term.factors->atoms) {
      result->size += atom->size;
      result->overflowed |= atom->opaque;
      for (const Dim& operand : atom->operands) result->overflowed |= operand.overflowed();
    }
  }
  result->terms = std::move(terms);
  result->constant = constant;
  return Dim(std::move(result));
}

/// What arithmetic gives that leaves the limits: a symbol named by the expression, so equal to itself alone.
Dim opaque(const Dim& a, const char* operation, const Dim& b) {
  std::string name = "(" + a.to_string() + ")" + operation + "(" + b.to_string() + ")";
  if (name.size() > longest_opaque_name)
    name = name.substr(0, longest_opaque_name) + "... #" + std::to_string(hash_text(name));
  AtomNode node{Dim::AtomKind::symbol, true, std::move(name), {}, 0};
  node.hash = hash_text(node.name);
  return make_dim(std::make_shared<const AtomNode>(std::move(node)));
}

/// The result of an operation, or what stands for one that left the limits.
Dim bounded(const std::optional<Dim>& result, const Dim& a, const char* operation, const Dim& b) {
  return result && structure(*result).size <= largest_size ? *result : opaque(a, operation, b);
}

/// a + factor * b; nothing on overflow
std::optional<Dim> add_scaled(const Dim& a, const Dim& b, int64_t factor) {
  const Structure &left = structure(a), &right = structure(b);
  int64_t constant;
  if (!multiply_checked(right.constant, factor, constant) || !add_checked(left.constant, constant, constant))
    return std::nullopt;
  std::vector<SharedTerm> terms;
  terms.reserve(left.terms.size() + right.terms.size());
  auto l = left.terms.begin(), r = right.terms.begin();
  while (l != left.terms.end() || r != right.terms.end()) {
    const int order = l == left.terms.end()    ? 1
                      : r == right.terms.end() ? -1
                                               : compare(*l->factors, *r->factors);
    if (order < 0) {
      terms.push_back(*l++);
      continue;
    }
    SharedTerm term = *r++;
    if (!multiply_checked(term.coefficient, factor, term.coefficient)) return std::nullopt;
    if (order == 0 && !add_checked(term.coefficient, l++->coefficient, term.coefficient)) return std::nullopt;
    if (term.coefficient != 0) terms.push_back(std::move(term));
  }
  if (terms.size() > most_terms) return std::nullopt;
  return finish(std::move(terms), constant);
}

std::optional<Dim> scale(const Dim& a, int64_t factor) {
  std::vector<SharedTerm> terms = structure(a).terms;
  for (SharedTerm& term : terms)
    if (!multiply_checked(term.coefficient, factor, term.coefficient)) return std::nullopt;
  int64_t constant;
  if (!multiply_checked(structure(a).constant, factor, constant)) return std::nullopt;
  return finish(std::move(terms), constant);
}

std::optional<Dim> multiply(const Dim& a, const Dim& b) {
  const Structure &left = structure(a), &right = structure(b);
  if ((left.terms.size() + 1) * (right.terms.size() + 1) > most_terms) return std::nullopt;
  std::vector<SharedTerm> terms;
  int64_t coefficient;
  for (const SharedTerm& l : left.terms)
    for (const SharedTerm& r : right.terms) {
      if (!multiply_checked(l.coefficient, r.coefficient, coefficient)) return std::nullopt;
      std::vector<AtomPointer> factors = l.factors->atoms;
      factors.insert(factors.end(), r.factors->atoms.begin(), r.factors->atoms.end());
      if (factors.size() > most_factors) return std::nullopt;
      terms.push_back(make_term(coefficient, std::move(factors)));
    }
  for (const SharedTerm& l : left.terms) {
    if (!multiply_checked(l.coefficient, right.constant, coefficient)) return std::nullopt;
    terms.push_back({coefficient, l.factors});
  }
  for (const SharedTerm& r : right.terms) {
    if (!multiply_checked(r.coefficient, left.constant, coefficient)) return std::nullopt;
    terms.push_back({coefficient, r.factors});
  }
  if (!multiply_checked(left.constant, right.constant, coefficient)) return std::nullopt;
  return make_dim(std::move(terms), coefficient);
}

/// `min` (direction -1) or `max` (1): nested ones are flattened, equal operands merged, operands that differ
/// by a constant decided, the rest sorted, constants last.
Dim extreme(Dim::AtomKind kind, int direction, const char* separator, const Dim& a, const Dim& b) {
  std::vector<Dim> operands;
  const auto add = [&](const Dim& operand) {
    for (Dim& other : operands) {
      const std::optional<int64_t> difference = (operand - other).constant();
      if (!difference) continue;
      if ((*difference > 0) == (direction > 0)) other = operand;
      return;
    }
    operands.push_back(operand);
  };
  for (const Dim* dim : {&a, &b}) {
    const Structure& parts = structure(*dim);
    const bool nested = parts.constant == 0 && parts.terms.size() == 1 && parts.terms[0].coefficient == 1 &&
                        parts.terms[0].factors->atoms.size() == 1 &&
                        parts.terms[0].factors->atoms[0]->kind == kind;
    if (nested)
      for (const Dim& operand : parts.terms[0].factors->atoms[0]->operands) add(operand);
    else
      add(*dim);
  }
  if (operands.size() == 1) return operands[0];
  std::sort(operands.begin(), operands.end());
  return bounded(make_dim(make_atom(kind, std::move(operands))), a, separator, b);
}

}  // namespace

int compare(const AtomNode& a, const AtomNode& b) {
  if (&a == &b) return 0;
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.opaque != b.opaque) return a.opaque < b.opaque ? -1 : 1;
  if (const int order = a.name.compare(b.name)) return order < 0 ? -1 : 1;
  if (a.operands.size() != b.operands.size()) return a.operands.size() < b.operands.size() ? -1 : 1;
  for (size_t i = 0; i < a.operands.size(); ++i)
    if (const int order = compare(a.operands[i], b.operands[i])) return order;
  return 0;
}

int compare(const Dim& a, const Dim& b) {
  const Structure &left = structure(a), &right = structure(b);
  if (&left == &right) return 0;
  for (size_t i = 0; i < left.terms.size() && i < right.terms.size(); ++i) {
    if (const int order = compare(*left.terms[i].factors, *right.terms[i].factors)) return order;
    if (left.terms[i].coefficient != right.terms[i].coefficient)
      return left.terms[i].coefficient < right.terms[i].coefficient ? -1 : 1;
  }
  if (left.terms.size() != right.terms.size()) return left.terms.size() > right.terms.size() ? -1 : 1;
  if (left.constant != right.constant) return left.constant < right.constant ? -1 : 1;
  return 0;
}

AtomPointer make_symbol(const std::string& name) {
  return std::make_shared<const AtomNode>(AtomNode{Dim::AtomKind::symbol, false, name, {}, hash_text(name)});
}

AtomPointer make_atom(Dim::AtomKind kind, std::vector<Dim> operands) {
  size_t hash = static_cast<size_t>(kind) + 31;
  size_t size = 1;
  for (const Dim& operand : operands) {
    hash = mix(hash, operand.hash());
    size += structure(operand).size;
  }
  return std::make_shared<const AtomNode>(AtomNode{kind, false, {}, std::move(operands), hash, size});
}

SharedTerm make_term(int64_t coefficient, std::vector<AtomPointer> factors) {
  std::sort(factors.begin(), factors.end(),
            [](const AtomPointer& a, const AtomPointer& b) { return compare(*a, *b) < 0; });
  size_t hash = factors.size();
  for (const AtomPointer& atom : factors) hash = mix(hash, atom->hash);
  return {coefficient, std::make_shared<const FactorList>(FactorList{std::move(factors), hash})};
}

Dim make_dim(const AtomPointer& atom) {
  std::vector<SharedTerm> terms;
  terms.push_back(make_term(1, {atom}));
  return finish(std::move(terms), 0);
}

std::optional<Dim> make_dim(std::vector<SharedTerm> terms, int64_t constant) {
  std::sort(terms.begin(), terms.end(),
            [](const SharedTerm& a, const SharedTerm& b) { return compare(*a.factors, *b.factors) < 0; });
  std::vector<SharedTerm> merged;
  for (SharedTerm& term : terms) {
    if (!merged.empty() && compare(*merged.back().factors, *term.factors) == 0) {
      if (!add_checked(merged.back().coefficient, term.coefficient, merged.back().coefficient))
        return std::nullopt;
    } else {
      merged.push_back(std::move(term));
    }
  }
  std::erase_if(merged, [](const SharedTerm& term) { return term.coefficient == 0; });
  return finish(std::move(merged), constant);
}

namespace {

std::shared_ptr<const Dim::Polynomial> make_constant(int64_t value) {
  auto result = std::make_shared<Structure>();
  result->constant = value;
  result->hash = mix(17, static_cast<size_t>(value));
  return result;
}

}  // namespace

Dim::Dim(int64_t constant) {
  if (constant == 0) return;
  if (constant == INT64_MIN) {  // the one number whose negative leaves 64 bits
    *this = opaque(Dim(constant + 1), " - ", Dim(1));
    return;
  }
  // Most are small: these are made once.
  static const std::vector<std::shared_ptr<const Polynomial>> small = [] {
    std::vector<std::shared_ptr<const Polynomial>> made;
    for (int64_t value = 0; value < 16; ++value) made.push_back(make_constant(value));
    return made;
  }();
  const bool is_small = constant > 0 && constant < static_cast<int64_t>(small.size());
  polynomial_ = is_small ? small[static_cast<size_t>(constant)] : make_constant(constant);
}

const Dim::Polynomial& Dim::polynomial() const {
  static const std::shared_ptr<const Polynomial> zero = make_constant(0);
  return polynomial_ ? *polynomial_ : *zero;
}

Dim::Dim(std::shared_ptr<const Polynomial> polynomial) : polynomial_(std::move(polynomial)) {}

Dim Dim::symbol(const std::string& name) { return make_dim(make_symbol(name)); }

std::optional<int64_t> Dim::constant() const {
  if (!polynomial().terms.empty()) return std::nullopt;
  return polynomial().constant;
}

std::optional<std::string> Dim::bare_symbol() const {
  const auto& terms = polynomial().terms;
  if (polynomial().constant != 0 || terms.size() != 1 || terms[0].coefficient != 1) return std::nullopt;
  const std::vector<AtomPointer>& atoms = terms[0].factors->atoms;
  if (atoms.size() != 1 || atoms[0]->kind != AtomKind::symbol || atoms[0]->opaque) return std::nullopt;
  return atoms[0]->name;
}

bool Dim::overflowed() const { return polynomial().overflowed; }

size_t Dim::hash() const { return polynomial().hash; }

Dim operator+(const Dim& a, const Dim& b) {
  if (a.is_constant(0)) return b;
  if (b.is_constant(0)) return a;
  const std::optional<Dim> sum = add_scaled(a, b, 1);
  return bounded(sum, a, " + ", b);
}

Dim operator-(const Dim& a, const Dim& b) {
  if (b.is_constant(0)) return a;
  const std::optional<Dim> difference = add_scaled(a, b, -1);
  return bounded(difference, a, " - ", b);
}

Dim operator*(const Dim& a, const Dim& b) {
  if (a.is_constant(1) || b.is_constant(0)) return b;
  if (b.is_constant(1) || a.is_constant(0)) return a;
  const std::optional<int64_t> left = a.constant(), right = b.constant();
  const std::optional<Dim> product = left ? scale(b, *left) : right ? scale(a, *right) : multiply(a, b);
  return bounded(product, a, " * ", b);
}

Dim operator/(const Dim& a, const Dim& b) {
  if (b.is_constant(1)) return a;
  const std::optional<int64_t> left = a.constant(), right = b.constant();
  if (left && right && *right >= 1) return floor_divide(*left, *right);
  const std::optional<Dim> quotient = normalised_quotient(a, b);
  return bounded(quotient ? *quotient : make_dim(make_atom(Dim::AtomKind::quotient, {a, b})), a, " / ", b);
}

Dim operator%(const Dim& a, const Dim& b) { return a - b * (a / b); }

Dim min(const Dim& a, const Dim& b) { return extreme(Dim::AtomKind::minimum, -1, " min ", a, b); }
Dim max(const Dim& a, const Dim& b) { return extreme(Dim::AtomKind::maximum, 1, " max ", a, b); }

bool operator==(const Dim& a, const Dim& b) {
  return a.polynomial_ == b.polynomial_ || (a.hash() == b.hash() && compare(a, b) == 0);
}
bool operator<(const Dim& a, const Dim& b) { return compare(a, b) < 0; }

}  // namespace kiln::dim
