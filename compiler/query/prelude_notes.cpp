#include "query/prelude_notes.h"

namespace kiln::query {

namespace {

// `x: float` stands for each type of floats, `x: number` for each type of numbers; a function of single
// numbers applies to tensors element by element.
constexpr PreludeNote prelude_table[] = {
    {"pi", "pi = 3.14159…",
     "The ratio of a circle's circumference to its diameter, a constant without a type."},
    {"inf", "inf", "Infinity, a constant without a type."},
    {"true", "true: bool", ""},
    {"false", "false: bool", ""},

    {"bool", "bool", "True or false."},
    {"i8", "i8", "Integers of 8 bits; arithmetic wraps."},
    {"i16", "i16", "Integers of 16 bits; arithmetic wraps."},
    {"i32", "i32",
     "Integers of 32 bits; arithmetic wraps. The type of indices and dims as values, and of integers that "
     "nothing else gives a type."},
    {"i64", "i64", "Integers of 64 bits; arithmetic wraps."},
    {"u8", "u8", "Unsigned integers of 8 bits; arithmetic wraps."},
    {"u16", "u16", "Unsigned integers of 16 bits; arithmetic wraps."},
    {"u32", "u32", "Unsigned integers of 32 bits; arithmetic wraps."},
    {"u64", "u64", "Unsigned integers of 64 bits; arithmetic wraps."},
    {"f16", "f16", "Floats of 16 bits. Expressions compute in f32 and round where a value is bound."},
    {"bf16", "bf16",
     "Floats of 16 bits with the exponents of f32. Expressions compute in f32 and round where a value is "
     "bound."},
    {"f32", "f32", "Floats of 32 bits."},
    {"f64", "f64", "Floats of 64 bits."},
    {"f8e4m3", "f8e4m3", "Floats of 8 bits, for storage: cast before arithmetic."},
    {"f8e5m2", "f8e5m2", "Floats of 8 bits, for storage: cast before arithmetic."},
    {"i4", "i4", "Integers of 4 bits, for storage: cast before arithmetic."},
    {"u4", "u4", "Unsigned integers of 4 bits, for storage: cast before arithmetic."},
    {"Rng", "Rng(seed: u64) -> Rng",
     "A stream of random numbers: the same on every machine, whatever the threads. Drawing changes it."},

    {"size", "size(x: T[...S]) -> integer", "How many elements a tensor has."},
    {"rank", "rank(x: T[...S]) -> integer", "How many axes a tensor has."},
    {"like", "like(x: T[...S], value) -> T[...S]", "A tensor of the shape and element type of `x`."},
    {"stop_gradient", "stop_gradient(x: T) -> T", "`x`, taken for a constant by every derivative."},
    {"sort", "sort(x: T[...S, N]) -> T[...S, N], i32[...S, N]",
     "The last axis in ascending order, and where each value came from."},
    {"top_k", "top_k(x: T[...S, N], K) -> T[...S, K], i32[...S, K]",
     "The K largest of the last axis, largest first, and where each came from."},
    {"path_matches", "path_matches(p, pattern: string) -> bool",
     "Whether the path of a leaf in a walk matches: words with `*`, separated by blanks."},
    {"lerp", "lerp(a: T, b: T, t: float) -> T", "a + t * (b - a), on each float leaf."},
    {"print", "print(x)", "Prints a value when it runs."},
    {"dump", "dump(name: string, x)", "Writes a tensor when it runs, for debugging."},
    {"search_sorted", "search_sorted(sorted: T[N], x: T) -> i32", "Where `x` belongs in sorted numbers."},
    {"cumsum", "cumsum(x: T[...S, N]) -> T[...S, N]", "Running sums over the last axis."},
    {"scan", "scan(f, x: T[...S, N]) -> T[...S, N]",
     "Running combinations over the last axis by an associative function."},

    {"sum", "sum(x: T[...S]) -> T",
     "The sum of all elements. As a reducer, `sum[i] e` adds `e` over the index; of nothing it is 0."},
    {"prod", "prod(x: T[...S]) -> T",
     "The product of all elements. As a reducer, `prod[i] e`; of nothing it is 1."},
    {"mean", "mean(x: float[...S]) -> float",
     "The mean of all elements. As a reducer, `mean[i] e`; of nothing it is NaN."},
    {"any", "any(x: bool[...S]) -> bool",
     "Whether one element is true. As a reducer, `any[i] c` reaches over a comparison."},
    {"all", "all(x: bool[...S]) -> bool",
     "Whether all elements are true. As a reducer, `all[i] c` reaches over a comparison."},
    {"argmax", "argmax(x: T[N]) -> i32",
     "The place of the greatest, the first of equals. As a reducer, `argmax[i] e`; of nothing it is -1."},
    {"argmin", "argmin(x: T[N]) -> i32",
     "The place of the least, the first of equals. As a reducer, `argmin[i] e`; of nothing it is -1."},
    {"min", "min(a: number, b: number) -> number",
     "The lesser, or with one argument the least element. As a reducer, `min[i] e`. NaN is passed on."},
    {"max", "max(a: number, b: number) -> number",
     "The greater, or with one argument the greatest element. As a reducer, `max[i] e`. NaN is passed on."},

    {"abs", "abs(x: number) -> number", "The magnitude; its derivative at 0 is 0."},
    {"sign", "sign(x: number) -> number", "-1, 0 or 1."},
    {"reciprocal", "reciprocal(x: float) -> float", "1 / x."},
    {"exp", "exp(x: float) -> float", "e to the power of x."},
    {"exp2", "exp2(x: float) -> float", "2 to the power of x."},
    {"expm1", "expm1(x: float) -> float", "exp(x) - 1, exact for small x."},
    {"log", "log(x: float) -> float", "The natural logarithm."},
    {"log2", "log2(x: float) -> float", "The logarithm to base 2."},
    {"log10", "log10(x: float) -> float", "The logarithm to base 10."},
    {"log1p", "log1p(x: float) -> float", "log(1 + x), exact for small x."},
    {"sqrt", "sqrt(x: float) -> float", "The square root."},
    {"rsqrt", "rsqrt(x: float) -> float", "1 / sqrt(x)."},
    {"sin", "sin(x: float) -> float", "Of an angle in radians."},
    {"cos", "cos(x: float) -> float", "Of an angle in radians."},
    {"tan", "tan(x: float) -> float", "Of an angle in radians."},
    {"asin", "asin(x: float) -> float", "In radians, between -pi/2 and pi/2."},
    {"acos", "acos(x: float) -> float", "In radians, between 0 and pi."},
    {"atan", "atan(x: float) -> float", "In radians, between -pi/2 and pi/2."},
    {"atan2", "atan2(y: float, x: float) -> float",
     "The angle of the point (x, y), in radians, between -pi and pi."},
    {"sinh", "sinh(x: float) -> float", "The hyperbolic sine."},
    {"cosh", "cosh(x: float) -> float", "The hyperbolic cosine."},
    {"tanh", "tanh(x: float) -> float", "The hyperbolic tangent."},
    {"sigmoid", "sigmoid(x: float) -> float", "1 / (1 + exp(-x)), without overflow."},
    {"erf", "erf(x: float) -> float", "The error function."},
    {"pow", "pow(x: float, y: float) -> float", "x to the power of y."},
    {"floor", "floor(x: float) -> float", "The next integer below; its derivative is 0."},
    {"ceil", "ceil(x: float) -> float", "The next integer above; its derivative is 0."},
    {"round", "round(x: float) -> float", "The nearest integer, of two the even one; its derivative is 0."},
    {"trunc", "trunc(x: float) -> float", "The next integer towards 0; its derivative is 0."},
    {"is_nan", "is_nan(x: float) -> bool", ""},
    {"is_inf", "is_inf(x: float) -> bool", "Whether it is inf or -inf."},
    {"shl", "shl(x: int, count: int) -> int", "Shifts the bits to the left."},
    {"shr", "shr(x: int, count: int) -> int",
     "Shifts the bits to the right; of signed integers the sign stays."},
    {"bit_and", "bit_and(a: int, b: int) -> int", ""},
    {"bit_or", "bit_or(a: int, b: int) -> int", ""},
    {"bit_xor", "bit_xor(a: int, b: int) -> int", ""},
    {"bit_not", "bit_not(x: int) -> int", ""},
};

constexpr PreludeNote rng_table[] = {
    {"uniform", "uniform() -> float[…]",
     "Numbers in [0, 1), of the shape that is expected. Changes the stream."},
    {"normal", "normal() -> float[…]",
     "Of mean 0 and variance 1, of the shape that is expected. Changes the stream."},
    {"gumbel", "gumbel() -> float[…]",
     "Of the standard Gumbel distribution, of the shape that is expected. Changes the stream."},
    {"bernoulli", "bernoulli(p: f32) -> bool[…]",
     "True with probability p, of the shape that is expected. Changes the stream."},
    {"integers", "integers(lo, hi) -> int[…]",
     "Integers in [lo, hi), of the shape that is expected. Changes the stream."},
    {"fork", "fork(i) -> Rng", "A new stream; does not change this one."},
};

constexpr PreludeNote model_table[] = {
    {"init", "init(rng: Rng)", "A value of the model, its params and states as their initialisers say."},
    {"grad", "grad", "The type of the derivative with respect to a model: its params."},
};

constexpr PreludeNote annotation_table[] = {
    {"realtime", "@realtime", "The compiled call does not allocate, lock or enter the system."},
    {"precision", "@precision(bf16)", "Contractions are computed in this type."},
    {"inplace", "@inplace", "A failed call may leave an `inout` argument half written."},
};

}  // namespace

std::span<const PreludeNote> prelude_notes() { return prelude_table; }
std::span<const PreludeNote> rng_notes() { return rng_table; }
std::span<const PreludeNote> model_notes() { return model_table; }
std::span<const PreludeNote> annotation_notes() { return annotation_table; }

const PreludeNote* note_of(std::span<const PreludeNote> notes, std::string_view name) {
  for (const PreludeNote& note : notes) {
    if (note.name == name) return &note;
  }
  return nullptr;
}

}  // namespace kiln::query
