#include "program_text.h"

#include <fmt/format.h>

#include <regex>

namespace kiln::derivatives {
namespace {

constexpr const char* shared = R"(fn NAME(x: T[M, N]) -> y: T[N] WHERE BODY
fn NAME_gradient(x: T[M, N], c: T[N]) -> T[M, N] WHERE = grad(x) { sum(c * NAME(x)) }
export fn batched_NAME(x: T[B, M, N], c: T[B, N]) -> g: T[B, M, N] WHERE { g[b] = NAME_gradient(x[b], c[b]) }
export fn all_NAME(x: T[M, N], v: T[M, N], u: T[M, N], c: T[N]) -> y: T[N], g: T[M, N], again: T[M, N], rr: T[M, N]FORWARD WHERE {
  y = NAME(x)
  let (_, back) = vjp(x) { NAME(x) }
  g = back(c)
  again = grad(x) { sum(c * checkpoint { NAME(x) }) }
  rr = grad(x) { sum(u * grad(x) { sum(c * NAME(x)) }) }
)";

constexpr const char* under_checkpoint =
    "  again_rr = grad(x) { sum(u * grad(x) { sum(c * checkpoint { NAME(x) }) }) }\n";

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

bool second_under_checkpoint(ElementType element) { return element == ElementType::f64; }

std::string program_text(const std::vector<Row>& rows, ElementType element) {
  std::string text;
  for (size_t number = 0; number < rows.size(); ++number) {
    const Row& row = rows[number];
    std::string program = row.before + shared + (row.has_forward ? forward : "  let _ = v\n");
    program += second_under_checkpoint(element) ? std::string(under_checkpoint) + "}\n" : "}\n";
    program = std::regex_replace(program, std::regex("WHERE"),
                                 fmt::format("where M >= {}, N >= {}", row.least_m, row.least_n));
    program = std::regex_replace(program, std::regex("BODY"), row.body);
    program = std::regex_replace(program, std::regex("FORWARD"),
                                 std::string(row.has_forward ? ", dy: T[N], fr: T[M, N], rf: T[M, N]" : "") +
                                     (second_under_checkpoint(element) ? ", again_rr: T[M, N]" : ""));
    program = std::regex_replace(program, std::regex("NAME"), fmt::format("row_{}", number));
    text += std::regex_replace(program, std::regex("\\bT\\b"), std::string(name_of(element)));
  }
  return text;
}

}  // namespace kiln::derivatives
