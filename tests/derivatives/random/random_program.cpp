#include "random_program.h"

#include <fmt/format.h>

#include <random>
#include <regex>

#include "random_statements.h"

namespace kiln::derivatives {
namespace {

/// Arguments, and how they are passed on. The exports have all of them.
constexpr const char* parameters = "x: f64[N, M], y: f64[M, K], z: f64[N], p: i32[N], q: i32[K]";

constexpr const char* exports =
    R"(fn NAME_loss(PARAMETERS, c: f64[3]) -> f64 CONDITIONS = sum(c * NAME(x, y, z, p, q))
export fn all_NAME(PARAMETERS, vx: f64[N, M], vy: f64[M, K], vz: f64[N], ux: f64[N, M], uy: f64[M, K], uz: f64[N], c: f64[3])
    -> r: f64[3], dr: f64[3], gx: f64[N, M], gy: f64[M, K], gz: f64[N], ax: f64[N, M], ay: f64[M, K], az: f64[N],
       uhv: f64, hx: f64[N, M], hy: f64[M, K], hz: f64[N],
       rx: f64[N, M], ry: f64[M, K], rz: f64[N] CONDITIONS {
  let (values, back) = vjp(x, y, z) { NAME(x, y, z, p, q) }
  r = values
  let (bx, by, bz) = back(c)
  gx = bx
  gy = by
  gz = bz
  let (_, slope) = jvp(x: vx, y: vy, z: vz) { NAME(x, y, z, p, q) }
  dr = slope
  let (cx, cy, cz) = grad(x, y, z) { checkpoint { NAME_loss(x, y, z, p, q, c) } }
  ax = cx
  ay = cy
  az = cz
  let (_, curved) = jvp(x: vx, y: vy, z: vz) {
    let (tx, ty, tz) = grad(x, y, z) { NAME_loss(x, y, z, p, q, c) }
    return sum(ux * tx) + sum(uy * ty) + sum(uz * tz)
  }
  uhv = curved
  let (ex, ey, ez) = grad(x, y, z) {
    let (_, d) = jvp(x: vx, y: vy, z: vz) { NAME_loss(x, y, z, p, q, c) }
    return d
  }
  hx = ex
  hy = ey
  hz = ez
  let (sx, sy, sz) = grad(x, y, z) {
    let (tx, ty, tz) = grad(x, y, z) { NAME_loss(x, y, z, p, q, c) }
    return sum(ux * tx) + sum(uy * ty) + sum(uz * tz)
  }
  rx = sx
  ry = sy
  rz = sz
}
)";

constexpr const char* batched =
    R"(fn NAME_by_x(PARAMETERS, c: f64[3]) -> f64[N, M] CONDITIONS = grad(x) { NAME_loss(x, y, z, p, q, c) }
fn NAME_along_x(PARAMETERS, c: f64[3], v: f64[N, M]) -> f64[N, M] CONDITIONS {
  let (_, d) = jvp(x: v) { NAME_by_x(x, y, z, p, q, c) }
  return d
}
export fn batched_NAME(xs: f64[B, N, M], y: f64[M, K], z: f64[N], p: i32[N], q: i32[K], c: f64[3], v: f64[N, M])
    -> gs: f64[B, N, M], hs: f64[B, N, M] CONDITIONS {
  gs[b] = NAME_by_x(xs[b], y, z, p, q, c)
  hs[b] = NAME_along_x(xs[b], y, z, p, q, c, v)
}
)";

/// The tensor as one number for each k, in which each of its elements has a weight of its own.
std::string projected(RandomExpressions& expressions, const NamedTensor& tensor, size_t number) {
  if (tensor.axes.empty()) return fmt::format("{} * cos(0.7 * f64(k) + {})", tensor.name, number);
  const Scope scope = expressions.fresh_scope(tensor.axes);
  std::string phase = fmt::format("0.7 * f64(k) + {}", number);
  static constexpr double steps[] = {1.3, 2.1, 0.4};
  for (size_t i = 0; i < scope.size(); ++i) phase += fmt::format(" + {} * f64({})", steps[i], scope[i].name);
  return fmt::format("(sum[{}] {}[{}] * cos({}))", binders(scope), tensor.name, names(scope), phase);
}

