#include <fmt/format.h>

#include <cmath>

#include "report/report.h"

namespace kiln::report {
namespace {

/// Holders of the peak that are told by name.
constexpr size_t most_holders = 8;

std::string join(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + text;
  return joined;
}

void write_kernel(const Report& report, size_t number, std::string& text) {
  const Kernel& kernel = report.kernels[number];
  text += fmt::format("\n{:>3}. {}{}\n", number, kernel.name, kernel.is_serial ? " (one thread)" : "");
  if (!kernel.place.empty()) text += "     at        " + kernel.place + "\n";
  text += "     computes  " + join(kernel.values) + "\n     schedule  " + kernel.schedule +
          "\n     work      " + text_of(kernel.flops, "FLOP") + ", " + text_of(kernel.bytes, "B") + "\n";
  if (kernel.measured)
    text +=
        fmt::format("     time      {}, {:.0f}% of what the machine can do\n", time_text(*kernel.measured),
                    100 * kernel.predicted.value_or(0) / std::max(*kernel.measured, 1e-12));
  for (const std::string& note : kernel.notes) text += "     note      " + note + "\n";
}

void write_peak(const Report& report, std::string& text) {
  const Peak& peak = *report.peak;
  const auto bytes = [](int64_t count) { return text_of(static_cast<double>(count), "B"); };
  text += fmt::format("  {:<41} {} ({} bytes)", "peak, on one thread", bytes(peak.bytes), peak.bytes);
  if (peak.for_each_thread > 0) text += ", with each further thread " + bytes(peak.for_each_thread) + " more";
  text += "\n";
  if (peak.holders.empty()) return;
  text += fmt::format("  most is held at kernel {}: {}\n", peak.kernel, bytes(peak.held));
  for (size_t i = 0; i < peak.holders.size() && i < most_holders; ++i) {
    const Buffer& buffer = report.buffers[peak.holders[i]];
    text += fmt::format("    {:<39} {} ({:.0f}%)\n", buffer.name.empty() ? "(no name)" : buffer.name,
                        bytes(buffer.placed_bytes),
                        100.0 * static_cast<double>(buffer.placed_bytes) / static_cast<double>(peak.held));
  }
  if (peak.holders.size() > most_holders)
    text += fmt::format("    and {} smaller ones\n", peak.holders.size() - most_holders);
}

void write_kept(const Report& report, std::string& text) {
  text += "\nkept for the way back of reverse derivatives:\n";
  for (const Kept& value : report.kept)
    text += fmt::format("  {:<24} {:<24} {}\n", value.name, value.type, text_of(value.bytes, "B"));
  text += fmt::format("  {:<49} {}\n", "in all", text_of(report.kept_bytes, "B"));
  if (!report.made_again.empty()) text += "made again on the way back: " + join(report.made_again) + "\n";
}

}  // namespace

std::string text_of(double number, const char* unit) {
  constexpr const char* prefixes[] = {"", "k", "M", "G", "T"};
  size_t prefix = 0;
  for (; number >= 10000 && prefix < 4; ++prefix) number /= 1000;
  return fmt::format("{:.4g} {}{}", number, prefixes[prefix], unit);
}

std::string text_of(const Amount& amount, const char* unit) {
  return amount.number ? text_of(*amount.number, unit) : amount.formula.to_string() + " " + unit;
}

std::string time_text(double seconds) {
  if (seconds >= 1) return fmt::format("{:.3g} s", seconds);
  if (seconds >= 1e-3) return fmt::format("{:.3g} ms", seconds * 1e3);
  if (seconds >= 1e-6) return fmt::format("{:.3g} µs", seconds * 1e6);
  return fmt::format("{:.0f} ns", seconds * 1e9);
}

std::string text_of(const Limits& limits) {
  return fmt::format("{}/s and {}/s ({})", text_of(limits.flops, "FLOP"), text_of(limits.bytes, "B"),
                     limits.source);
}

std::string write_text(const Report& report) {
  std::string text = fmt::format("{}: {} {}\n", report.function, report.kernels.size(),
                                 report.kernels.size() == 1 ? "kernel" : "kernels");
  for (size_t i = 0; i < report.kernels.size(); ++i) {
    for (const Loop& loop : report.loops) {
      if (loop.first_kernel != i) continue;
      text += fmt::format("\nkernels {}..{}: {}\n", loop.first_kernel, loop.last_kernel, loop.rounds);
      for (const std::string& note : loop.notes) text += "     " + note + "\n";
    }
    write_kernel(report, i, text);
  }
  text +=
      "\nin all " + text_of(report.flops, "FLOP") + ", " + text_of(report.bytes, "B") + " between kernels\n";
  if (report.measurement)
    text += fmt::format("a call takes {} on {} thread{}; limits: {}\n",
                        time_text(report.measurement->seconds), report.measurement->threads,
                        report.measurement->threads == 1 ? "" : "s", text_of(*report.limits));
  for (const std::string& check : report.checks) text += "checked when it runs, " + check + "\n";
  text += "\nwork memory (shares space where the lives do not overlap):\n";
  for (const Buffer& buffer : report.buffers)
    text += fmt::format("  {:<24} {:<16} kernels {}..{}{}\n", buffer.name, text_of(buffer.bytes, "B"),
                        buffer.first_kernel, buffer.last_kernel,
                        buffer.is_for_each_thread ? ", for each thread" : "");
  if (report.peak) write_peak(report, text);
  if (report.has_reverse_derivative) write_kept(report, text);
  return text;
}

}  // namespace kiln::report
