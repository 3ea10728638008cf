#include "transform/derivative_table.h"

#include <numbers>

#include "transform/placeholders.h"

namespace kiln::transform {

using graph::ExprId;
using F = ScalarFunction;
using A = const std::vector<ExprId>&;
using Y = ExprId;

namespace {

ExprId real(Folder& f, Y y, double value) { return f.number(value, f.type_of(y)); }
ExprId square(Folder& f, ExprId x) { return f.multiply(x, x); }
ExprId call(Folder& f, F function, ExprId x) { return f.call(function, {x}); }
/// `d / c`, with the coefficient as one object that other tangents share.
ExprId over(Folder& f, ExprId d, ExprId divisor) { return f.divide(d, divisor); }

constexpr bool linear = true;

/// Ties, and NaN, go to the first of two: its opposite condition gives the second.
ExprId first_unless(Folder& f, ExprId second_wins, ExprId d) {
  return f.select(second_wins, f.zero(f.type_of(d)), d);
}
ExprId second_if(Folder& f, ExprId second_wins, ExprId d) {
  return f.select(second_wins, d, f.zero(f.type_of(d)));
}

/// `(ab)^(b-1) b`, 0 where b is 0, also at a = 0.
ExprId pow_base(Folder& f, A a, Y, ExprId d) {
  const ExprId zero = f.zero(f.type_of(d)), one = f.number(1, f.type_of(d));
  const ExprId slope = f.multiply(a[1], f.call(F::pow, {a[0], f.subtract(a[1], one)}));
  return f.select(f.equal(a[1], zero), zero, f.multiply(slope, d));
}

/// `y log(a)`, 0 at a = 0 where the power itself is defined there.
ExprId pow_exponent(Folder& f, A a, Y y, ExprId d) {
  const ExprId zero = f.zero(f.type_of(d));
  const ExprId at_zero = f.both(f.equal(a[0], zero), f.less_equal(zero, a[1]));
  return f.select(at_zero, zero, f.multiply(f.multiply(y, call(f, F::log, a[0])), d));
}

const std::array<DerivativeRow, scalar_function_count> table = {{
    {F::add, {[](Folder&, A, Y, ExprId d) { return d; }, [](Folder&, A, Y, ExprId d) { return d; }}, linear},
    {F::subtract,
     {[](Folder&, A, Y, ExprId d) { return d; }, [](Folder& f, A, Y, ExprId d) { return f.negate(d); }},
     linear},
    {F::multiply,
     {[](Folder& f, A a, Y, ExprId d) { return f.multiply(d, a[1]); },
      [](Folder& f, A a, Y, ExprId d) { return f.multiply(a[0], d); }},
     linear},
    // Linear in the numerator alone: a tangent never stands below the line.
    {F::divide,
     {[](Folder& f, A a, Y, ExprId d) { return f.divide(d, a[1]); },
      [](Folder& f, A a, Y y, ExprId d) { return f.negate(f.multiply(f.divide(y, a[1]), d)); }},
     linear},
    {F::quotient},
    {F::remainder},
    {F::negate, {[](Folder& f, A, Y, ExprId d) { return f.negate(d); }}, linear},
    // The second wins where the result lies beyond the first.
    {F::minimum,
     {[](Folder& f, A a, Y y, ExprId d) { return first_unless(f, f.less(y, a[0]), d); },
      [](Folder& f, A a, Y y, ExprId d) { return second_if(f, f.less(y, a[0]), d); }}},
    {F::maximum,
     {[](Folder& f, A a, Y y, ExprId d) { return first_unless(f, f.less(a[0], y), d); },
      [](Folder& f, A a, Y y, ExprId d) { return second_if(f, f.less(a[0], y), d); }}},
    {F::absolute, {[](Folder& f, A a, Y, ExprId d) { return f.multiply(call(f, F::sign, a[0]), d); }}},
    {F::sign},
    {F::equal},
    {F::not_equal},
    {F::less},
    {F::less_equal},
    {F::logical_and},
    {F::logical_or},
    {F::logical_not},
    {F::select,
     {nullptr, [](Folder& f, A a, Y, ExprId d) { return f.select(a[0], d, f.zero(f.type_of(d))); },
      [](Folder& f, A a, Y, ExprId d) { return f.select(a[0], f.zero(f.type_of(d)), d); }},
     linear},
    {F::convert,
     {[](Folder& f, A, Y y, ExprId d) { return f.convert(d, element_of_tangents(f.type_of(y))); }},
     linear},

    {F::reciprocal, {[](Folder& f, A, Y y, ExprId d) { return f.negate(f.multiply(square(f, y), d)); }}},
    {F::exp, {[](Folder& f, A, Y y, ExprId d) { return f.multiply(y, d); }}},
    {F::exp2, {[](Folder& f, A, Y y, ExprId d) {
       return f.multiply(f.multiply(real(f, y, std::numbers::ln2), y), d);
     }}},
    {F::expm1, {[](Folder& f, A, Y y, ExprId d) { return f.multiply(f.add(y, real(f, y, 1)), d); }}},
    {F::log, {[](Folder& f, A a, Y, ExprId d) { return over(f, d, a[0]); }}},
    {F::log2, {[](Folder& f, A a, Y y, ExprId d) {
       return f.multiply(f.divide(real(f, y, std::numbers::log2e), a[0]), d);
     }}},
    {F::log10, {[](Folder& f, A a, Y y, ExprId d) {
       return f.multiply(f.divide(real(f, y, std::numbers::log10e), a[0]), d);
     }}},
    {F::log1p, {[](Folder& f, A a, Y y, ExprId d) { return over(f, d, f.add(a[0], real(f, y, 1))); }}},
    {F::sqrt, {[](Folder& f, A, Y y, ExprId d) { return f.multiply(f.divide(real(f, y, 0.5), y), d); }}},
    {F::rsqrt, {[](Folder& f, A, Y y, ExprId d) {
       return f.multiply(f.multiply(real(f, y, -0.5), f.multiply(y, square(f, y))), d);
     }}},
    {F::sin, {[](Folder& f, A a, Y, ExprId d) { return f.multiply(call(f, F::cos, a[0]), d); }}},
    {F::cos, {[](Folder& f, A a, Y, ExprId d) { return f.negate(f.multiply(call(f, F::sin, a[0]), d)); }}},
    {F::tan, {[](Folder& f, A, Y y, ExprId d) { return f.multiply(f.add(real(f, y, 1), square(f, y)), d); }}},
    {F::asin, {[](Folder& f, A a, Y y, ExprId d) {
       return f.multiply(call(f, F::rsqrt, f.subtract(real(f, y, 1), square(f, a[0]))), d);
     }}},
    {F::acos, {[](Folder& f, A a, Y y, ExprId d) {
       return f.negate(f.multiply(call(f, F::rsqrt, f.subtract(real(f, y, 1), square(f, a[0]))), d));
     }}},
    {F::atan,
     {[](Folder& f, A a, Y y, ExprId d) { return over(f, d, f.add(real(f, y, 1), square(f, a[0]))); }}},
    {F::atan2,
     {[](Folder& f, A a, Y, ExprId d) {
        return f.multiply(f.divide(a[1], f.add(square(f, a[0]), square(f, a[1]))), d);
      },
      [](Folder& f, A a, Y, ExprId d) {
        return f.negate(f.multiply(f.divide(a[0], f.add(square(f, a[0]), square(f, a[1]))), d));
      }}},
    {F::sinh, {[](Folder& f, A a, Y, ExprId d) { return f.multiply(call(f, F::cosh, a[0]), d); }}},
    {F::cosh, {[](Folder& f, A a, Y, ExprId d) { return f.multiply(call(f, F::sinh, a[0]), d); }}},
    {F::tanh,
     {[](Folder& f, A, Y y, ExprId d) { return f.multiply(f.subtract(real(f, y, 1), square(f, y)), d); }}},
    {F::sigmoid, {[](Folder& f, A, Y y, ExprId d) {
       return f.multiply(f.multiply(y, f.subtract(real(f, y, 1), y)), d);
     }}},
    {F::erf, {[](Folder& f, A a, Y y, ExprId d) {
       const ExprId scale = real(f, y, 2 * std::numbers::inv_sqrtpi);
       return f.multiply(f.multiply(scale, call(f, F::exp, f.negate(square(f, a[0])))), d);
     }}},
    {F::pow, {pow_base, pow_exponent}},
    {F::floor},
    {F::ceil},
    {F::round},
    {F::trunc},
    {F::is_nan},
    {F::is_inf},

    {F::shift_left},
    {F::shift_right},
    {F::bit_and},
    {F::bit_or},
    {F::bit_xor},
    {F::bit_not},
    {F::random_bits},
}};

}  // namespace

const DerivativeRow& derivative_of(ScalarFunction function) { return table[static_cast<size_t>(function)]; }

}  // namespace kiln::transform
