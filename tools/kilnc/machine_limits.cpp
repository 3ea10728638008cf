#include "machine_limits.h"

#include <immintrin.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include "command_line.h"

namespace kiln::tools {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int chains = 12;  // more than latency times multiply-adds in a cycle, fewer than registers
constexpr int64_t rounds = 1 << 20;
constexpr size_t memory_bytes = size_t{96} << 20;  // of each thread
constexpr int tries = 5;

using Vector512 = float __attribute__((vector_size(64)));
using Vector256 = float __attribute__((vector_size(32)));

/// Multiply-adds in `chains` registers, as wide as the target of the function around it has them. Gives
/// something that depends on all of the work, so that none is left out. Variables and no array: they have to
/// be registers however this is compiled.
template <class Vector>
[[gnu::always_inline]] inline float add_up() {
  const Vector one = Vector{} + 1.0f, factor = Vector{} + 0.9999f, more = Vector{} + 1e-4f;
  // Each begins with a value of its own: chains that are equal are one chain to a compiler.
  Vector a = one, b = a + one, c = b + one, d = c + one, e = d + one, f = e + one, g = f + one, h = g + one,
         i = h + one, j = i + one, k = j + one, l = k + one;
  for (int64_t round = 0; round < rounds; ++round) {
    a = a * factor + more;
    b = b * factor + more;
    c = c * factor + more;
    d = d * factor + more;
    e = e * factor + more;
    f = f * factor + more;
    g = g * factor + more;
    h = h * factor + more;
    i = i * factor + more;
    j = j * factor + more;
    k = k * factor + more;
    l = l * factor + more;
  }
  const Vector sum = a + b + c + d + e + f + g + h + i + j + k + l;
  return sum[0];
}

__attribute__((target("avx512f"))) float add_up_512() { return add_up<Vector512>(); }
__attribute__((target("avx2,fma"))) float add_up_256() { return add_up<Vector256>(); }

/// Half of the bytes are read, half written past the caches.
__attribute__((target("avx2"))) void copy(const std::vector<float>& from, std::vector<float>& to) {
  const auto* source =
      reinterpret_cast<const __m256i*>((reinterpret_cast<uintptr_t>(from.data()) + 63) & ~uintptr_t{63});
  auto* target = reinterpret_cast<__m256i*>((reinterpret_cast<uintptr_t>(to.data()) + 63) & ~uintptr_t{63});
  const size_t count = (memory_bytes / 2 - 64) / sizeof(__m256i);
  for (size_t i = 0; i < count; ++i) _mm256_stream_si256(target + i, _mm256_load_si256(source + i));
  _mm_sfence();
}

/// Seconds of the fastest of some tries on all threads at once.
double fastest(int threads, const std::function<void(int)>& work) {
  double least = 1e9;
  for (int i = 0; i < tries; ++i) {
    const auto begin = Clock::now();
    std::vector<std::thread> others;
    for (int thread = 1; thread < threads; ++thread) others.emplace_back(work, thread);
    work(0);
    for (std::thread& other : others) other.join();
    least = std::min(least, std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return least;
}

/// "270G" as 2.7e11, if it ends in this unit.
std::optional<double> rate(std::string_view text, std::string_view unit) {
  if (!text.ends_with(unit)) return std::nullopt;
  text.remove_suffix(unit.size());
  constexpr std::string_view prefixes = "kMGT";
  double scale = 1;
  if (!text.empty() && prefixes.find(text.back()) != std::string_view::npos) {
    for (size_t i = 0; i <= prefixes.find(text.back()); ++i) scale *= 1000;
    text.remove_suffix(1);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value > 0) || value > 1e12)
    return std::nullopt;
  return value * scale;
}

}  // namespace

std::optional<report::Limits> parse_limits(const std::string& text, int threads) {
  const size_t comma = text.find(',');
  const auto flops = rate(std::string_view(text).substr(0, comma), "FLOP/s");
  const auto bytes =
      comma == std::string::npos ? std::nullopt : rate(std::string_view(text).substr(comma + 1), "B/s");
  if (flops && bytes) return report::Limits{*flops, *bytes, threads, "as given"};
  tools::report("--limits takes such as 270GFLOP/s,12GB/s, not `" + text + "`");
  return std::nullopt;
}

std::optional<report::Limits> measure_limits(const std::string& target, int threads) {
  const bool has_512 = __builtin_cpu_supports("avx512f"), has_256 = __builtin_cpu_supports("avx2");
  const bool is_wide = target == "x86-64-v4" || (target == "native" && has_512);
  if (is_wide ? !has_512 : !has_256) {
    tools::report("this machine cannot run " + target +
                  ": say what one that can does, such as --limits 270GFLOP/s,12GB/s");
    return std::nullopt;
  }
  report::Limits limits;
  limits.threads = threads;
  limits.source =
      "measured on this machine, on " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
  volatile float kept = 0;
  const double lanes = is_wide ? 16 : 8;
  limits.flops = 2 * lanes * chains * static_cast<double>(rounds) * threads /
                 fastest(threads, [&](int) { kept = is_wide ? add_up_512() : add_up_256(); });
  std::vector<std::vector<float>> from, to;
  for (int i = 0; i < threads; ++i) {
    from.emplace_back(memory_bytes / 2 / sizeof(float), 1.0f);
    to.emplace_back(memory_bytes / 2 / sizeof(float), 0.0f);
  }
  limits.bytes = static_cast<double>(memory_bytes) * threads / fastest(threads, [&](int i) {
                   copy(from[static_cast<size_t>(i)], to[static_cast<size_t>(i)]);
                 });
  return limits;
}

}  // namespace kiln::tools
