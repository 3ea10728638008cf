#include "codegen/target.h"

#include <llvm/ADT/StringMap.h>
#include <llvm/TargetParser/Host.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace kiln::codegen {
namespace {

constexpr std::string_view linux_triple = "x86_64-pc-linux-gnu";

// skylake-avx512 rather than x86-64-v4: the same instructions, with a scheduling model and without the
// preference for 256-bit vectors that the generic level has; likewise haswell for x86-64-v3. The features
// take away what the levels do not have, and the test for numbers of 32 bits before each division, which most
// processors with 512-bit vectors gain nothing by.
constexpr std::array<Target, 2> target_table = {{
    {"x86-64-v3", linux_triple, "haswell", "-rtm,-invpcid,-fsgsbase,-pclmul,-aes,-rdrnd", 32, 16, 0},
    {"x86-64-v4", linux_triple, "skylake-avx512",
     "-pku,-rtm,-invpcid,-fsgsbase,-pclmul,-aes,-adx,-clflushopt,-clwb,-rdrnd,-rdseed,-prfchw,-xsaves,-"
     "xsavec,-prefer-256-bit,-idivq-to-divl",
     64, 32, 1},
}};

}  // namespace

std::span<const Target> targets() { return target_table; }

const Target* target_named(std::string_view name) {
  for (const Target& target : target_table)
    if (target.name == name) return &target;
  return nullptr;
}

const Target* native_target() {
  const auto features = llvm::sys::getHostCPUFeatures();
  const auto has = [&](std::initializer_list<const char*> names) {
    return std::all_of(names.begin(), names.end(), [&](const char* name) { return features.lookup(name); });
  };
  if (!has({"avx2", "fma", "bmi", "bmi2", "f16c", "lzcnt", "movbe"})) return nullptr;
  const bool wide = has({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"});
  return target_named(wide ? "x86-64-v4" : "x86-64-v3");
}

}  // namespace kiln::codegen
