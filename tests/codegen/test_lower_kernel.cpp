#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "kernel/builder.h"
#include "run_program.h"

namespace kiln::codegen::test {
namespace {

using namespace kernel;
using enum ElementType;
using dim::Dim;
using F = ScalarFunction;

/// A program of one kernel over argument buffers, which `body` fills.
struct OneKernel {
  Program program;
  Arguments arguments;
  std::map<std::string, int64_t> dims;

  OneKernel() {
    program.name = "test";
    program.kernels.emplace_back();
    program.kernels[0].name = "kernel";
  }
  Dim dim(const std::string& name, int64_t value) {
    program.dims.push_back(name);
    dims[name] = value;
    return Dim::symbol(name);
  }
  BufferId argument(ElementType element, const Dim& count) {
    const auto number = static_cast<uint32_t>(arguments.size());
    Buffer buffer;
    buffer.name = "a" + std::to_string(number);
    buffer.element = element;
    buffer.count = count;
    buffer.argument = number;
    program.buffers.push_back(buffer);
    arguments.push_back(random_elements(element, count.evaluate(dims).value(), number + 1));
    return {static_cast<uint32_t>(program.buffers.size() - 1)};
  }
  BufferId work(Scope scope, ElementType element, const Dim& count) {
    Buffer buffer;
    buffer.name = "work";
    buffer.scope = scope;
    buffer.element = element;
    buffer.count = count;
    program.buffers.push_back(buffer);
    return {static_cast<uint32_t>(program.buffers.size() - 1)};
  }
  Builder build() { return Builder(program.kernels[0]); }
  void check(double tolerance = 1e-5) { expect_as_executed(program, dims, arguments, tolerance); }
};

/// y[i] = f(x[i]) for i in 0..N, in vectors with a masked rest, over a grid.
TEST(LowerKernel, MapsOverAGridWithAMaskedRest) {
  for (int64_t n : {0, 1, 7, 16, 100, 257}) {
    OneKernel k;
    const Dim count = k.dim("N", n);
    const BufferId x = k.argument(f32, count), y = k.argument(f32, count);
    Builder b = k.build();
    b.grid(b.integer(0), b.dim(count), 16, [&](Value i) {
      const Value mask = b.lane_mask(b.subtract(b.dim(count), i), 16);
      const Address from{x, i, 0, 1}, to{y, i, 0, 1};
      const Value loaded = b.load(from, {f32, 1, 16}, mask);
      const Value half = b.constant(f32, Scalar::of_real(0.5));
      b.store(to, b.add(b.multiply(b.map(F::exp, {loaded}), half), loaded), mask);
    });
    k.check();
  }
}

TEST(LowerKernel, LoadsAndStoresEveryElementTypeMaskedAndWhole) {
  for (ElementType type : {boolean, i8, i16, i32, i64, u8, u16, u32, u64, f16, bf16, f32, f64})
    for (int lanes : {1, 4, 8, 16, 21}) {
      OneKernel k;
      const BufferId x = k.argument(type, 4 * 40), y = k.argument(type, 4 * 40);
      Builder b = k.build();
      b.grid(b.integer(0), b.integer(1), 1, [&](Value) {
        const TileType tile{type, 2, lanes};
        b.store({y, b.integer(1), 30, 1}, b.load({x, b.integer(3), 40, 1}, tile));
        const Value mask = b.lane_mask(b.integer(lanes - 2), lanes);
        b.store({y, b.integer(62), 30, 1}, b.load({x, b.integer(5), 40, 1}, tile, mask), mask);
        b.store({y, b.integer(124), 0, 1}, b.load({x, b.integer(5), 1, 0}, {type, 1, lanes}, mask), mask);
      });
      k.check();
    }
}

TEST(LowerKernel, StridedGathersAndScattersReachTheirElements) {
  for (ElementType type : {i8, i32, f16, f32, f64, i64}) {
    OneKernel k;
    const Dim stride = k.dim("S", 3);
    const BufferId x = k.argument(type, 200), y = k.argument(type, 200);
    Builder b = k.build();
    b.grid(b.integer(0), b.integer(1), 1, [&](Value) {
      b.store({y, b.integer(0), 50, 3}, b.load({x, b.integer(2), 7, stride}, {type, 2, 10}));
      // Lanes 0..15 to places 199 - (lane / 2): of the two writes to one place the later one stays.
      const Value lanes = b.lane_numbers(16);
      const Value half = b.map(F::quotient, {lanes, b.integer(2)});
      const Value places = b.subtract(b.integer(199), half);
      const Value mask = b.lane_mask(b.integer(13), 16);
      const Value gathered = b.load({x, b.multiply(lanes, b.integer(5)), 0, 0}, {type, 1, 16}, mask);
      b.store({y, places, 0, 0}, gathered, mask);
    });
    k.check();
  }
}

/// All that lies between the lanes is read or stored around, under a mask that leaves it out.
TEST(LowerKernel, NearStridesReachTheirElementsUnderAnyMask) {
  for (ElementType type : {i32, f32, f64})
    for (const int64_t stride : {2, 3, 4})
      for (const int lanes : {8, 16, 24}) {
        OneKernel k;
        const BufferId x = k.argument(type, 100), y = k.argument(type, 200);
        Builder b = k.build();
        b.grid(b.integer(0), b.integer(1), 1, [&](Value) {
          const Value numbers = b.lane_numbers(lanes);
          const Value even = b.map(F::equal, {b.map(F::remainder, {numbers, b.integer(2)}), b.integer(0)});
          const Value few = b.lane_mask(b.integer(lanes - 3), lanes);
          const Value read = b.load({x, b.integer(1), 0, stride}, {type, 1, lanes}, few);
          b.store({y, b.integer(2), 0, stride}, read, even);
          b.store({y, b.integer(101), 0, 1}, read, few);
        });
        k.check();
      }
}

TEST(LowerKernel, ReducesAlongLanesAndRows) {
  for (int lanes : {1, 5, 8, 16, 40, 64})
    for (F function : {F::add, F::maximum, F::minimum, F::multiply}) {
      OneKernel k;
      const BufferId x = k.argument(f32, 6 * lanes), y = k.argument(f32, 6 + lanes);
      Builder b = k.build();
      b.grid(b.integer(0), b.integer(1), 1, [&](Value) {
        const Value tile = b.load({x, b.integer(0), lanes, 1}, {f32, 6, lanes});
        const Value over_lanes = b.reduce_lanes(function, tile);
        b.store({y, b.integer(0), 1, 1}, over_lanes);
        b.store({y, b.integer(6), 0, 1}, b.reduce_rows(function, tile));
      });
      k.check();
    }
}

TEST(LowerKernel, ExtremesAlongLanesShowANanWhereverItStands) {
  for (int lanes : {2, 5, 16, 40})
    for (F function : {F::maximum, F::minimum}) {
      OneKernel k;
      const BufferId x = k.argument(f32, (lanes + 1) * lanes), y = k.argument(f32, lanes + 1);
      const float nan = std::numeric_limits<float>::quiet_NaN();
      for (int row = 0; row < lanes; ++row)  // the last row has none
        std::memcpy(k.arguments[0].data() + sizeof(float) * static_cast<size_t>(row * lanes + row), &nan,
                    sizeof nan);
      Builder b = k.build();
      b.grid(b.integer(0), b.integer(lanes + 1), 1, [&](Value row) {
        const Value tile = b.load({x, b.multiply(row, b.integer(lanes)), 0, 1}, {f32, 1, lanes});
        b.store({y, row, 0, 1}, b.reduce_lanes(function, tile));
      });
      k.check();
    }
}

TEST(LowerKernel, TransposesTilesOfAnyShape) {
  for (auto [rows, lanes] :
       {std::pair{1, 8}, {8, 8}, {16, 16}, {4, 16}, {16, 3}, {24, 16}, {5, 11}, {8, 1}, {16, 24}})
    for (ElementType type : {f32, u8, f64}) {
      OneKernel k;
      const BufferId x = k.argument(type, rows * lanes), y = k.argument(type, rows * lanes);
      Builder b = k.build();
      b.grid(b.integer(0), b.integer(1), 1, [&](Value) {
        b.store({y, b.integer(0), rows, 1},
                b.transpose(b.load({x, b.integer(0), lanes, 1}, {type, rows, lanes})));
      });
      k.check();
    }
}

/// A sum by a loop that carries a tile, also through no round at all.
TEST(LowerKernel, CarriesTilesThroughLoops) {
  for (int64_t n : {0, 1, 9})
    for (int unroll : {0, 1, 4}) {
      OneKernel k;
      const Dim rounds = k.dim("N", n);
      const BufferId x = k.argument(f32, 16 * 9), y = k.argument(f32, 64);
      Builder b = k.build();
      b.grid(b.integer(0), b.integer(2), 1, [&](Value part) {
        const Value zero = b.splat(b.constant(f32, Scalar::of_real(0.25)), 1, 16);
        const auto sums = b.loop(
            b.integer(0), b.dim(rounds), 1, {zero, zero},
            [&](Value i, const std::vector<Value>& s) {
              const Value row = b.load({x, b.multiply(i, b.integer(16)), 0, 1}, {f32, 1, 16});
              return std::vector<Value>{b.add(s[1], row), s[0]};
            },
            unroll);
        b.store({y, b.multiply(part, b.integer(16)), 0, 1}, sums[0]);
        b.store({y, b.add(b.integer(32), b.multiply(part, b.integer(16))), 0, 1}, sums[1]);
      });
      k.check();
    }
}

/// c = a b for symbolic sizes: tiles of rows x lanes with a masked last panel.
void check_matrix_product(ElementType type, int rows, int lanes, int64_t m, int64_t n, int64_t depth,
                          int steps) {
  OneKernel k;
  const Dim M = k.dim("M", m), N = k.dim("N", n), K = k.dim("K", depth);
  const BufferId a = k.argument(type, M * K), weights = k.argument(type, K * N), c = k.argument(type, M * N);
  Builder b = k.build();
  b.grid(b.integer(0), b.dim(M), rows, [&](Value i) {
    b.serial(b.integer(0), b.dim(N), lanes, [&](Value j) {
      const Value mask = b.lane_mask(b.subtract(b.dim(N), j), lanes);
      const Value zero = b.splat(b.constant(type, Scalar::of_real(0)), rows, lanes);
      const auto sum =
          b.loop(b.integer(0), b.dim(K), steps, {zero}, [&](Value kk, const std::vector<Value>& acc) {
            Contract contract;
            contract.accumulator = acc[0];
            contract.a = a;
            contract.a_offset = b.add(b.multiply(i, b.dim(K)), kk);
            contract.a_row_stride = K;
            contract.a_step_stride = 1;
            contract.b = weights;
            contract.b_offset = b.add(b.multiply(kk, b.dim(N)), j);
            contract.b_step_stride = N;
            contract.mask = mask;
            contract.depth = steps;
            return std::vector<Value>{b.contract(contract)};
          });
      b.store({c, b.add(b.multiply(i, b.dim(N)), j), N, 1}, sum[0], mask);
    });
  });
  k.check();
}

TEST(LowerKernel, ContractsTiles) {
  check_matrix_product(f32, 6, 16, 12, 40, 20, 1);
  check_matrix_product(f32, 6, 16, 18, 33, 20, 4);
  check_matrix_product(f32, 1, 32, 3, 7, 5, 1);
  check_matrix_product(f64, 4, 8, 8, 19, 6, 2);
}

TEST(LowerKernel, KeepsStageAndWorkerMemoryApart) {
  OneKernel k;
  const Dim n = k.dim("N", 37);
  const BufferId x = k.argument(f32, n * 8), y = k.argument(f32, n * 8);
  const BufferId scratch = k.work(Scope::worker, f32, n);
  const BufferId stage = k.work(Scope::stage, f32, 64);
  Builder b = k.build();
  b.grid(b.integer(0), b.integer(8), 1, [&](Value i) {
    const Value start = b.multiply(i, b.dim(n));
    b.serial(b.integer(0), b.dim(n), 1, [&](Value j) {
      const Value value = b.load(x, f32, b.add(start, j));
      b.store(scratch, b.subtract(b.integer(36), j), value);
      b.store(stage, j, b.map(F::negate, {value}));
    });
    b.serial(b.integer(0), b.dim(n), 1, [&](Value j) {
      b.store(y, b.add(start, j), b.add(b.load(scratch, f32, j), b.load(stage, f32, j)));
    });
  });
  k.check();
}

TEST(LowerKernel, TakesOneSideOfABranch) {
  OneKernel k;
  const BufferId x = k.argument(i32, 20), y = k.argument(i32, 20);
  Builder b = k.build();
  b.grid(b.integer(0), b.integer(20), 1, [&](Value i) {
    const Value value = b.load(x, i32, i);
    b.branch(
        b.map(F::less, {value, b.constant(i32, Scalar::of_integer(0))}),
        [&] { b.store(y, i, b.map(F::negate, {value})); },
        [&] {
          b.branch(b.map(F::equal, {b.map(F::remainder, {i, b.integer(3)}), b.integer(0)}),
                   [&] { b.store(y, i, b.constant(i32, Scalar::of_integer(7))); });
        });
  });
  k.check();
}

TEST(LowerKernel, ComputesDimExpressions) {
  OneKernel k;
  const Dim h = k.dim("H", 23), s = k.dim("S", 4);
  const std::vector<Dim> values = {h * s + 3,          (h - 50) / s,          h % s,   min(h, s * 5),
                                   max(h - 30, s) * s, (h * h - 7) / (s + 1), Dim(-5), h - h};
  const BufferId y = k.argument(i64, static_cast<int64_t>(values.size()));
  Builder b = k.build();
  b.grid(b.integer(0), b.integer(1), 1, [&](Value) {
    for (size_t i = 0; i < values.size(); ++i)
      b.store(y, b.integer(static_cast<int64_t>(i)), b.dim(values[i]));
  });
  k.check();
}

TEST(LowerKernel, DividesByConstantsRoundingDown) {
  for (ElementType type : {i64, i32, u32, i8})
    for (int64_t divisor : {0, 1, 2, 3, 7, 16, 64, -1, -2, -5}) {
      if (divisor < 0 && type == u32) continue;
      OneKernel k;
      const BufferId x = k.argument(type, 48), y = k.argument(type, 2 * 48 + 2);
      Builder b = k.build();
      b.grid(b.integer(0), b.integer(1), 1, [&](Value) {
        const Value by = b.constant(type, Scalar::of_integer(divisor));
        const Value tile = b.load({x, b.integer(0), 0, 1}, {type, 1, 48});
        b.store(y, b.integer(0), b.map(F::quotient, {tile, by}));
        b.store(y, b.integer(48), b.map(F::remainder, {tile, by}));
        const Value one = b.load(x, type, b.integer(3));
        b.store(y, b.integer(96), b.map(F::quotient, {one, by}));
        b.store(y, b.integer(97), b.map(F::remainder, {one, by}));
      });
      k.check();
    }
}

TEST(LowerKernel, LaneMasksTakeAnyCount) {
  for (int64_t count :
       {-INT64_MAX, int64_t{-1}, int64_t{0}, int64_t{3}, int64_t{9}, int64_t{1} << 32, INT64_MAX}) {
    OneKernel k;
    const BufferId y = k.argument(boolean, 9);
    Builder b = k.build();
    b.grid(b.integer(0), b.integer(1), 1,
           [&](Value) { b.store(y, b.integer(0), b.lane_mask(b.integer(count), 9)); });
    k.check();
  }
}

}  // namespace
}  // namespace kiln::codegen::test
