#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "graph/graph.h"

namespace kiln::graph {

/// The text form: complete, so that `read(print(f))` is `f` up to numbering, and pleasant to read:
///   function predict(B) {
///     input %x: f32[B, 784]
///     %h: f32[B, 512] = compute [b: B, o: 512, i: 784] write [b, o] sum mul(%x[b, i], %w[o, i])
///     …
///     output %h as "h"
///   }
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
