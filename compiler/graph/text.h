#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "graph/graph.h"

namespace kiln::graph {

/// The text form: complete, so that `read(print(f))` is `f` up to numbering and spans, and pleasant to read:
///   function predict(B) {
///     fact B - 1 >= 0
///     input %x: f32[B, 784]
///     input %label: i32[B] in 0..10
///     %h: f32[B, 512] = compute [b: B, o: 512, i: 784] write [b, o] sum mul(%x[b, i], %w[o, i])
///     %y: f32[B] = compute [b: B, t: 8]
///       $0 = exp(%h[b, {2*B - 1}])
///       write [b] where lt(t, B), %mask[b] max add($0, mul($0, 0.5))
///     %best: i32[B] = compute [b: B, o: 512] write [b] argmax[o] %h[b, o]
///     output %h as "h"
///   }
/// Integers are i64 and floats f32 where no type stands behind them (`3:i32`, `0.5:f64`); `f64(x)` is a
/// cast; `%h#2` is the second value named "h", `%7` one without a name; line ends mean nothing.
std::string print(const Function& function);

struct ReadError {
  int line;
  std::string message;
};
std::variant<Function, ReadError> read(std::string_view text);

/// What is wrong with the function, or nothing: order of definitions, types of operands, extents, indices in
/// range of the domain, write maps of the right rank, names of dims. Run by the pass runner after each pass.
std::optional<std::string> verify(const Function& function);

}  // namespace kiln::graph
