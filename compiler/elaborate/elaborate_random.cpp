#include <cmath>
#include <numbers>

#include "base/internal_check.h"
#include "elaborate/elaborator.h"

namespace kiln::elaborate {

using graph::ExprId;
using sema::IntrinsicKind;

namespace {

/// FNV-1a: a fixed hash of a leaf's path, part of what a seed means.
uint64_t hash_of(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char character : text) hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3u;
  return hash;
}

/// Draws use positions from 0 up; forks use positions with this bit, so that no draw repeats a fork's key.
constexpr uint64_t fork_bit = uint64_t{1} << 63;

}  // namespace

/// A stream of its own: key and counter (0) made from the key of `rng` and a number.
Leaves Elaborator::fork(const LeafValue& rng, ExprId number) {
  graph::Expressions& pool = expressions();
  const ExprId key = at(rng, {pool.integer(0)});
  const auto constant = [&](uint64_t value) {
    return pool.literal(ElementType::u64, Scalar::of_integer(static_cast<int64_t>(value)));
  };
  const ExprId twice =
      pool.call(ScalarFunction::multiply, {pool.convert(number, ElementType::u64), constant(2)});
  const auto word = [&](uint64_t which) {
    const ExprId position =
        pool.call(ScalarFunction::bit_or,
                  {pool.call(ScalarFunction::add, {twice, constant(which)}), constant(fork_bit)});
    return pool.convert(pool.call(ScalarFunction::random_bits, {key, position}), ElementType::u64);
  };
  const ExprId fresh = pool.call(ScalarFunction::bit_or,
                                 {pool.call(ScalarFunction::shift_left, {word(0), constant(32)}), word(1)});
  LeafValue result = shaped_leaf({ElementType::u64, {dim::Dim(2)}});
  const ExprId first = pool.call(ScalarFunction::equal, {pool.index(result.variables[0]), pool.integer(0)});
  result.body = pool.call(ScalarFunction::select, {first, fresh, constant(0)});
  return {result};
}

