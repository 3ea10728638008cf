#include <fmt/format.h>

#include <algorithm>

#include "report/page_parts.h"

namespace kiln::report {
namespace {

constexpr double left = 74, top = 22, height = 250, bottom = 34;  // of the plot, in pixels
constexpr double least_column = 16, usual_width = 1180;
constexpr double letter = 6.2, least_label_height = 13;
constexpr int colours = 8;

class MemoryPicture {
 public:
  explicit MemoryPicture(const Report& report)
      : report_(report),
        peak_(*report.peak),
        column_(std::max(least_column,
                         usual_width / static_cast<double>(std::max<size_t>(1, report.kernels.size())))),
        width_(column_ * static_cast<double>(report.kernels.size())) {}

  std::string run() const {
    std::string svg = fmt::format(
        "<svg width=\"100%\" style=\"min-width:{0:.0f}px\" viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" "
        "aria-label=\"who holds "
        "the work memory while each kernel runs; the table below says the same\">\n",
        left + width_ + 12, top + height + bottom);
    svg += grid();
    svg +=
        fmt::format("<rect class=\"band\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
                    x(peak_.kernel), top, column_, height);
    for (size_t i = 0; i < report_.buffers.size(); ++i) svg += piece(i);
    svg += fmt::format(
        "<path class=\"peak\" d=\"M{0:.1f} {1:.1f}H{2:.1f}\"/><text class=\"peak\" x=\"{0:.1f}\" "
        "y=\"{3:.1f}\">peak {4}, most "
        "held at kernel {5}</text>\n",
        left, y(peak_.arena), left + width_, y(peak_.arena) - 6,
        text_of(static_cast<double>(peak_.bytes), "B"), peak_.kernel);
    return svg + columns() + "</svg>\n";
  }

 private:
  double x(size_t kernel) const { return left + column_ * static_cast<double>(kernel); }
  double y(int64_t bytes) const {
    return top + height * (1 - static_cast<double>(bytes) / static_cast<double>(peak_.arena));
  }

  std::string grid() const {
    std::string svg;
    for (int i = 0; i <= 4; ++i) {
      const int64_t bytes = peak_.arena / 4 * i;
      svg += fmt::format(
          "<path class=\"grid\" d=\"M{0:.1f} {1:.1f}H{2:.1f}\"/><text class=\"soft\" x=\"{3:.1f}\" "
          "y=\"{4:.1f}\" "
          "text-anchor=\"end\">{5}</text>\n",
          left, y(bytes), left + width_, left - 6, y(bytes) + 4, text_of(static_cast<double>(bytes), "B"));
    }
    return svg;
  }

  std::string piece(size_t number) const {
    const Buffer& buffer = report_.buffers[number];
    if (buffer.placed_bytes <= 0) return "";
    const std::string name = buffer.name.empty() ? "no name" : buffer.name;
    const double from = x(buffer.first_kernel), to = x(buffer.last_kernel + size_t{1});
    const double high = y(buffer.offset + buffer.placed_bytes), low = y(buffer.offset);
    std::string svg = fmt::format(
        "<g><title>{}: {}, kernels {} to {}</title><rect class=\"piece p{}\" x=\"{:.1f}\" y=\"{:.1f}\" "
        "width=\"{:.1f}\" "
        "height=\"{:.1f}\" rx=\"2\"/>",
        escape(name), text_of(static_cast<double>(buffer.placed_bytes), "B"), buffer.first_kernel,
        buffer.last_kernel, number % colours, from, high, to - from, std::max(0.8, low - high));
    std::string label = name + "  " + text_of(static_cast<double>(buffer.placed_bytes), "B");
    if (static_cast<double>(label.size()) * letter > to - from - 8) label = name;
    if (low - high >= least_label_height && static_cast<double>(label.size()) * letter <= to - from - 8)
      svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", from + 5, (low + high) / 2 + 4,
                         escape(label));
    return svg + "</g>\n";
  }

  /// Numbers below, and a link to each kernel over its column's foot.
  std::string columns() const {
    std::string svg;
    const size_t step = std::max<size_t>(1, static_cast<size_t>(22 / column_ + 0.99));
    for (size_t i = 0; i < report_.kernels.size(); ++i) {
      if (i % step == 0)
        svg += fmt::format("<text class=\"soft\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>",
                           x(i) + column_ / 2, top + height + 16, i);
      svg += fmt::format(
          "<a href=\"#k{0}\" tabindex=\"-1\"><title>kernel {0}: {1}</title><rect class=\"pick\" "
          "x=\"{2:.1f}\" y=\"{3:.1f}\" "
          "width=\"{4:.1f}\" height=\"{5:.1f}\"/></a>\n",
          i, escape(report_.kernels[i].name), x(i), top + height, column_, bottom - 10);
    }
    return svg;
  }

  const Report& report_;
  const Peak& peak_;
  const double column_, width_;
};

std::string table(const Report& report) {
  std::string html =
      "<details class=\"plain\"><summary>All pieces as a "
      "table</summary>\n<table><tr><th>name</th><th>size</th><th>kernels</th>"
      "<th></th></tr>\n";
  for (const Buffer& buffer : report.buffers)
    html += fmt::format(
        "<tr><td class=\"mono\">{}</td><td class=\"number\">{}</td><td>{} to {}</td><td>{}</td></tr>\n",
        buffer.name.empty() ? "<span class=\"soft\">no name</span>" : escape(buffer.name),
        escape(text_of(buffer.bytes, "B")), buffer.first_kernel, buffer.last_kernel,
        buffer.is_for_each_thread ? "for each thread" : "");
  return html + "</table></details>\n";
}

}  // namespace

std::string memory_picture(const Report& report) {
  if (!report.peak || report.peak->arena == 0) return "<p>No memory is needed between the kernels.</p>\n";
  const Peak& peak = *report.peak;
  std::string html = fmt::format(
      "<p class=\"soft\">{} for a call on one thread{}. Kernels from left to right, each as wide as the "
      "next; a piece spans "
      "the kernels from the one that writes it to the last that reads it. Gaps are free.</p>\n",
      text_of(static_cast<double>(peak.bytes), "B"),
      peak.for_each_thread > 0
          ? ", " + text_of(static_cast<double>(peak.for_each_thread), "B") + " more with each further thread"
          : "");
  return html + "<div class=\"figure\">" + MemoryPicture(report).run() + "</div>\n" + table(report);
}

}  // namespace kiln::report
