#include "fuse/loop_bodies.h"

#include <algorithm>

namespace kiln::fuse {

using namespace graph;
using dim::Dim;

namespace {

Bindings bindings_of(const Loop& loop, const std::vector<bool>& in_place) {
  Bindings bindings;
  for (size_t i = 0; i < loop.body->inputs.size(); ++i) bindings.inputs.push_back(bindings.argument_count++);
  for (uint32_t i = 0; i < loop.body->outputs.size(); ++i)
    bindings.outputs.push_back(i < loop.carried_count && in_place[i] ? i : bindings.argument_count++);
  return bindings;
}

/// First with all carried values in place; those for which that would take a copy alternate instead.
LoopBody plan_body(const Loop& loop) {
  LoopBody body;
  body.in_place.assign(loop.carried_count, true);
  auto planned = std::make_shared<Plan>(plan(*loop.body, bindings_of(loop, body.in_place), true));
  bool all = true;
  for (uint32_t i = 0; i < loop.carried_count; ++i) {
    body.in_place[i] = planned->direct[i];
    all = all && planned->direct[i];
  }
  if (!all) planned = std::make_shared<Plan>(plan(*loop.body, bindings_of(loop, body.in_place), true));
  body.plan = std::move(planned);
  return body;
}

/// The greatest or the least value of an expression whose parts are not negative.
Dim extreme(const Dim& size, const std::string& counter, const Dim& last, bool greatest);

Dim extreme(const Dim::Atom& atom, const std::string& counter, const Dim& last, bool greatest) {
  switch (atom.kind) {
    case Dim::AtomKind::symbol:
      if (atom.symbol != counter) return Dim::symbol(atom.symbol);
      return greatest ? last : Dim(0);
    case Dim::AtomKind::quotient:
      return extreme(atom.operands[0], counter, last, greatest) /
             max(Dim(1), extreme(atom.operands[1], counter, last, !greatest));
    case Dim::AtomKind::minimum:
    case Dim::AtomKind::maximum: break;
  }
  Dim result = extreme(atom.operands[0], counter, last, greatest);
  for (size_t i = 1; i < atom.operands.size(); ++i) {
    const Dim next = extreme(atom.operands[i], counter, last, greatest);
    result = atom.kind == Dim::AtomKind::minimum ? min(result, next) : max(result, next);
  }
  return result;
}

Dim extreme(const Dim& size, const std::string& counter, const Dim& last, bool greatest) {
  if (!size.symbols().contains(counter)) return size;
  Dim sum = 0;
  for (const Dim::Term& term : size.terms()) {
    Dim product = term.coefficient;
    for (const Dim::Atom& factor : term.factors)
      product = product * extreme(factor, counter, last, greatest == (term.coefficient > 0));
    sum = sum + product;
  }
  return sum;
}

}  // namespace

std::map<uint32_t, LoopBody> plan_bodies(const Function& function) {
  std::map<uint32_t, LoopBody> bodies;
  for (uint32_t number = 0; number < function.nodes.size(); ++number)
    if (const auto* loop = std::get_if<Loop>(&function.nodes[number].op))
      bodies.emplace(number, plan_body(*loop));
  return bodies;
}

Dim bound_over_rounds(const Dim& size, const std::string& counter, const Dim& limit) {
  if (!size.symbols().contains(counter)) return size;
  return max(Dim(0), extreme(size, counter, max(Dim(0), limit - Dim(1)), true));
}

}  // namespace kiln::fuse
