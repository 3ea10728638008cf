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
    {"lax", "loops are statements, `for t in 0..T { … }`; running results are `cumsum(x)` and `scan(f, x)`"},
    {"optax", "optimizers are in `optim`"},
    {"flax", library},
    {"math", "scalar functions stand alone: `sqrt(x)`, `exp(x)`, `pi`"},
    {"zip",
     "write both sources: `for a, b in xs, ys { … }`; tensors are read at an index, `sum[i] a[i] * b[i]`"},
    {"map", "write the index: `for[i] f(x[i])`"},
    {"tree_map", "walk over the leaves, `for &p, d in m.params, g { … }`; `m + g` and `2 * g` act on all"},
    {"clip_grad_norm", "`optim.clip_by_norm(g, 1)` gives the clipped gradient and its norm"},
    {"clip_grad_norm_", "`optim.clip_by_norm(g, 1)` gives the clipped gradient and its norm"},
    {"Tensor", "a tensor is written with its element and shape: `f32[B, N]`"},
    {"asarray", "a vector of numbers is `[1, 2, 3]`, others come as arguments"},
    {"array", "a vector of numbers is `[1, 2, 3]`, others come as arguments"},
    {"tensor", "a vector of numbers is `[1, 2, 3]`, others come as arguments"},
    {"sorted", "`let (values, places) = sort(x)` gives both"},
    {"empty", filling},
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
    {"at", "write on a `var`: `y[i] = v`, `y[i] += v`"},
    {"gather", "a gather is a subscript: `y[i] = x[i, place[i]]`"},
    {"take", "a gather is a subscript: `y[i] = x[place[i]]`"},
    {"index_select", "a gather is a subscript: `y[i, j] = x[place[i], j]`"},
    {"scatter_", "a scatter is a write: `y[place[i]] = x[i]`"},
    {"scatter_add_", "a scatter is a write: `y[place[i]] += x[i]`"},
    {"index_add_", "a scatter is a write: `y[place[i]] += x[i]`"},
    {"masked_select", "what a mask lets through is chosen by a filter: `sum[i where mask[i]] x[i]`"},
    {"nonzero",
     "a result whose size is data has no shape: filter where it is read, `sum[i where x[i] != 0] …`"},
    {"topk", "write `let (values, places) = top_k(x, 3)`"},
    {"sort", "write `let (values, places) = sort(x)`"},
    {"argsort", "write `let (values, places) = sort(x)`"},
    {"cumsum", "write `cumsum(x)`, over the last axis"},
    {"norm", "write `sqrt(sum(x * x))`"},
    {"std", "write `sqrt(mean[i] (x[i] - mu) * (x[i] - mu))` with `let mu = mean(x)`"},
    {"var", "write `mean[i] (x[i] - mu) * (x[i] - mu)` with `let mu = mean(x)`"},
    {"pow", "write `pow(x, 2)`, or `x * x`"},
    {"clamp", "write `min(max(x, low), high)`"},
    {"clip", "write `min(max(x, low), high)`"},
    {"unfold", "windows are subscripts: `for[i: N - K + 1, k: K] x[i + k]`"},
    {"split", "a part is a slice: `x[..N]`, `x[N..]`"},
    {"chunk", "a part is a slice: `x[..N / 2]`, `x[N / 2..]`"},
    {"expand_as", "write the indices: what does not depend on an index is the same at each of its points"},
    {"broadcast_to", "write the indices: what does not depend on an index is the same at each of its points"},
    {"type", "a cast is written with the type: `f32(x)`"},
    {"mul_", "write `x *= y` on a `var`"},
    {"fill_", "write `x = 1` on a `var`"},
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

constexpr std::string_view a_loss =
    "losses are functions: `nn.cross_entropy(logits, labels)`, `nn.mse(x, y)`";
constexpr std::string_view an_activation = "activations are functions without a layer: `nn.relu(x)`";
constexpr std::string_view pooling = "pooling is a function: `nn.max_pool(x, 2)`, `nn.avg_pool(x, 2)`";
constexpr std::string_view a_recurrence =
    "`import recurrent`: `recurrent.Lstm(In, H)`, `recurrent.Gru(In, H)`";
