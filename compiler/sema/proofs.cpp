#include "sema/proofs.h"

#include <algorithm>

#include <fmt/format.h>

namespace kiln::sema {

namespace {

Proof judge(Body& body, const dim::Verdict& verdict) {
  switch (verdict.kind) {
    case dim::Verdict::Kind::proved: return Proof::proved;
    case dim::Verdict::Kind::runtime: return Proof::at_run_time;
    case dim::Verdict::Kind::inferred:
      if (body.is_trusted) return Proof::proved;
      if (body.is_conditional) return Proof::failed;
      for (const dim::Condition& condition : verdict.missing) {
        body.root.inferred.push_back(condition);
        body.facts.add(condition);
      }
      return Proof::proved;
    default: return body.is_trusted ? Proof::at_run_time : Proof::failed;
  }
}

}  // namespace

Proof prove(Body& body, const dim::Condition& goal, dim::Verdict& verdict) {
  if (body.is_muted || body.is_open) return Proof::proved;
  verdict = dim::decide(body.facts, goal);
  return judge(body, verdict);
}

Proof prove_inside(Body& body, const dim::Dim& subscript, const dim::Dim& extent, dim::Verdict& verdict) {
  if (body.is_muted || body.is_open) return Proof::proved;
  verdict = dim::decide_inside(body.facts, subscript, extent);
  return judge(body, verdict);
}

bool same_dim(const Body& body, const dim::Dim& a, const dim::Dim& b) {
  return a == b || dim::proves_equal(body.facts, a, b);
}

SameDim same_dims(const Body& body) {
  return [&body](const dim::Dim& a, const dim::Dim& b) { return same_dim(body, a, b); };
}

std::string counterexample_text(const dim::Verdict& verdict) {
  std::string text;
  for (const auto& [name, value] : verdict.counterexample) {
    text += fmt::format("{}{} = {}", text.empty() ? "for instance " : ", ", without_marks(name), value);
  }
  return text;
}

std::string clauses_text(const std::vector<dim::Condition>& conditions) {
  std::string text;
  for (const dim::Condition& condition : conditions)
    text += (text.empty() ? "" : ", ") + to_string(condition);
  return text;
}

dim::Dim new_runtime(Body& body, const std::string& name) {
  const std::string symbol = fmt::format("{}#{}", name.empty() ? "value" : name, body.next_symbol++);
  body.facts.add_runtime(symbol);
  return dim::Dim::symbol(symbol);
}

}  // namespace kiln::sema
