#include "program_text.h"

#include <fmt/format.h>

#include <regex>

namespace kiln::derivatives {
namespace {

constexpr const char* shared = R"(fn NAME(x: T[2, N]) -> y: T[N] BODY
fn NAME_gradient(x: T[2, N], c: T[N]) -> T[2, N] = grad(x) { sum(c * NAME(x)) }
export fn batched_NAME(x: T[B, 2, N], c: T[B, N]) -> g: T[B, 2, N] { g[b] = NAME_gradient(x[b], c[b]) }
export fn all_NAME(x: T[2, N], v: T[2, N], u: T[2, N], c: T[N]) -> y: T[N], g: T[2, N], again: T[2, N], rr: T[2, N]FORWARD {
  y = NAME(x)
  let (_, back) = vjp(x) { NAME(x) }
  g = back(c)
  again = grad(x) { sum(c * checkpoint { NAME(x) }) }
  rr = grad(x) { sum(u * grad(x) { sum(c * NAME(x)) }) }
)";

constexpr const char* forward = R"(  let (_, slope) = jvp(x: v) { NAME(x) }
  dy = slope
  let (_, forward_over_reverse) = jvp(x: v) { grad(x) { sum(c * NAME(x)) } }
  fr = forward_over_reverse
  rf = grad(x) {
    let (_, d) = jvp(x: v) { NAME(x) }
    return sum(c * d)
  }
)";

}  // namespace

std::string program_text(const std::vector<Row>& rows, ElementType element) {
  std::string text;
  for (size_t number = 0; number < rows.size(); ++number) {
    const Row& row = rows[number];
    std::string program = row.before + shared + (row.has_forward ? forward : "  let _ = v\n") + "}\n";
    program = std::regex_replace(program, std::regex("BODY"), row.body);
    program = std::regex_replace(program, std::regex("FORWARD"),
                                 row.has_forward ? ", dy: T[N], fr: T[2, N], rf: T[2, N]" : "");
    program = std::regex_replace(program, std::regex("NAME"), fmt::format("row_{}", number));
    text += std::regex_replace(program, std::regex("\\bT\\b"), std::string(name_of(element)));
  }
  return text;
}

}  // namespace kiln::derivatives