std::string replaced(std::string text, const char* what, const std::string& by) {
  return std::regex_replace(text, std::regex(what), by);
}

}  // namespace

const char* const shared_functions = R"(fn square(x: f64) -> f64 = x * x
fn ruled(x: f64) -> f64 = exp(-x * x)
derivative of ruled(x: dx) = -2 * x * ruled(x) * dx
fn blend(a: f64, b: f64) -> f64 = a * sigmoid(b)
derivative of blend(a: da, b: db) = sigmoid(b) * (da + a * (1 - sigmoid(b)) * db)
fn logistic(x: f64[...S], rate: f64) -> y: f64[...S] {
  var h = tanh(x)
  for t in 0..2 { h = rate * h * (1 - h) }
  y = h
}
fn softmax(x: f64[...S, N]) -> y: f64[...S, N] {
  let top[...s] = max[j] x[...s, j]
  let e[...s, j] = exp(x[...s, j] - top[...s])
  y[...s, j] = e[...s, j] / sum[k] e[...s, k]
}
fn normalised(x: f64[...S, N]) -> y: f64[...S, N] {
  let m[...s] = (sum[j] x[...s, j]) / f64(max(N, 1))
  let v[...s] = (sum[j] square(x[...s, j] - m[...s])) / f64(max(N, 1))
  y[...s, j] = (x[...s, j] - m[...s]) * rsqrt(v[...s] + 0.125)
}
)";

RandomProgram make_program(fuzz::Bytes bytes, const std::string& name) {
  static const std::vector<int64_t> sizes = {2, 1, 3, 5, 4, 7}, small_sizes = {2, 0, 1, 3};
  fuzz::Choices choices(bytes);
  RandomProgram program;
  program.name = name;
  const bool may_be_empty = choices.chance(20);
  for (const char* dim : {"N", "M", "K"})
    program.dims[dim] = choices.from(may_be_empty ? small_sizes : sizes);
  program.points = choices.below(256);
  const uint32_t batched_too = choices.below(4);
  RandomStatements statements(choices, may_be_empty);
  RandomExpressions& expressions = statements.expressions;
  expressions.tensors = {{"z", "N"}, {"x", "NM"}, {"y", "MK"}};
  if (!may_be_empty) {
    expressions.tensors.push_back({"p", "N", 'M'});
    expressions.tensors.push_back({"q", "K", 'N'});
  }
  std::string body;
  static const std::vector<int> counts = {1, 1, 1, 1, 2, 2, 3, 4};
  for (int count = choices.from(counts); count > 0; --count) body += statements.statement();
  std::string sum = "sum(x) * sum(z) * 0.25 + sum(y) * f64(k)";
  size_t number = 0;
  const std::vector<NamedTensor> made = expressions.tensors;
  for (const NamedTensor& tensor : made)
    if (tensor.places_on == 0 && tensor.name[0] == 'v')
      sum += "\n      + " + projected(expressions, tensor, ++number);
  const std::string conditions = may_be_empty ? "" : "where N >= 1, M >= 1, K >= 1";
  program.function = fmt::format("fn {}({}) -> r: f64[3] {} {{\n{}  r[k] = {}\n}}\n", name, parameters,
                                 conditions, body, sum);
  program.is_batched = batched_too == 1;
  const std::string all = program.is_batched ? std::string(exports) + batched : exports;
  program.text =
      program.function +
      replaced(replaced(replaced(all, "PARAMETERS", parameters), "CONDITIONS", conditions), "NAME", name);
  program.has_stopped = expressions.has_stopped;
  return program;
}

std::vector<uint8_t> choices_of(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint8_t> bytes(60 + random() % 200);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

}  // namespace kiln::derivatives