constexpr std::string_view an_attention =
    "`import attention`: `attention.SelfAttention(D, Heads)`, `attention.Block(D, Heads)`";

/// What layers and losses are called elsewhere.
constexpr Habit layers[] = {
    {"Dropout",
     "dropout is a function of a random stream, not a layer: `nn.dropout(&rng, x, 0.1, Train: true)` with "
     "`inout rng: Rng`"},
    {"Dropout2d", "one draw for each channel is index notation: `x[n, c, i, j] * keep[n, c]`"},
    {"Sequential",
     "layers are fields, and `call` says their order: `fn call(x: f32[B, D]) -> f32[B, D] = "
     "second(nn.relu(first(x)))`"},
    {"ModuleList", "layers of one kind are an array: `blocks: Block(D)[L]`, and `for block in blocks { … }`"},
    {"ModuleDict", "layers of several kinds are fields, each with its name"},
    {"Module", "a network is declared by `model Net(D: dim) { … }`"},
    {"Parameter", "what is trained is a field: `param w: f32[Out, In] = init.normal(rng, 0.02)`"},
    {"Buffer", "what is kept and not trained is a field: `state mean: f32[C] = 0`"},
    {"register_buffer", "what is kept and not trained is a field: `state mean: f32[C] = 0`"},
    {"Identity", "leave the layer out"},
    {"Flatten", reshaping},
    {"Unflatten", reshaping},
    {"functional", "its functions stand in `nn` itself: `nn.relu(x)`"},
    {"init", "initial values are a module: `import init`, and `param w: f32[N] = init.normal(rng, 0.02)`"},
    {"utils", "`optim.clip_by_norm(g, 1)` clips gradients, which are values"},
    {"ReLU", an_activation},
    {"GELU", an_activation},
    {"SiLU", an_activation},
    {"ELU", an_activation},
    {"LeakyReLU", an_activation},
    {"Sigmoid", "`sigmoid(x)` is a function"},
    {"Tanh", "`tanh(x)` is a function"},
    {"Softmax", "`nn.softmax(x)` is a function, over the last axis"},
    {"LogSoftmax", "`nn.log_softmax(x)` is a function, over the last axis"},
    {"BatchNorm2d", "`nn.BatchNorm(C)` is for images, `nn.BatchNorm1d(C)` for rows"},
    {"InstanceNorm2d", "a group for each channel: `nn.GroupNorm(C, C)`"},
    {"Bilinear", "write the indices: `y[b, o] = sum[i, j] x[b, i] * w[o, i, j] * z[b, j]`"},
    {"EmbeddingBag", "`m.bag(tokens)` of an `nn.Embedding` adds up rows"},
    {"Conv3d", "write the indices, as `nn.Conv2d` does for two axes"},
    {"MaxPool2d", pooling},
    {"AvgPool2d", pooling},
    {"AdaptiveAvgPool2d", "`nn.global_avg_pool(x)` is a function"},
    {"LSTM", a_recurrence},
    {"GRU", a_recurrence},
    {"RNN", a_recurrence},
    {"LSTMCell", "`import recurrent`: `recurrent.LstmCell(In, H)`"},
    {"GRUCell", "`import recurrent`: `recurrent.GruCell(In, H)`"},
    {"MultiheadAttention", an_attention},
    {"TransformerEncoderLayer", an_attention},
    {"scaled_dot_product_attention", "`import attention`, and `attention.attend(…)`"},
    {"CrossEntropyLoss", a_loss},
    {"MSELoss", a_loss},
    {"NLLLoss", a_loss},
    {"L1Loss", "`nn.mae(x, y)` is a function"},
    {"HuberLoss", "`nn.huber(x, y)` is a function"},
    {"SmoothL1Loss", "`nn.huber(x, y)` is a function"},
    {"BCELoss", "`nn.bce(p, target)` is a function"},
    {"BCEWithLogitsLoss", "`nn.bce_with_logits(x, target)` is a function"},
    {"binary_cross_entropy", "it is called `bce`: `nn.bce(p, target)`"},
    {"binary_cross_entropy_with_logits", "it is called `bce_with_logits`"},
    {"KLDivLoss", "`nn.kl(p, q)` is a function"},
    {"DataParallel", "the caller chooses the threads; see the options of a context"},
    {"SGD", "it is written `Sgd`: `export type Optimizer = optim.Sgd(Net)`"},
    {"RMSprop", "it is written `RmsProp`: `export type Optimizer = optim.RmsProp(Net)`"},
    {"lr_scheduler",
     "the step size is an argument: `opt.step(&m, g, optim.warmup_cosine(t, 100, 1000, 1e-3))`"},
    {"einsum", product},
    {"matmul", product},
    {"linspace", "write the index: `for[i: N] low + (high - low) * f32(i) / f32(N - 1)`"},
    {"argsort", "`let (values, places) = sort(x)` gives both"},
    {"topk", "it is called `top_k`: `let (values, places) = top_k(x, 3)`"},
    {"gather", "a gather is a subscript: `y[i, j] = x[i, place[i, j]]`"},
    {"scatter", "a scatter is a write: `y[place[i]] += x[i]` after `y = 0`"},
    {"scatter_add", "a scatter is a write: `y[place[i]] += x[i]` after `y = 0`"},
    {"index_select", "a gather is a subscript: `y[i, j] = x[place[i], j]`"},
    {"take_along_axis", "a gather is a subscript: `y[i, j] = x[i, place[i, j]]`"},
    {"roll", "write the place: `for[i] x[(i - 1 + N) % N]`"},
    {"flip", "write the place: `for[i] x[N - 1 - i]`"},
    {"pad", "what is read outside is said by `else`: `for[i: N + 2] x[i - 1 else 0]`"},
    {"tile", "what does not depend on an index is the same at each of its points: `for[i: N, j] x[j]`"},
    {"repeat", "what does not depend on an index is the same at each of its points: `for[i: N, j] x[j]`"},
    {"broadcast_to",
     "what does not depend on an index is the same at each of its points: `for[i: N, j] x[j]`"},
    {"meshgrid", "the indices are the grid: `for[i: N, j: M] f32(i) * f32(j)`"},
    {"outer", "write the indices: `for[i, j] a[i] * b[j]`"},
    {"isnan", "it is called `is_nan`"},
    {"isinf", "it is called `is_inf`"},
    {"cumprod", "`scan(fn(a, b) = a * b, x)`"},
    {"fori_loop", "a loop over a `var`: `for t in 0..T { h = f(h) }`"},
    {"while_loop", "a loop over a `var`: `while c max 100 { h = f(h) }`"},
    {"cond", "choose with `if c { a } else { b }`"},
    {"value_and_grad", "a block stands behind it: `let (l, g) = value_and_grad(m) { loss(m) }`"},
    {"PRNGKey", "a seed makes a stream: `Rng(1)`"},
    {"split", "a stream of its own is a fork: `rng.fork(i)`; of a tensor a part is a slice: `x[..N]`"},
    {"chunk", "a part is a slice: `x[..N / 2]`, `x[N / 2..]`"},
    {"compile", "everything is compiled"},
};

