#include <gtest/gtest.h>

#include <sstream>

#include "codegen/compile.h"
#include "kernel/builder.h"

namespace kiln::codegen::test {
namespace {

using namespace kernel;
using dim::Dim;

struct TileCase {
  const char* target;
  int rows, lanes, depth;
  bool symbolic;  // the row stride of a is a dim
};

/// One tile of a product with packed b: acc += a[i.., k..] panel[k.., lanes], k in a loop.
Program tile_program(const TileCase& tile) {
  Program program;
  program.name = "tile";
  const Dim k = tile.symbolic ? Dim::symbol("K") : Dim(1024);
  const Dim m = Dim::symbol("M");
  program.dims = {"K", "M"};
  for (const char* name : {"a", "panel", "c"}) {
    Buffer buffer;
    buffer.name = name;
    buffer.element = ElementType::f32;
    buffer.count = m * k;
    buffer.argument = static_cast<uint32_t>(program.buffers.size());
    program.buffers.push_back(buffer);
  }
  program.kernels.emplace_back();
  program.kernels[0].name = "tile";
  Builder b(program.kernels[0]);
  b.grid(b.integer(0), b.dim(m), tile.rows, [&](Value i) {
    const Value zero = b.splat(b.constant(ElementType::f32, Scalar{}), tile.rows, tile.lanes);
    const auto sum =
        b.loop(b.integer(0), b.dim(k), tile.depth, {zero}, [&](Value step, const std::vector<Value>& acc) {
          Contract contract;
          contract.accumulator = acc[0];
          contract.a = {0};
          contract.a_offset = b.add(b.multiply(i, b.dim(k)), step);
          contract.a_row_stride = k;
          contract.a_step_stride = 1;
          contract.b = {1};
          contract.b_offset = b.multiply(step, b.integer(tile.lanes));
          contract.b_step_stride = tile.lanes;
          contract.depth = tile.depth;
          return std::vector<Value>{b.contract(contract)};
        });
    b.store({{2}, b.multiply(i, b.integer(tile.lanes)), tile.lanes, 1}, sum[0]);
  });
  return program;
}

struct InnerLoop {
  int multiply_adds = 0;
  int vector_spills = 0;  // stores and reloads of whole vectors
  int other_spills = 0;
  int instructions = 0;
  std::string text;
};

/// The block of the assembly with the most multiply-adds.
InnerLoop inner_loop(const std::string& assembly) {
  InnerLoop best, block;
  std::istringstream lines(assembly);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(".LBB", 0) == 0 || line.rfind(".Lfunc_end", 0) == 0 || line.rfind("# %bb.", 0) == 0) {
      if (block.multiply_adds > best.multiply_adds) best = block;
      block = {};
    }
    block.text += line + "\n";
    if (line.rfind("\t.", 0) == 0 || line.rfind("\t", 0) != 0) continue;
    ++block.instructions;
    if (line.find("vfmadd") != std::string::npos) ++block.multiply_adds;
    const bool spills = line.find(" Spill") != std::string::npos || line.find(" Reload") != std::string::npos;
    if (!spills) continue;
    const bool vector = line.find("mm") != std::string::npos;
    ++(vector ? block.vector_spills : block.other_spills);
  }
  if (block.multiply_adds > best.multiply_adds) best = block;
  return best;
}

class ContractionTiles : public testing::TestWithParam<TileCase> {};

TEST_P(ContractionTiles, KeepTheirAccumulatorsInRegisters) {
  const TileCase& tile = GetParam();
  const Target& target = *target_named(tile.target);
  const InnerLoop loop = inner_loop(kernels_as_assembly(tile_program(tile), "test", target));
  const int vectors = tile.lanes / (target.vector_bytes / 4);
  EXPECT_EQ(loop.multiply_adds, tile.rows * vectors * tile.depth) << loop.text;
  EXPECT_EQ(loop.vector_spills, 0) << loop.text;
  RecordProperty("instructions", loop.instructions);
  std::printf("%s %dx%d depth %d%s: %d instructions for %d multiply-adds, %d other spills\n", tile.target,
              tile.rows, tile.lanes, tile.depth, tile.symbolic ? " symbolic" : "", loop.instructions,
              loop.multiply_adds, loop.other_spills);
}

std::vector<TileCase> cases() {
  std::vector<TileCase> result;
  for (bool symbolic : {false, true})
    for (int depth : {1, 4}) {
      for (auto [rows, lanes] : {std::pair{6, 16}, {4, 24}, {5, 16}, {4, 16}, {1, 16}})
        result.push_back({"x86-64-v3", rows, lanes, depth, symbolic});
      for (auto [rows, lanes] : {std::pair{14, 32}, {12, 32}, {8, 48}, {6, 64}, {4, 32}, {1, 64}})
        result.push_back({"x86-64-v4", rows, lanes, depth, symbolic});
    }
  return result;
}

INSTANTIATE_TEST_SUITE_P(Tiles, ContractionTiles, testing::ValuesIn(cases()), [](const auto& row) {
  const TileCase& tile = row.param;
  return std::string(tile.target + 7) + "_" + std::to_string(tile.rows) + "x" + std::to_string(tile.lanes) +
         "_depth" + std::to_string(tile.depth) + (tile.symbolic ? "_symbolic" : "");
});

}  // namespace
}  // namespace kiln::codegen::test
