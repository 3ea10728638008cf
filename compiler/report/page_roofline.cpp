#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/page_parts.h"

namespace kiln::report {
namespace {

constexpr double left = 92, top = 14, width = 620, height = 260, bottom = 40;

/// "100 GFLOP/s" for a power of ten.
std::string rate_text(double power) {
  constexpr const char* prefixes[] = {"", "k", "M", "G", "T", "P"};
  const int third = std::clamp(static_cast<int>(std::floor(power / 3)), 0, 5);
  return fmt::format("{:g} {}FLOP/s", std::pow(10, power - 3 * third), prefixes[third]);
}

/// Both axes by powers of ten.
class Roofline {
 public:
  explicit Roofline(const Report& report) : report_(report), limits_(*report.limits) {
    for (const Kernel& kernel : report.kernels) {
      if (!is_shown(kernel)) continue;
      least_x_ = std::min(least_x_, std::floor(std::log10(intensity(kernel))));
      most_x_ = std::max(most_x_, std::ceil(std::log10(intensity(kernel))));
      least_y_ = std::min(least_y_, std::floor(std::log10(rate(kernel))));
      most_y_ = std::max(most_y_, std::ceil(std::log10(rate(kernel))));
    }
    const double ridge = std::log10(limits_.flops / limits_.bytes);
    least_x_ = std::min(least_x_, std::floor(ridge));
    most_x_ = std::max(most_x_, std::ceil(ridge) + 1);
    most_y_ = std::max(most_y_, std::ceil(std::log10(limits_.flops)));
    least_y_ = std::min(least_y_, most_y_ - 2);
  }

  std::string run() const {
    std::string svg = fmt::format(
        "<svg width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" "
        "aria-label=\"each kernel "
        "against the limits of the machine; the list above says the same\">\n",
        left + width + 12, top + height + bottom);
    for (double power = least_x_; power <= most_x_; ++power)
      svg += fmt::format(
          "<path class=\"grid\" d=\"M{0:.1f} {1:.1f}V{2:.1f}\"/><text class=\"soft\" x=\"{0:.1f}\" "
          "y=\"{3:.1f}\" "
          "text-anchor=\"middle\">{4:g}</text>\n",
          x(power), top, top + height, top + height + 15, std::pow(10, power));
    for (double power = least_y_; power <= most_y_; ++power)
      svg += fmt::format(
          "<path class=\"grid\" d=\"M{0:.1f} {1:.1f}H{2:.1f}\"/><text class=\"soft\" x=\"{3:.1f}\" "
          "y=\"{4:.1f}\" "
          "text-anchor=\"end\">{5}</text>\n",
          left, y(power), left + width, left - 6, y(power) + 4, rate_text(power));
    svg += fmt::format(
        "<text class=\"soft\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">FLOP for each byte</text>\n",
        left + width / 2, top + height + 32);
    const double ridge = std::log10(limits_.flops / limits_.bytes), roof = std::log10(limits_.flops);
    const double foot = std::max(least_x_, least_y_ - std::log10(limits_.bytes));
    svg += fmt::format("<path class=\"roof\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}H{:.1f}\"/>\n", x(foot),
                       y(foot + std::log10(limits_.bytes)), x(ridge), y(roof), left + width);
    const double total = std::max(report_.seconds(), 1e-12);
    for (size_t i = 0; i < report_.kernels.size(); ++i) {
      const Kernel& kernel = report_.kernels[i];
      if (!is_shown(kernel)) continue;
      svg += fmt::format(
          "<a href=\"#k{0}\" tabindex=\"-1\"><title>kernel {0}: {1}, {2}</title><circle class=\"{3}\" "
          "cx=\"{4:.1f}\" "
          "cy=\"{5:.1f}\" r=\"{6:.1f}\"/></a>\n",
          i, escape(kernel.name), time_text(kernel.seconds()), kernel.is_bound_by_flops ? "flops" : "bytes",
          x(std::log10(intensity(kernel))), y(std::log10(rate(kernel))),
          3.5 + 12 * std::sqrt(kernel.seconds() / total));
    }
    return svg + "</svg>\n";
  }

 private:
  static bool is_shown(const Kernel& kernel) {
    return kernel.measured && *kernel.measured > 0 && kernel.all_flops.number.value_or(0) > 0 &&
           kernel.all_bytes.number.value_or(0) > 0;
  }
  static double intensity(const Kernel& kernel) {
    return *kernel.all_flops.number / *kernel.all_bytes.number;
  }
  static double rate(const Kernel& kernel) { return *kernel.all_flops.number / *kernel.measured; }
  double x(double power) const { return left + width * (power - least_x_) / (most_x_ - least_x_); }
  double y(double power) const { return top + height * (most_y_ - power) / (most_y_ - least_y_); }

  const Report& report_;
  const Limits& limits_;
  double least_x_ = 0, most_x_ = 0, least_y_ = 12, most_y_ = 0;
};

}  // namespace

std::string roofline_picture(const Report& report) {
  return "<p class=\"soft\">The line is what the machine allows: memory on its slope, arithmetic on its "
         "level part. Each "
         "circle is a kernel, as large as the time that it takes. Above the slope its data came from a "
         "cache.</p>\n"
         "<div class=\"figure\">" +
         Roofline(report).run() + "</div>\n";
}

}  // namespace kiln::report
