#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "../../fuzz/choices.h"

namespace kiln::derivatives {

/// A function of three tensors, and its derivatives as exports:
///   fn NAME(x: f64[N, M], y: f64[M, K], z: f64[N], p: i32[N], q: i32[K]) -> r: f64[3]
///   all_NAME(…, vx, vy, vz, ux, uy, uz, c) -> r; its slopes along v `dr`; the gradients of sum(c * r) by
///     reverse mode `gx`, `gy`, `gz`, and under `checkpoint` `ax`, `ay`, `az`. With its Hessian H:
///     u H v forward over reverse `uhv`, H v reverse over forward `hx`, `hy`, `hz`, H u reverse over reverse
///     `rx`, `ry`, `rz`
///   batched_NAME(xs: f64[B, N, M], …) -> gs, hs: for each b the gradient by x, and its slope along v
struct RandomProgram {
  std::string name;
  std::string function;  // the first of them alone
  std::string text;      // all of them
  std::map<std::string, int64_t> dims;
  uint32_t points = 0;       // a seed for the values it is called with
  bool is_batched = false;   // it has the second export
  bool has_stopped = false;  // it has constants to the derivative, which differences do not see
};

/// The bytes choose; none give the simplest program.
RandomProgram make_program(fuzz::Bytes choices, const std::string& name);

/// The bytes of a seed.
std::vector<uint8_t> choices_of(uint64_t seed);

/// Functions that the programs of a file share.
extern const char* const shared_functions;

}  // namespace kiln::derivatives
