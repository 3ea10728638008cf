#include <algorithm>

#include "base/internal_check.h"
#include "codegen/library_image.h"

namespace kiln::codegen {
namespace {

class DimProgram {
 public:
  explicit DimProgram(const std::vector<std::string>& dims) : dims_(dims) {}

  void push(const dim::Dim& dim) {
    internal_check(!dim.overflowed(), "a dim expression that left 64 bits is not written into a library");
    bool first = true;
    for (const dim::Dim::Term& term : dim.terms()) {
      push(term);
      if (!first) code_.push_back(KILN_PROGRAM_ADD);
      first = false;
    }
    if (first) push_constant(0);
  }

  void push(const dim::Condition& condition) {
    using Kind = dim::Condition::Kind;
    switch (condition.kind) {
      case Kind::at_least_zero:
        push(condition.value);
        code_.push_back(KILN_PROGRAM_AT_LEAST_ZERO);
        return;
      case Kind::equal_zero:
      case Kind::not_equal_zero:
        push(condition.value);
        code_.push_back(KILN_PROGRAM_EQUAL_ZERO);
        if (condition.kind == Kind::not_equal_zero) code_.push_back(KILN_PROGRAM_NOT);
        return;
      case Kind::both: push_all(condition.operands, 1, KILN_PROGRAM_AND); return;
      case Kind::either: push_all(condition.operands, 0, KILN_PROGRAM_OR); return;
    }
  }

  std::vector<int64_t> finish() {
    code_.push_back(KILN_PROGRAM_END);
    return std::move(code_);
  }

 private:
  void push_constant(int64_t value) {
    code_.push_back(KILN_PROGRAM_CONSTANT);
    code_.push_back(value);
  }

  void push(const dim::Dim::Term& term) {
    bool first = true;
    if (term.coefficient != 1 || term.factors.empty()) {
      push_constant(term.coefficient);
      first = false;
    }
    for (const dim::Dim::Atom& factor : term.factors) {
      push(factor);
      if (!first) code_.push_back(KILN_PROGRAM_MULTIPLY);
      first = false;
    }
  }

  void push(const dim::Dim::Atom& atom) {
    if (atom.kind == dim::Dim::AtomKind::symbol) {
      const auto found = std::find(dims_.begin(), dims_.end(), atom.symbol);
      internal_check(found != dims_.end(), "a dim that the function does not have: " + atom.symbol);
      code_.push_back(KILN_PROGRAM_DIM);
      code_.push_back(found - dims_.begin());
      return;
    }
    const kiln_program_op op = atom.kind == dim::Dim::AtomKind::quotient  ? KILN_PROGRAM_QUOTIENT
                               : atom.kind == dim::Dim::AtomKind::minimum ? KILN_PROGRAM_MINIMUM
                                                                          : KILN_PROGRAM_MAXIMUM;
    push(atom.operands[0]);
    for (size_t i = 1; i < atom.operands.size(); ++i) {
      push(atom.operands[i]);
      code_.push_back(op);
    }
  }

  void push_all(const std::vector<dim::Condition>& parts, int64_t of_none, kiln_program_op op) {
    if (parts.empty()) return push_constant(of_none);
    push(parts[0]);
    for (size_t i = 1; i < parts.size(); ++i) {
      push(parts[i]);
      code_.push_back(op);
    }
  }

  const std::vector<std::string>& dims_;
  std::vector<int64_t> code_;
};

}  // namespace

std::vector<int64_t> compile_dim(const dim::Dim& dim, const std::vector<std::string>& dims) {
  DimProgram program(dims);
  program.push(dim);
  return program.finish();
}

std::vector<int64_t> compile_condition(const dim::Condition& condition,
                                       const std::vector<std::string>& dims) {
  DimProgram program(dims);
  program.push(condition);
  return program.finish();
}

}  // namespace kiln::codegen
