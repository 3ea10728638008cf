#pragma once

#include "graph/reducer.h"
#include "kernel/evaluation.h"

namespace kiln::kernel {

/// What a reducer carries from point to point, and how a point joins it: one tile, or the best element and
/// its place for argmax and argmin. Halves are joined in f32.
class Accumulation {
 public:
  Accumulation(const graph::Function& function, const graph::Compute& compute);

  /// The elements of what is carried.
  std::vector<ElementType> elements() const;
  std::vector<Scalar> neutral() const;
  std::vector<Value> initial(Builder& builder, int rows, int lanes) const;
  /// The tiles after the points of `at`; `lanes`, where valid, leaves out lanes.
  std::vector<Value> join(Evaluation& at, const std::vector<Value>& carried, Value lanes) const;
  /// Whether points may run along the lanes: argmax and argmin take the first place of the best, which the
  /// lanes can tell only where `reported` is the one summed index of several points.
  static bool joins_lanes(const graph::Compute& compute, uint32_t rank);
  /// The value of the cell, of the element of the result; `over_lanes` joins the lanes first.
  Value result(Builder& builder, const std::vector<Value>& carried, bool over_lanes) const;

 private:
  Value first_best(Builder& builder, const std::vector<Value>& carried) const;
  Value beats(Builder& builder, Value body, const std::vector<Value>& carried) const;

  const graph::Compute& compute_;
  const graph::ReducerRow& row_;
  ElementType body_ = ElementType::f32;
  ElementType carried_ = ElementType::f32;
};

}  // namespace kiln::kernel
