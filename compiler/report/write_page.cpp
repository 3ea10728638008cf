#include <fmt/format.h>

#include "report/page_parts.h"

namespace kiln::report {
namespace {

std::string tile(const char* name, const std::string& value, const std::string& more = "") {
  return fmt::format("<div><dt>{}</dt><dd>{}{}</dd></div>\n", name, value,
                     more.empty() ? "" : " <small>" + more + "</small>");
}

std::string tiles(const Report& report) {
  std::string html = "<dl class=\"tiles\">\n";
  double predicted = 0;
  for (const Kernel& kernel : report.kernels) predicted += kernel.predicted.value_or(0);
  if (report.measurement) {
    html += tile("a call, measured", time_text(report.measurement->seconds),
                 fmt::format("median of {}, {} thread{}", report.measurement->calls,
                             report.measurement->threads, report.measurement->threads == 1 ? "" : "s"));
    html += tile("of what the machine can do",
                 fmt::format("{:.0f}%", 100 * predicted / std::max(report.seconds(), 1e-12)));
  }
  html += tile("at the machine's limits", time_text(predicted));
  html += tile("kernels", std::to_string(report.kernels.size()));
  html += tile("work", escape(text_of(report.flops, "FLOP")));
  html += tile("between kernels", escape(text_of(report.bytes, "B")));
  if (report.peak) html += tile("work memory, peak", text_of(static_cast<double>(report.peak->bytes), "B"));
  return html + "</dl>\n";
}

std::string dims_text(const Report& report) {
  std::string text;
  for (const auto& [dim, value] : report.dims) text += fmt::format(" · {} = {}", dim, value);
  return text;
}

std::string way_back(const Report& report) {
  std::string html = "<h2>Kept for the way back of reverse derivatives</h2>\n<table>\n";
  for (const Kept& kept : report.kept)
    html += fmt::format(
        "<tr><td class=\"mono\">{}</td><td class=\"mono\">{}</td><td class=\"number\">{}</td></tr>\n",
        escape(kept.name), escape(kept.type), escape(text_of(kept.bytes, "B")));
  html += fmt::format("<tr><td>in all</td><td></td><td class=\"number\">{}</td></tr></table>\n",
                      escape(text_of(report.kept_bytes, "B")));
  if (report.made_again.empty()) return html;
  html += "<p>Made again on the way back:";
  for (const std::string& name : report.made_again)
    html += " <span class=\"chip mono\">" + escape(name) + "</span>";
  return html + "</p>\n";
}

std::string checks(const Report& report) {
  std::string html = "<h2>Checked when it runs</h2>\n<ul>\n";
  for (const std::string& check : report.checks) html += "<li>" + escape(check) + "</li>\n";
  return html + "</ul>\n";
}

std::string file_name(const Report& report, const SourceFiles& files) {
  const std::string& path = files[report.file].path();
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

std::string escape(std::string_view text) {
  std::string html;
  for (const char character : text) switch (character) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      case '\'': html += "&#39;"; break;
      default:
        // Other control characters may stand in no page.
        if (static_cast<unsigned char>(character) >= 0x20 || character == '\n' || character == '\t')
          html += character;
    }
  return html;
}

std::string write_page(const Report& report, const SourceFiles& files) {
  const std::string title = escape(report.function + " · " + file_name(report, files));
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>" +
      title + "</title>\n<style>" + std::string(page_style) + "</style></head>\n<body>\n";
  html += "<header><h1>" + escape(report.function) + " <small>" + escape(file_name(report, files)) + " · " +
          escape(report.target + dims_text(report)) + "</small></h1>\n";
  if (!report.documentation.empty()) html += "<p>" + escape(report.documentation) + "</p>\n";
  html += tiles(report);
  html += "<p class=\"soft\">The machine's limits: " + escape(text_of(*report.limits)) +
          ". At these a kernel takes the longer of its FLOPs over the one and its bytes, each buffer counted "
          "once, over the "
          "other. One whose data is still in a cache may be faster.</p></header>\n<main>\n";
  html += fmt::format(
      "<div class=\"columns\"><section><div class=\"head\"><h2>Kernels in time order</h2><span "
      "class=\"legend\">"
      "<span><i class=\"flops\"></i>bound by FLOPs</span><span><i class=\"bytes\"></i>bound by "
      "bytes</span>{}</span>"
      "<span><button id=\"unfold\">unfold all</button> <button id=\"fold\">fold all</button></span></div>\n",
      report.measurement ? "<span><i class=\"tick\"></i>at the limits</span>" : "");
  html += kernel_list(report, files);
  html +=
      "<p class=\"soft\">Arrow keys go from kernel to kernel, Enter unfolds one; a line of the program, when "
      "chosen, shows "
      "its kernels.</p></section>\n" +
      source_pane(report, files) + "</div>\n";
  html += "<h2>Work memory over time</h2>\n" + memory_picture(report);
  if (report.measurement) html += "<h2>Roofline</h2>\n" + roofline_picture(report);
  if (report.has_reverse_derivative) html += way_back(report);
  if (!report.checks.empty()) html += checks(report);
  html += "</main>\n<footer>kilnc explain --html</footer>\n<script>" + std::string(page_script) +
          "</script>\n</body>\n</html>\n";
  return html;
}

}  // namespace kiln::report