/// Element number p (row-major) of a draw uses the words at counter + p * words, counter + p * words + 1, …;
/// then the counter goes on by words for each element.
Leaves Elaborator::draw(const sema::Intrinsic& expr) {
  graph::Expressions& pool = expressions();
  const LeafValue rng = get(expr.changed)[0];
  const ExprId key = at(rng, {pool.integer(0)});
  const ExprId counter = at(rng, {pool.integer(1)});
  const sema::TensorType& type = expr.type.leaves[0].type;
  const bool is_double = type.element == ElementType::f64;
  const bool is_normal = expr.intrinsic == IntrinsicKind::rng_normal;
  const int words = (is_normal ? 2 : 1) * (is_double ? 2 : 1);

  LeafValue result = shaped_leaf(type);
  ExprId flat = pool.integer(0);
  const Storage storage = storage_of(result.variables, false);  // a ragged draw: the places of its elements
  const std::vector<dim::Dim> stored = shape_of(storage);
  const std::vector<ExprId> places = places_in(storage, {});
  for (size_t axis = 0; axis < stored.size(); ++axis) {
    const ExprId scaled = pool.call(ScalarFunction::multiply, {flat, pool.dim(stored[axis])});
    flat = pool.call(ScalarFunction::add, {scaled, places[axis]});
  }
  const auto integer = [&](int64_t value) { return pool.integer(value, ElementType::u64); };
  const ExprId first_word = pool.call(
      ScalarFunction::add,
      {counter, pool.call(ScalarFunction::multiply, {pool.convert(flat, ElementType::u64), integer(words)})});
  const auto word = [&](int which) {  // u64 below 2^32
    const ExprId position = pool.call(ScalarFunction::add, {first_word, integer(which)});
    return pool.convert(pool.call(ScalarFunction::random_bits, {key, position}), ElementType::u64);
  };
  // Uniform in steps of 2^-24 (f32 and less) or 2^-53 (f64); `offset` in steps: 0 gives [0, 1), 1 gives (0,
  // 1].
  const ElementType computed = is_double ? ElementType::f64 : ElementType::f32;
  const auto real = [&](double value) { return pool.real(value, computed); };
  const auto uniform = [&](int which, double offset) {
    ExprId bits;
    if (is_double) {
      const ExprId high = pool.call(ScalarFunction::shift_left, {word(2 * which), integer(32)});
      bits = pool.call(ScalarFunction::shift_right,
                       {pool.call(ScalarFunction::bit_or, {high, word(2 * which + 1)}), integer(11)});
    } else {
      bits = pool.call(ScalarFunction::shift_right, {word(which), integer(8)});
    }
    ExprId steps = pool.convert(bits, computed);
    if (offset != 0) steps = pool.call(ScalarFunction::add, {steps, real(offset)});
    return pool.call(ScalarFunction::multiply, {steps, real(std::ldexp(1.0, is_double ? -53 : -24))});
  };

  switch (expr.intrinsic) {
    case IntrinsicKind::rng_uniform: result.body = uniform(0, 0); break;
    case IntrinsicKind::rng_normal: {  // Box and Muller 1958
      const ExprId logarithm = pool.call(ScalarFunction::log, {uniform(0, 1)});
      const ExprId radius =
          pool.call(ScalarFunction::sqrt, {pool.call(ScalarFunction::multiply, {real(-2), logarithm})});
      const ExprId angle = pool.call(ScalarFunction::multiply, {real(2 * std::numbers::pi), uniform(1, 0)});
      result.body = pool.call(ScalarFunction::multiply, {radius, pool.call(ScalarFunction::cos, {angle})});
      break;
    }
    case IntrinsicKind::rng_gumbel: {
      const auto negative_log = [&](ExprId x) {
        return pool.call(ScalarFunction::negate, {pool.call(ScalarFunction::log, {x})});
      };
      result.body = negative_log(negative_log(uniform(0, 0.5)));
      break;
    }
    case IntrinsicKind::rng_bernoulli: {
      const ExprId probability = pool.convert(scalar(*expr.operands[0]), ElementType::f32);
      result.body = pool.call(ScalarFunction::less, {uniform(0, 0), probability});
      break;
    }
    case IntrinsicKind::rng_integers: {  // low + floor(word * (high - low) / 2^32)
      const ExprId low = pool.convert(scalar(*expr.operands[0]), ElementType::i64);
      const ExprId high = pool.convert(scalar(*expr.operands[1]), ElementType::i64);
      const ExprId count = pool.convert(pool.call(ScalarFunction::subtract, {high, low}), ElementType::u64);
      const ExprId scaled = pool.call(ScalarFunction::shift_right,
                                      {pool.call(ScalarFunction::multiply, {word(0), count}), integer(32)});
      const ExprId drawn = pool.call(ScalarFunction::add, {low, pool.convert(scaled, ElementType::i64)});
      result.body = pool.convert(drawn, type.element);
      break;
    }
    default: internal_error("elaborate: a draw that does not exist");
  }

  dim::Dim drawn_words = words;
  for (const dim::Dim& extent : stored) drawn_words = drawn_words * extent;
  LeafValue advanced = shaped_leaf({ElementType::u64, {dim::Dim(2)}});
  const ExprId is_key =
      pool.call(ScalarFunction::equal, {pool.index(advanced.variables[0]), pool.integer(0)});
  const ExprId next =
      pool.call(ScalarFunction::add, {counter, pool.convert(pool.dim(drawn_words), ElementType::u64)});
  advanced.body = pool.call(ScalarFunction::select, {is_key, key, next});
  result = bind(result, "draw", expr.span);
  set(expr.changed, {bind(advanced, slot_name(expr.changed.slot), expr.span)});
  return {result};
}

/// Each leaf from its own stream: that of `rng`, forked by the leaf's path, so that a new layer changes no
/// other.
Leaves Elaborator::initialise(const sema::ModelInstance& model, const LeafValue& seed, Span span) {
  const LeafValue rng = bind(seed, "rng", span);
  Leaves result;
  for (size_t i = 0; i < model.type.leaves.size(); ++i) {
    const sema::Leaf& leaf = model.type.leaves[i];
    // 62 bits: doubled and marked it still fits.
    const ExprId number = expressions().integer(static_cast<int64_t>(hash_of(leaf.path) >> 2));
    LeafValue stream = bind(fork(rng, number)[0], leaf.path + ".rng", span);
    const Leaves initial = run(*model.initial[i], {{stream}});
    internal_check(initial.size() == 1, "elaborate: an initial value of several leaves");
    result.push_back(bind(initial[0], leaf.path, span));
  }
  return result;
}

}  // namespace kiln::elaborate