template <size_t count>
std::string_view find(const Habit (&table)[count], std::string_view word) {
  const auto* row = std::find_if(std::begin(table), std::end(table),
                                 [&](const Habit& habit) { return habit.word == word; });
  return row == std::end(table) ? std::string_view() : row->advice;
}

}  // namespace

std::string_view advice_on_name(std::string_view name) {
  const std::string_view advice = find(names, name);
  return advice.empty() ? find(layers, name) : advice;
}
std::string_view advice_on_declared(std::string_view name) { return find(layers, name); }
std::string_view advice_on_import(std::string_view name) {
  static constexpr std::string_view foreign[] = {"torch",  "numpy",       "jax",   "tensorflow", "flax",
                                                 "optax",  "math",        "scipy", "sys",        "os",
                                                 "random", "torchvision", "keras", "einops",     "typing"};
  const bool is_foreign = std::find(std::begin(foreign), std::end(foreign), name) != std::end(foreign);
  return is_foreign ? "the library has `nn`, `optim`, `init`, `attention`, `recurrent`, `linalg`, `signal`, "
                      "`metrics` and `random`; scalar functions and index notation need no import"
                    : std::string_view();
}
std::string_view advice_on_member(std::string_view name) { return find(members, name); }

}  // namespace kiln::sema
