#pragma once

#include "sema/body.h"

namespace kiln::sema {

enum class Proof : uint8_t { proved, at_run_time, failed };

/// Whether a condition holds at this place of the body; `N >= 1` is inferred from code that always runs.
Proof prove(Body& body, const dim::Condition& goal, dim::Verdict& verdict);
/// 0 <= subscript < extent
Proof prove_inside(Body& body, const dim::Dim& subscript, const dim::Dim& extent, dim::Verdict& verdict);
bool same_dim(const Body& body, const dim::Dim& a, const dim::Dim& b);
SameDim same_dims(const Body& body);

/// "for instance B = 1, i = 3"; empty if there is no counter-example.
std::string counterexample_text(const dim::Verdict& verdict);
/// "H >= K, W >= K"
std::string clauses_text(const std::vector<dim::Condition>& conditions);

/// A fresh symbol for an integer that is known only at run time.
dim::Dim new_runtime(Body& body, const std::string& name);

/// Restores facts, effects and blocks of names when it ends.
class BlockScope {
 public:
  explicit BlockScope(Body& body)
      : body_(body),
        facts_(body.facts),
        no_effects_(body.no_effects),
        effect_depth_(body.effect_depth),
        is_conditional_(body.is_conditional) {
    body_.scope.push();
  }
  ~BlockScope() {
    body_.scope.pop();
    body_.facts = std::move(facts_);
    body_.no_effects = std::move(no_effects_);
    body_.effect_depth = effect_depth_;
    body_.is_conditional = is_conditional_;
  }
  BlockScope(const BlockScope&) = delete;
  BlockScope& operator=(const BlockScope&) = delete;

 private:
  Body& body_;
  dim::Facts facts_;
  std::string no_effects_;
  size_t effect_depth_;
  bool is_conditional_;
};

/// Nothing is reported and no instance is made while it lives.
class Muted {
 public:
  explicit Muted(Body& body) : body_(body), former_(body.is_muted), slots_(body.function->slots.size()) {
    body_.is_muted = true;
  }
  ~Muted() {
    body_.is_muted = former_;
    if (!former_) body_.function->slots.resize(slots_);
  }
  Muted(const Muted&) = delete;
  Muted& operator=(const Muted&) = delete;

 private:
  Body& body_;
  bool former_;
  size_t slots_;
};

}  // namespace kiln::sema
