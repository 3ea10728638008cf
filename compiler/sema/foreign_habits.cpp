#include "sema/foreign_habits.h"

#include <algorithm>
#include <iterator>

namespace kiln::sema {

namespace {

struct Habit {
  std::string_view word, advice;
};

constexpr std::string_view product = "write the indices: `y[i, j] = sum[k] a[i, k] * b[k, j]`";
constexpr std::string_view permutation = "write the indices in another order: `y[j, i] = x[i, j]`";
constexpr std::string_view reshaping =
    "join or split axes in brackets: `y[b, (i, j)] = x[b, i, j]`, `y[b, i, j] = x[b, (i: H, j)]`";
constexpr std::string_view joining =
    "write what stands where: `y[i: N] = a[i]` and `y[N + i: M] = b[i]` after `y = 0`; a new axis is an "
    "index";
constexpr std::string_view filling = "a constant fills a shape: `let z: f32[B, N] = 0`";
constexpr std::string_view library =
    "layers and losses are in `nn`, optimizers in `optim`; the rest is index notation";
constexpr std::string_view one_axis = "the axis of size 1 is an index: `y[i, 0] = x[i]`, or read `x[i, 0]`";
constexpr std::string_view size = "the sizes of a tensor are the dims of its type: `x: f32[B, N]`";
constexpr std::string_view in_nn = "`nn` has it: add `import nn` and write `nn.` before it";

constexpr Habit names[] = {
    {"None", "every value is there; choose with an `if`, or give a parameter a default"},
    {"null", "every value is there; choose with an `if`, or give a parameter a default"},
    {"self", "a method sees the fields of its model by their names; one that changes them says `inout self`"},
    {"torch", library},
    {"np", library},
    {"numpy", library},
    {"jnp", library},
    {"jax", library},
    {"F", library},
    {"tf", library},
    {"len", size},
    {"shape", size},
    {"range", "write `0..n`"},
    {"enumerate", "walk over a range: `for i in 0..n`"},
    {"matmul", product},
    {"mm", product},
    {"bmm", product},
    {"dot", "write the sum: `sum[i] a[i] * b[i]`"},
    {"einsum", product},
    {"transpose", permutation},
    {"permute", permutation},
    {"swapaxes", permutation},
    {"reshape", reshaping},
    {"view", reshaping},
    {"flatten", reshaping},
    {"cat", joining},
    {"concat", joining},
    {"concatenate", joining},
    {"stack", joining},
    {"squeeze", one_axis},
    {"unsqueeze", one_axis},
    {"expand_dims", one_axis},
    {"zeros", filling},
    {"ones", filling},
    {"full", filling},
    {"zeros_like", filling},
    {"ones_like", filling},
    {"arange", "write the index: `for[i: N] f32(i)`"},
    {"float", "a cast is written with the type: `f32(x)`"},
    {"int", "a cast is written with the type: `i32(x)`"},
    {"double", "a cast is written with the type: `f64(x)`"},
    {"where",
     "choose with `if c { a } else { b }`, which works in index notation: `for[i] if c[i] { a[i] } else { 0 "
     "}`"},
    {"select", "choose with `if c { a } else { b }`"},
    {"relu", in_nn},
    {"gelu", in_nn},
    {"softmax", in_nn},
    {"log_softmax", in_nn},
    {"logsumexp", in_nn},
    {"cross_entropy", in_nn},
    {"mse", in_nn},
    {"mse_loss", "`nn` has it: add `import nn` and write `nn.mse`"},
    {"Linear", in_nn},
    {"Embedding", in_nn},
    {"LayerNorm", in_nn},
    {"Adam", "`optim` has it: add `import optim` and write `optim.Adam`"},
    {"SGD", "`optim` has it: add `import optim` and write `optim.Sgd`"},
    {"Sgd", "`optim` has it: add `import optim` and write `optim.Sgd`"},
    {"randn", "draw from a stream: `let z: f32[N] = rng.normal()` with `inout rng: Rng`"},
    {"rand", "draw from a stream: `let z: f32[N] = rng.uniform()` with `inout rng: Rng`"},
    {"random", "draw from a stream: `let z: f32[N] = rng.uniform()` with `inout rng: Rng`"},
    {"manual_seed", "randomness is a value: `Rng(1)` makes a stream"},
    {"one_hot", "compare with the index: `for[b, c: C] if labels[b] == c { 1.0 } else { 0.0 }`"},
    {"einops", product},
    {"vmap", "write the index: `for[b] f(x[b])`"},
    {"jit", "everything is compiled"},
    {"no_grad", "only what `grad` names is derived; `stop_gradient(e)` holds a value constant"},
    {"detach", "write `stop_gradient(e)`"},
    {"lambda", "a function is written `fn(x) = e`"},
    {"elif", "write `else if`"},
    {"clamp", "write `min(max(x, low), high)`"},
    {"clip", "write `min(max(x, low), high)`"},
    {"tril", "compare the indices: `for[i, j] if j <= i { x[i, j] } else { 0 }`"},
    {"triu", "compare the indices: `for[i, j] if i <= j { x[i, j] } else { 0 }`"},
    {"norm", "write `sqrt(sum[i] x[i] * x[i])`"},
    {"var", "write `mean[i] (x[i] - mu) * (x[i] - mu)` with `let mu = mean(x)`"},
    {"std", "write the square root of the mean of the squared differences"},
};

constexpr Habit members[] = {
    {"T", permutation},
    {"mT", permutation},
    {"t", permutation},
    {"transpose", permutation},
    {"permute", permutation},
    {"swapaxes", permutation},
    {"view", reshaping},
    {"reshape", reshaping},
    {"flatten", reshaping},
    {"ravel", reshaping},
    {"squeeze", one_axis},
    {"unsqueeze", one_axis},
    {"expand", "write the indices: what does not depend on an index is the same at each of its points"},
    {"repeat", "write the indices: what does not depend on an index is the same at each of its points"},
    {"detach", "write `stop_gradient(x)`"},
    {"item", "a tensor without axes is a number"},
    {"shape", size},
    {"size", size},
    {"ndim", "write `rank(x)`"},
    {"dtype", "the element type stands in the type: `x: f32[N]`"},
    {"device", "the compiled library places its memory itself"},
    {"cuda", "the target is chosen by `--target`, not in the program"},
    {"cpu", "the target is chosen by `--target`, not in the program"},
    {"to", "a cast is written with the type: `f32(x)`"},
    {"float", "a cast is written with the type: `f32(x)`"},
    {"half", "a cast is written with the type: `f16(x)`"},
    {"double", "a cast is written with the type: `f64(x)`"},
    {"int", "a cast is written with the type: `i32(x)`"},
    {"long", "a cast is written with the type: `i64(x)`"},
    {"astype", "a cast is written with the type: `f32(x)`"},
    {"sum", "write `sum(x)`, or over one axis `for[i] sum[j] x[i, j]`"},
    {"mean", "write `mean(x)`, or over one axis `for[i] mean[j] x[i, j]`"},
    {"max", "write `max(x)`, or over one axis `for[i] max[j] x[i, j]`"},
    {"min", "write `min(x)`, or over one axis `for[i] min[j] x[i, j]`"},
    {"argmax", "write `for[i] argmax[j] x[i, j]`"},
    {"argmin", "write `for[i] argmin[j] x[i, j]`"},
    {"all", "write `all[i] x[i]`"},
    {"any", "write `any[i] x[i]`"},
    {"softmax", "write `nn.softmax(x)`"},
    {"exp", "write `exp(x)`"},
    {"log", "write `log(x)`"},
    {"sqrt", "write `sqrt(x)`"},
    {"abs", "write `abs(x)`"},
    {"relu", "write `nn.relu(x)`"},
    {"sigmoid", "write `sigmoid(x)`"},
    {"tanh", "write `tanh(x)`"},
    {"matmul", product},
    {"dot", product},
    {"add_", "write `x += y` on a `var`"},
    {"zero_", "write `x = 0` on a `var`"},
    {"copy_", "write `x = y` on a `var`"},
    {"clone", "an assignment copies: `let y = x`"},
    {"copy", "an assignment copies: `let y = x`"},
    {"contiguous", "the compiler lays out memory"},
    {"numpy", "results go out by the exports"},
    {"tolist", "results go out by the exports"},
    {"masked_fill", "write `for[i] if mask[i] { -inf } else { x[i] }`"},
    {"backward", "a gradient is a value: `let g = grad(m) { … }`"},
    {"grad", "a gradient is a value: `let g = grad(m) { … }`"},
    {"requires_grad", "what is derived stands in `grad(x) { … }`"},
    {"forward", "a model with a method `call` is called like a function: `m(x)`"},
    {"train", "training is an argument, such as `Train: true`, not a mode of the model"},
    {"eval", "training is an argument, such as `Train: false`, not a mode of the model"},
    {"zero_grad", "gradients are values and do not add up from call to call: leave it out"},
    {"parameters", "walk over them: `for &p, d in m.params, g { … }`"},
    {"state_dict", "the library saves and loads weights: `NAME_Type_save`, `NAME_Type_load`"},
    {"load_state_dict", "the library saves and loads weights: `NAME_Type_save`, `NAME_Type_load`"},
    {"append", "sizes are fixed: write into a tensor, `y[i] = x`"},
    {"apply", "call the model like a function: `m(x)`"},
};

template <size_t count>
std::string_view find(const Habit (&table)[count], std::string_view word) {
  const auto* row = std::find_if(std::begin(table), std::end(table),
                                 [&](const Habit& habit) { return habit.word == word; });
  return row == std::end(table) ? std::string_view() : row->advice;
}

}  // namespace

std::string_view advice_on_name(std::string_view name) { return find(names, name); }
std::string_view advice_on_member(std::string_view name) { return find(members, name); }

}  // namespace kiln::sema
