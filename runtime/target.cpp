#include "target.h"

#include <cpuid.h>

namespace kiln::runtime {
namespace {

struct Leaf {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Leaf cpuid(unsigned leaf, unsigned subleaf) {
  Leaf result;
  // Asks for the greatest leaf first; zeros if the processor does not have this one.
  __get_cpuid_count(leaf, subleaf, &result.eax, &result.ebx, &result.ecx, &result.edx);
  return result;
}

/// Which register sets the operating system saves (XCR0).
uint64_t saved_registers() {
  unsigned low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t{high} << 32) | low;
}

constexpr bool has_all(uint64_t word, uint64_t bits) { return (word & bits) == bits; }

// The definitions of the levels: x86-64 psABI, section 3.1.1.
constexpr unsigned basic_ecx = bit_SSE3 | bit_SSSE3 | bit_FMA | bit_CMPXCHG16B | bit_SSE4_1 | bit_SSE4_2 |
                               bit_MOVBE | bit_POPCNT | bit_OSXSAVE | bit_AVX | bit_F16C;
constexpr unsigned v3_extended_ebx = bit_AVX2 | bit_BMI | bit_BMI2;
constexpr unsigned v3_amd_ecx = bit_LZCNT | bit_LAHF_LM;
constexpr unsigned v4_extended_ebx = bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL;
constexpr uint64_t v3_saved = 0x6;   // xmm, ymm
constexpr uint64_t v4_saved = 0xe6;  // and masks, zmm

constexpr const char* target_names[] = {"none", "x86-64-v3", "x86-64-v4"};

}  // namespace

kiln_target processor_target() {
  const Leaf basic = cpuid(1, 0);
  if (!has_all(basic.ecx, basic_ecx)) return KILN_TARGET_BEST;
  const Leaf extended = cpuid(7, 0);
  const Leaf amd = cpuid(0x80000001, 0);
  const uint64_t saved = saved_registers();
  if (!has_all(extended.ebx, v3_extended_ebx) || !has_all(amd.ecx, v3_amd_ecx) || !has_all(saved, v3_saved))
    return KILN_TARGET_BEST;
  const bool v4 = has_all(extended.ebx, v4_extended_ebx) && has_all(saved, v4_saved);
  return v4 ? KILN_TARGET_X86_64_V4 : KILN_TARGET_X86_64_V3;
}

const char* target_name(int32_t target) {
  return target >= 0 && target <= KILN_TARGET_COUNT ? target_names[target] : target_names[0];
}

bool library_has_target(const kiln_image_module& image, int32_t target) {
  for (int32_t f = 0; f < image.function_count; ++f) {
    const kiln_image_function& function = image.functions[f];
    for (int32_t k = 0; k < function.kernel_count; ++k)
      if (function.kernels[k].code[target - 1].function == nullptr) return false;
  }
  return true;
}

kiln_target choose_target(const kiln_image_module& image, int32_t wanted, kiln_target processor) {
  if (wanted < 0 || wanted > KILN_TARGET_COUNT) return KILN_TARGET_BEST;
  const int32_t greatest = wanted == KILN_TARGET_BEST ? static_cast<int32_t>(processor) : wanted;
  const int32_t least = wanted == KILN_TARGET_BEST ? 1 : wanted;
  for (int32_t target = greatest; target >= least; --target)
    if (target <= processor && library_has_target(image, target)) return static_cast<kiln_target>(target);
  return KILN_TARGET_BEST;
}

}  // namespace kiln::runtime
