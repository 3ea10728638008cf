#include <fmt/format.h>

#include <algorithm>

#include "report/page_parts.h"

namespace kiln::report {
namespace {

bool is_in(const Loop& loop, size_t kernel) {
  return loop.first_kernel <= kernel && kernel <= loop.last_kernel;
}

std::string chips(const std::vector<std::string>& texts) {
  if (texts.empty()) return "<span class=\"soft\">nothing that has a name</span>";
  std::string html;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (std::find(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(i), texts[i]) !=
        texts.begin() + static_cast<std::ptrdiff_t>(i))
      continue;
    const auto times = std::count(texts.begin(), texts.end(), texts[i]);
    html += "<span class=\"chip mono\">" + escape(texts[i]) + (times > 1 ? fmt::format(" ×{}", times) : "") +
            "</span>";
  }
  return html;
}

std::string list(const std::vector<std::string>& texts) {
  std::string html = "<ul>";
  for (const std::string& text : texts) html += "<li>" + escape(text) + "</li>";
  return html + "</ul>";
}

class KernelList {
 public:
  KernelList(const Report& report, const SourceFiles& files)
      : report_(report), files_(files), total_(std::max(report.seconds(), 1e-12)) {}

  std::string run() {
    std::string html = "<ol class=\"kernels\">\n";
    double begin = 0;
    for (size_t i = 0; i < report_.kernels.size(); ++i) {
      for (const Loop& loop : report_.loops)
        if (loop.first_kernel == i) html += head_of(loop);
      html += item(i, begin);
      begin += report_.kernels[i].seconds();
    }
    return html + "</ol>\n";
  }

 private:
  static std::string head_of(const Loop& loop) {
    std::string html = fmt::format("<li class=\"loop\">kernels {} to {}: {}", loop.first_kernel,
                                   loop.last_kernel, escape(loop.rounds));
    for (const std::string& note : loop.notes) html += "<br/>" + escape(note);
    return html + "</li>\n";
  }

  std::string item(size_t number, double begin) const {
    const Kernel& kernel = report_.kernels[number];
    const bool in_loop = std::any_of(report_.loops.begin(), report_.loops.end(),
                                     [&](const Loop& loop) { return is_in(loop, number); });
    std::string anchors;
    for (const Lines& lines : kernel.lines)
      for (int line = lines.first; line <= lines.last; ++line)
        anchors += (anchors.empty() ? "" : " ") + anchor_of(lines.file, line);
    const std::string share = fmt::format("{:.0f}%", 100 * kernel.seconds() / total_);
    return fmt::format(
        "<li{}><details id=\"k{}\" data-lines=\"{}\"><summary><span class=\"n\">{}</span>"
        "<span class=\"name mono\">{}<small>{}</small></span>{}<span class=\"time\">{}</span>"
        "<span class=\"share\">{}</span></summary>\n<div class=\"about\"><dl>{}</dl></div></details></li>\n",
        in_loop ? " class=\"in-loop\"" : "", number, anchors, number, escape(kernel.name),
        escape(kernel.place), track(kernel, begin), time_text(kernel.seconds()), share, about(number));
  }

  /// The bar begins where the kernels before it end.
  std::string track(const Kernel& kernel, double begin) const {
    std::string html = fmt::format(
        "<span class=\"track\"><span class=\"bar {}\" style=\"left:{:.3f}%;width:{:.3f}%\"></span>",
        kernel.is_bound_by_flops ? "flops" : "bytes", 100 * begin / total_, 100 * kernel.seconds() / total_);
    if (kernel.measured && kernel.predicted)
      html += fmt::format("<i class=\"limit\" style=\"left:{:.3f}%\"></i>",
                          std::min(100.0, 100 * (begin + *kernel.predicted) / total_));
    return html + "</span>";
  }

  std::string about(size_t number) const {
    const Kernel& kernel = report_.kernels[number];
    std::string html;
    const auto row = [&](const char* name, const std::string& text) {
      html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, text);
    };
    row("Fused here", chips(kernel.values));
    if (!kernel.notes.empty()) row("Not fused, why", list(kernel.notes));
    row("Schedule", escape(kernel.schedule) + (kernel.is_serial ? ", on one thread" : ""));
    row("Work", work(kernel));
    row("Time", time(kernel));
    if (report_.peak) row("Work memory", held(number));
    if (!kernel.lines.empty()) row("Lines", line_links(kernel));
    return html;
  }

  static std::string work(const Kernel& kernel) {
    std::string text = escape(text_of(kernel.flops, "FLOP") + ", " + text_of(kernel.bytes, "B"));
    if (kernel.flops.number && kernel.bytes.number && *kernel.bytes.number > 0)
      text += fmt::format(" <span class=\"soft\">({:.3g} FLOP for each byte)</span>",
                          *kernel.flops.number / *kernel.bytes.number);
    if (!kernel.runs.formula.is_constant(1)) text += ", " + escape(text_of(kernel.runs, "times"));
    return text;
  }

  static std::string time(const Kernel& kernel) {
    if (!kernel.predicted) return "not known";
    const std::string limit = kernel.is_bound_by_flops ? "its FLOPs" : "its bytes";
    if (!kernel.measured) return time_text(*kernel.predicted) + " if nothing but " + limit + " takes time";
    const double seconds = std::max(*kernel.measured, 1e-12);
    return fmt::format("{}: {} and {}, <b>{:.0f}%</b> of what {} would allow ({})", time_text(seconds),
                       text_of(kernel.all_flops.number.value_or(0) / seconds, "FLOP/s"),
                       text_of(kernel.all_bytes.number.value_or(0) / seconds, "B/s"),
                       100 * *kernel.predicted / seconds, limit, time_text(*kernel.predicted));
  }

  std::string held(size_t number) const {
    int64_t held = 0;
    for (const Buffer& buffer : report_.buffers)
      if (buffer.first_kernel <= number && number <= buffer.last_kernel) held += buffer.placed_bytes;
    std::string text = text_of(static_cast<double>(held), "B") + " held";
    if (report_.peak->kernel == number && held > 0) text += " <b>(the peak)</b>";
    return text;
  }

  std::string line_links(const Kernel& kernel) const {
    std::string html;
    for (const Lines& lines : kernel.lines)
      html += fmt::format("{}<a class=\"mono\" href=\"#{}\">{}:{}</a>", html.empty() ? "" : ", ",
                          anchor_of(lines.file, lines.first), escape(name_of(lines.file)), lines.first);
    return html;
  }

  std::string name_of(uint32_t file) const {
    const std::string& path = files_[file].path();
    return path.substr(path.rfind('/') + 1);
  }

  const Report& report_;
  const SourceFiles& files_;
  const double total_;
};

}  // namespace

std::string anchor_of(uint32_t file, int line) { return fmt::format("L{}-{}", file, line); }

std::string kernel_list(const Report& report, const SourceFiles& files) {
  return KernelList(report, files).run();
}

}  // namespace kiln::report
